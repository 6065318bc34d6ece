/// \file
/// The end of a message about an unknown name.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>
#include <string>
#include <string_view>

#include "zcmpi/core/text.hpp"

namespace zcmpi {

/// "did you mean 'x'?", or the names that there are.
inline std::string suggest(std::string_view name, std::span<const std::string> names) {
  if (const auto nearest = suggest_nearest(name, names)) {
    return fmt::format("did you mean '{}'?", *nearest);
  }
  return names.empty() ? "there are none" : fmt::format("expected one of {}", fmt::join(names, ", "));
}

}  // namespace zcmpi
