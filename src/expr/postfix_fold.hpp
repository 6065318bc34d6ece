/// \file
/// Bottom-up evaluation of a formula into values of any type, without recursion.
#pragma once

#include <utility>
#include <vector>

#include "zcmpi/core/error.hpp"
#include "zcmpi/expr/formula.hpp"

namespace zcmpi {

/// The value of the root, where a leaf's value is `leaf(node)`, and an operator's `unary(op, value)` or
/// `binary(op, left, right)`; values are moved.
template <class Value, class Leaf, class Unary, class Binary>
Value fold_postfix(FormulaView nodes, Leaf leaf, Unary unary, Binary binary) {
  std::vector<Value> pending;
  for (const Node& node : nodes) {
    switch (arity(node.op)) {
      case 0: pending.push_back(leaf(node)); break;
      case 1: pending.back() = unary(node.op, std::move(pending.back())); break;
      default: {
        Value right = std::move(pending.back());
        pending.pop_back();
        pending.back() = binary(node.op, std::move(pending.back()), std::move(right));
      }
    }
  }
  ZCMPI_ENSURE(pending.size() == 1);
  return std::move(pending.back());
}

}  // namespace zcmpi
