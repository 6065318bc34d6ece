/// \file
/// What counts as a missing value in a source.
#pragma once

#include <cmath>
#include <limits>

namespace zcmpi {

inline constexpr double missing_value = std::numeric_limits<double>::quiet_NaN();

/// NaN for what is no usable number: NaN, infinities and -1e8, by which NAS-Bench-Suite-Zero marks a failed proxy.
inline double missing_if_unusable(double value) {
  constexpr double failed = -1e8;
  return std::isfinite(value) && value != failed ? value : missing_value;
}

}  // namespace zcmpi
