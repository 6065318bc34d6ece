/// \file
/// Random formulas over all primitives, for comparing kernels with the reference.
#pragma once

#include <cstddef>
#include <cstdint>

#include "zcmpi/core/random.hpp"
#include "zcmpi/expr/formula.hpp"

namespace zcmpi::test {

inline Node random_leaf(RandomStream& random, std::size_t terminals) {
  if (terminals == 0 || random.below(4) == 0) {
    return Node::make_constant(static_cast<float>(random.normal()));
  }
  return Node::make_terminal(static_cast<std::uint16_t>(random.below(static_cast<std::uint32_t>(terminals))));
}

/// Appends an expression of exactly `size` nodes.
inline void append_random(Formula& formula, std::size_t size, std::size_t terminals, RandomStream& random) {
  constexpr std::uint32_t unary_count = 9;
  constexpr std::uint32_t binary_count = 7;
  if (size <= 1) {
    formula.push_back(random_leaf(random, terminals));
    return;
  }
  if (size == 2 || random.below(3) == 0) {
    append_random(formula, size - 1, terminals, random);
    const auto op = static_cast<std::uint8_t>(Op::neg) + random.below(unary_count);
    append_operator(formula, static_cast<Op>(op));
    return;
  }
  const std::size_t left = 1 + random.below(static_cast<std::uint32_t>(size - 2));
  append_random(formula, left, terminals, random);
  append_random(formula, size - 1 - left, terminals, random);
  const auto op = static_cast<std::uint8_t>(Op::add) + random.below(binary_count);
  append_operator(formula, static_cast<Op>(op));
}

inline Formula random_formula(std::size_t size, std::size_t terminals, RandomStream& random) {
  Formula formula;
  append_random(formula, size, terminals, random);
  return formula;
}

}  // namespace zcmpi::test
