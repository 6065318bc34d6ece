/// \file
/// Numbers in JSON files.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>

namespace zcmpi {

/// JSON has no NaN.
inline nlohmann::ordered_json number_or_null(double x) {
  return std::isfinite(x) ? nlohmann::ordered_json(x) : nlohmann::ordered_json(nullptr);
}

}  // namespace zcmpi
