/// \file
/// Two ways to a simpler formula, which differ in what they promise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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

/// An operator above a subtree, and whether its own sign matters.
struct Ancestor {
  std::uint16_t node = 0;
  Sign sign = Sign::matters;
};

/// A formula with another subtree in the place of one of its own, which it need not be written for. Views, which must
/// outlast it.
struct Replacement {
  FormulaView formula;
  /// The nodes of the subtree that goes.
  NodeRange replaced;
  FormulaView subtree;
  /// The operators above, the root first, and whether the sign matters at the place.
  std::span<const Ancestor> ancestors;
  Sign sign = Sign::matters;
  /// Where the subtree is one of a canonical formula: what sign_at said of it there.
  std::optional<Sign> sign_before;
  /// Nodes on the longest path that does not lead into the subtree; Node::most_depth or more where there are that many.
  int depth_beside = 0;
};

/// Nothing but the subtree: the root replaced.
inline Replacement whole(FormulaView nodes) { return {{}, {}, nodes, {}, Sign::matters, {}, 0}; }
/// The subtree at `root` of `formula` replaced. Writes the operators above to `ancestors`, which the result refers to.
Replacement replace(FormulaView formula, std::size_t root, FormulaView subtree, std::vector<Ancestor>& ancestors);

inline std::size_t size(const Replacement& replacement) {
  const auto& [begin, end] = replacement.replaced;
  return replacement.formula.size() - (end - begin) + replacement.subtree.size();
}
/// Nodes on the longest path.
int depth(const Replacement& replacement);
/// Writes the nodes to `out`, which must not be what the replacement views.
void write(const Replacement& replacement, Formula& out);

/// The same as canonicalise of what write() writes, in less time, where the formula is canonical.
int canonicalise(const Replacement& replacement, Formula& out);

/// The form for people: equal in real arithmetic wherever the original is finite, up to the rounding of constants to
/// float32. On top of the canonical form it flattens, orders and folds sums and products across nesting and cancels
/// terms (x - x; x / x is kept since it is protected). Never longer than the original. Of more than 1000 nodes, or
/// where a constant would leave float32's range, the canonical form is returned.
Formula simplify(FormulaView nodes);

}  // namespace zcmpi
