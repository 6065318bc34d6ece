#include "zcmpi/expr/simplify.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "linear_form.hpp"
#include "postfix_fold.hpp"

namespace zcmpi {
namespace {

/// Formulas that people read are far shorter; beyond this the canonical form is all they get.
constexpr std::size_t most_nodes = 1000;

Formula with_root(Formula operand, Op op) {
  append_operator(operand, op);
  return operand;
}

Formula with_root(Formula left, const Formula& right, Op op) {
  left.insert(left.end(), right.begin(), right.end());
  append_operator(left, op);
  return left;
}

bool is_constant(const Formula& formula) { return formula.size() == 1 && formula[0].op == Op::constant; }

void drop_signs(Formula& formula) {
  while (formula.back().op == Op::neg || formula.back().op == Op::abs) {
    formula.pop_back();
  }
}

/// The operands of min(min(a, b), c) and the like: a, b, c.
void add_chain(FormulaView nodes, Op op, std::vector<Formula>& operands) {
  const std::size_t root = nodes.size() - 1;
  if (nodes[root].op != op) {
    operands.emplace_back(nodes.begin(), nodes.end());
    return;
  }
  const std::size_t right = subtree_begin(nodes, root - 1);
  add_chain(nodes.subspan(0, right), op, operands);
  add_chain(nodes.subspan(right, root - right), op, operands);
}

bool contains(const std::vector<Formula>& operands, const Formula& operand) {
  return std::find(operands.begin(), operands.end(), operand) != operands.end();
}

/// One round of rewriting from the leaves to the root; every subtree is a linear form.
class Rewriter {
 public:
  Formula rewrite(FormulaView nodes) {
    return algebra_.emit(fold_postfix<LinearForm>(
        nodes, [](const Node& leaf) { return LinearAlgebra::opaque({leaf}); },
        [this](Op op, LinearForm&& x) { return unary(op, x); },
        [this](Op op, LinearForm&& a, LinearForm&& b) { return binary(op, std::move(a), b); }));
  }

  [[nodiscard]] bool is_representable() const { return algebra_.is_representable(); }

 private:
  LinearForm unary(Op op, const LinearForm& x) {
    if (x.is_constant()) {
      return LinearAlgebra::constant(apply(op, x.constant));
    }
    switch (op) {
      case Op::neg: return algebra_.scaled(x, -1.0);
      case Op::square: return algebra_.product(x, x);
      case Op::abs: return magnitude(x);
      case Op::sqrt: return square_root(x);
      case Op::cbrt:
      case Op::tanh: return odd(op, x);
      case Op::log: {
        Formula operand = algebra_.emit(x);
        drop_signs(operand);
        return LinearAlgebra::opaque(with_root(std::move(operand), op));
      }
      default: return LinearAlgebra::opaque(with_root(algebra_.emit(x), op));
    }
  }

  LinearForm binary(Op op, LinearForm&& a, const LinearForm& b) {
    if (a.is_constant() && b.is_constant()) {
      return LinearAlgebra::constant(apply(op, a.constant, b.constant));
    }
    switch (op) {
      case Op::add: return LinearAlgebra::sum(std::move(a), b);
      case Op::sub: return LinearAlgebra::sum(std::move(a), algebra_.scaled(b, -1.0));
      case Op::mul: return algebra_.product(a, b);
      case Op::div: return quotient(std::move(a), b);
      case Op::aq: return analytic_quotient(std::move(a), b);
      default: return extremum(op, a, b);
    }
  }

  LinearForm magnitude(const LinearForm& x) {
    const LinearForm single = x.is_single() ? x : LinearAlgebra::opaque(algebra_.emit(x));
    Formula body = single.terms[0].body;
    if (!is_magnitude(body)) {
      body = with_root(std::move(body), Op::abs);
    }
    return algebra_.scaled(LinearAlgebra::opaque(std::move(body)), std::abs(single.terms[0].coefficient));
  }

  LinearForm square_root(const LinearForm& x) {
    Formula operand = algebra_.emit(x);
    drop_signs(operand);
    if (operand.back().op == Op::square) {
      operand.pop_back();
      return magnitude(LinearAlgebra::opaque(std::move(operand)));
    }
    return LinearAlgebra::opaque(with_root(std::move(operand), Op::sqrt));
  }

