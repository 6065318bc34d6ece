/// \file
/// What the tests of `nas` share.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi::testing_support {

inline RandomStream stream(std::uint32_t index) { return RandomStream({.seed = 20, .index = index}); }

/// The message of the InputError that `action` throws; a failed test and "" when there is none.
template <class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

/// Why the space refuses a text.
inline std::string refusal(std::string_view space, std::string_view text) {
  return message_of([&] { static_cast<void>(find_space(space).parse(text)); });
}

/// How far Pearson's statistic of counts that should all be the same is from its mean, in standard deviations. Random
/// draws with a fixed seed give the same value every time; beyond 5 they are not uniform.
inline double chi_square_deviation(std::span<const std::uint64_t> counts) {
  double total = 0.0;
  for (const std::uint64_t count : counts) {
    total += static_cast<double>(count);
  }
  const double expected = total / static_cast<double>(counts.size());
  double statistic = 0.0;
  for (const std::uint64_t count : counts) {
    const double difference = static_cast<double>(count) - expected;
    statistic += difference * difference / expected;
  }
  const double freedom = static_cast<double>(counts.size()) - 1.0;
  return std::abs(statistic - freedom) / std::sqrt(2.0 * freedom);
}

}  // namespace zcmpi::testing_support
