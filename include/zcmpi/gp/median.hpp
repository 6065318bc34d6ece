/// \file
/// Medians and other order statistics, in the registers of the processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace zcmpi {

/// Median of `values`, which are not NaN; the mean of the two middle ones for an even number. 0 for none.
double median(std::span<const double> values);

/// The value that `nth` others come before where they are sorted, from 0. Requires more values than that.
std::int16_t nth_smallest(std::span<const std::int16_t> values, std::size_t nth);
std::int32_t nth_smallest(std::span<const std::int32_t> values, std::size_t nth);

}  // namespace zcmpi