  LinearForm odd(Op op, const LinearForm& x) {
    Formula operand = algebra_.emit(x);
    const bool minus = operand.back().op == Op::neg;
    if (minus) {
      operand.pop_back();
    }
    return algebra_.scaled(LinearAlgebra::opaque(with_root(std::move(operand), op)), minus ? -1.0 : 1.0);
  }

  LinearForm quotient(LinearForm&& a, const LinearForm& b) {
    if (b.is_constant()) {
      return std::abs(b.constant) < static_cast<double>(zero_divisor) ? LinearAlgebra::constant(1.0)
                                                                      : algebra_.scaled(std::move(a), 1.0 / b.constant);
    }
    Formula divisor = algebra_.emit(b);
    if (divisor.back().op == Op::neg) {
      divisor.pop_back();
      a = algebra_.scaled(std::move(a), -1.0);
    }
    return LinearAlgebra::opaque(with_root(algebra_.emit(a), divisor, Op::div));
  }

  LinearForm analytic_quotient(LinearForm&& a, const LinearForm& b) {
    if (b.is_constant()) {
      return algebra_.scaled(std::move(a), apply(Op::aq, 1.0, b.constant));
    }
    Formula divisor = algebra_.emit(b);
    drop_signs(divisor);
    if (a.is_constant()) {
      return LinearAlgebra::opaque(with_root(algebra_.emit(a), divisor, Op::aq));
    }
    const LinearForm single = a.is_single() ? std::move(a) : LinearAlgebra::opaque(algebra_.emit(a));
    return algebra_.scaled(LinearAlgebra::opaque(with_root(single.terms[0].body, divisor, Op::aq)),
                           single.terms[0].coefficient);
  }

  LinearForm extremum(Op op, const LinearForm& a, const LinearForm& b) {
    std::vector<Formula> all;
    add_chain(algebra_.emit(a), op, all);
    add_chain(algebra_.emit(b), op, all);
    std::sort(all.begin(), all.end(), [](const Formula& x, const Formula& y) {
      return is_constant(x) != is_constant(y) ? is_constant(y) : reads_before(x, y);
    });
    std::vector<Formula> operands;
    for (const Formula& operand : all) {
      if (!operands.empty() && is_constant(operand) && is_constant(operands.back())) {
        operands.back()[0].value = apply(op, operands.back()[0].value, operand[0].value);
      } else if (!contains(operands, operand) && !is_absorbed(op, operand, all)) {
        operands.push_back(operand);
      }
    }
    Formula result = operands[0];
    for (std::size_t i = 1; i < operands.size(); ++i) {
      result = with_root(std::move(result), operands[i], op);
    }
    return LinearAlgebra::opaque(std::move(result));
  }

  /// max(x, y) adds nothing to a minimum that has x among its operands.
  static bool is_absorbed(Op op, const Formula& operand, const std::vector<Formula>& operands) {
    const Op other = op == Op::min ? Op::max : Op::min;
    if (operand.back().op != other) {
      return false;
    }
    std::vector<Formula> below;
    add_chain(operand, other, below);
    return std::any_of(below.begin(), below.end(), [&](const Formula& x) { return contains(operands, x); });
  }

  LinearAlgebra algebra_;
};

}  // namespace

Formula simplify(FormulaView nodes) {
  Formula current;
  canonicalise(nodes, current);
  if (current.empty() || current.size() > most_nodes) {
    return current;
  }
  // A round can open the way for another; each ends shorter or, almost always, at its fixed point.
  constexpr int most_rounds = 16;
  Formula canonical;
  for (int round = 0; round < most_rounds; ++round) {
    canonicalise(current, canonical);
    Rewriter rewriter;
    Formula next = rewriter.rewrite(canonical);
    if (!rewriter.is_representable() || next.size() > canonical.size()) {
      return canonical;
    }
    if (next == current) {
      break;
    }
    current = std::move(next);
  }
  return current;
}

}  // namespace zcmpi
