/// \file
/// Two ways to a simpler formula, which differ in what they promise.
#pragma once

#include "zcmpi/expr/formula.hpp"

namespace zcmpi {

/// The canonical form: float32 values equal to the original's, bit for bit, for every input (the sign of zero and NaN
/// payloads aside). Constants are folded in float32, exact identities applied (x * 1, -(-x), |-x|, ...), operands of
/// commutative primitives ordered. Two formulas with equal canonical forms always rank alike, so only one needs to be
/// evaluated. Never longer than the original. Writes to `out` (cleared first), which keeps its capacity.
void canonicalise(FormulaView nodes, Formula& out);

/// The form for people: equal in real arithmetic wherever the original is finite, to rounding. On top of the canonical
/// form it flattens, orders and folds sums and products across nesting and cancels terms (x - x, x / x is kept since
/// it is protected). Never longer than the original.
Formula simplify(FormulaView nodes);

}  // namespace zcmpi
