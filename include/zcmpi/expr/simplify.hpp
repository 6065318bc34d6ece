/// \file
/// Two ways to a simpler formula, which differ in what they promise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "zcmpi/expr/formula.hpp"

namespace zcmpi {

/// The canonical form: float32 values equal to the original's, bit for bit, for every input (the sign of zero and NaN
/// payloads aside). Constants are folded in float32 where the result is finite, exact identities applied (x * 1, -(-x),
/// |-x|, ...; not x - x, which is NaN for infinite x), operands of commutative primitives ordered. Two formulas with
/// equal canonical forms always rank alike, so only one needs to be evaluated. Never longer than the original,
/// idempotent. It may hold primitives that the original lacks (x * x becomes square(x)), so whoever
/// breeds it must look (PrimitiveSet::is_closed_under_canonicalisation). Takes up to 65535 nodes. Writes to `out`,
/// which keeps its capacity and must not be what `nodes` views; allocates nothing for up to 64 nodes once `out` has
/// room for two more than those. Returns the depth of what it wrote.
int canonicalise(FormulaView nodes, Formula& out);

/// Whether the sign of a subtree's value matters to the formula. It does not below an operator that takes the magnitude
/// (log, square, ...), nor where the operators on the way up to such a one pass magnitudes on, whatever the signs.
enum class Sign : std::uint8_t { matters, ignored };

/// Of the subtree at `root`.
Sign sign_at(FormulaView nodes, std::size_t root);

/// What is new in a formula: a subtree, or nothing.
struct Change {
  NodeRange subtree;
  /// Where the subtree is one of another canonical formula: what sign_at said of it there.
  std::optional<Sign> sign_before;
};

/// The same in less time for a formula that would be canonical if another subtree were in the place of the changed one:
/// what variation makes of a canonical formula.
int canonicalise_changed(FormulaView nodes, const Change& change, Formula& out);

/// The form for people: equal in real arithmetic wherever the original is finite, up to the rounding of constants to
/// float32. On top of the canonical form it flattens, orders and folds sums and products across nesting and cancels
/// terms (x - x; x / x is kept since it is protected). Never longer than the original. Of more than 1000 nodes, or
/// where a constant would leave float32's range, the canonical form is returned.
Formula simplify(FormulaView nodes);

}  // namespace zcmpi
