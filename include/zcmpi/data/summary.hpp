/// \file
/// Problems described to a person.
#pragma once

#include <span>
#include <string>

#include "zcmpi/data/problem.hpp"

namespace zcmpi {

/// Text of several lines: per problem its architectures, the ranges of its accuracies, a table of its terminals
/// (minimum, median and maximum of the values that are not missing, how many are missing, mean seconds per
/// architecture; "-" where there is no number), its digest and its provenance. The median of an even number of values
/// is the mean of the two in the middle. Ends with a newline, unless there is no problem.
std::string describe(std::span<const Problem> problems);

}  // namespace zcmpi
