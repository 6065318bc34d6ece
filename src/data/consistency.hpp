/// \file
/// The rules that every problem obeys, wherever it comes from.
#pragma once

#include <string>
#include <string_view>

#include "zcmpi/data/problem.hpp"

namespace zcmpi {

/// The first rule that the problem breaks, as the middle of a sentence; empty when it breaks none.
std::string find_inconsistency(const Problem& problem);

/// The rule that a terminal's name breaks, likewise.
std::string find_flaw_of_terminal_name(std::string_view name);

/// Throws InputError that names the file and the problem when find_inconsistency finds something.
void validate_from_file(const Problem& problem, const std::string& file);

}  // namespace zcmpi
