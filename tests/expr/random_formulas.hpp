/// \file
/// Random formulas and rows for property tests.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/expr/formula.hpp"

namespace zcmpi::test {

inline const std::vector<std::string> names{"x", "y", "z"};

/// Constants at which identities and rules begin or end to hold.
inline constexpr std::array notable_constants{0.0F,  -0.0F, 1.0F,  -1.0F, 2.0F,   -2.0F,   0.5F,  -3.0F,  0.1F,
                                              1e-6F, 9e-7F, 80.5F, 1e-7F, 1e-40F, -1e-45F, 3e38F, -1e38F, 0x1p127F};

/// Any features at all.
inline constexpr std::array notable_values{0.0F,
                                           -0.0F,
                                           1.0F,
                                           -1.0F,
                                           std::numeric_limits<float>::quiet_NaN(),
                                           std::numeric_limits<float>::infinity(),
                                           -std::numeric_limits<float>::infinity(),
                                           3e38F,
                                           -3e38F,
                                           1e-45F,
                                           -1e-40F,
                                           1e-6F,
                                           -9e-7F,
                                           80.5F,
                                           -81.0F,
                                           0x1p-41F};

enum class Constants { any, moderate };

inline Node random_constant(RandomStream& random, Constants constants) {
  if (constants == Constants::any && random.chance(0.5)) {
    return Node::make_constant(notable_constants[random.below(notable_constants.size())]);
  }
  if (random.chance(0.5)) {
    return Node::make_constant(0.5F * (static_cast<float>(random.below(13)) - 6.0F));
  }
  return Node::make_constant(static_cast<float>(2.0 * random.normal()));
}

/// A formula over at most names.size() terminals with all primitives, at most `depth` deep.
inline Formula random_formula(RandomStream& random, int depth, Constants constants = Constants::any) {
  if (depth <= 1 || random.chance(0.15)) {
    return {random.chance(0.3) ? random_constant(random, constants)
                               : Node::make_terminal(static_cast<std::uint16_t>(random.below(3)))};
  }
  const auto first = static_cast<std::uint32_t>(Op::add);
  // Half of all operators are those with most identities.
  const std::uint32_t range = random.chance(0.5) ? 4 : static_cast<std::uint32_t>(op_count) - first;
  const auto op = static_cast<Op>(first + random.below(range));
  Formula formula;
  for (int i = 0; i < arity(op); ++i) {
    const Formula operand = random_formula(random, depth - 1, constants);
    formula.insert(formula.end(), operand.begin(), operand.end());
  }
  append_operator(formula, op);
  return formula;
}

/// The index-th formula of a fixed endless list.
inline Formula numbered_formula(std::uint32_t index, Constants constants = Constants::any) {
  RandomStream random({.seed = 1, .purpose = Purpose::test, .index = index});
  return random_formula(random, 1 + static_cast<int>(random.below(6)), constants);
}

/// Features of which half are notable and half spread over many magnitudes.
inline std::array<float, 3> random_row(RandomStream& random) {
  std::array<float, 3> row{};
  for (float& value : row) {
    value = random.chance(0.5) ? notable_values[random.below(notable_values.size())]
                               : static_cast<float>(random.normal() * std::pow(10.0, 2.0 * random.normal()));
  }
  return row;
}

}  // namespace zcmpi::test
