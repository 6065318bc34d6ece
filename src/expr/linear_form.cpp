#include "linear_form.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "number_text.hpp"

namespace zcmpi {
namespace {

void append(Formula& to, const Formula& from) { to.insert(to.end(), from.begin(), from.end()); }

void append_operation(Formula& left, const Formula& right, Op op) {
  append(left, right);
  append_operator(left, op);
}

/// a + b, where a difference that is only rounding counts as none.
double sum_or_zero(double a, double b) {
  constexpr double rounding = 1e-15;
  const double sum = a + b;
  return std::abs(sum) <= rounding * std::max(std::abs(a), std::abs(b)) ? 0.0 : sum;
}

/// Whether rounding to float loses no more than the last place.
bool fits_float(double value) {
  const auto rounded = static_cast<float>(value);
  const bool is_normal = std::abs(rounded) >= std::numeric_limits<float>::min();
  return portable::is_finite(rounded) && (is_normal || static_cast<double>(rounded) == value);
}

/// The end of the first factor of a product a * b * c.
std::size_t end_of_first_factor(const Formula& product) {
  std::size_t root = product.size() - 1;
  while (product[root].op == Op::mul) {
    root = subtree_begin(product, root - 1) - 1;
  }
  return root + 1;
}

}  // namespace

bool reads_before(const Formula& a, const Formula& b) {
  const auto key = [](const Node& node) { return std::tuple(node.op, node.number, node.value); };
  if (a.size() != b.size()) {
    return a.size() < b.size();
  }
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](const Node& x, const Node& y) { return key(x) < key(y); });
}

bool is_magnitude(const Formula& formula) {
  const Node& root = formula.back();
  return root.op == Op::abs || root.op == Op::square || root.op == Op::sqrt || root.op == Op::exp ||
         (root.op == Op::constant && root.value >= 0.0F);
}

LinearForm LinearAlgebra::opaque(Formula formula) {
  if (formula.size() == 1 && formula[0].op == Op::constant) {
    return constant(static_cast<double>(formula[0].value));
  }
  double coefficient = 1.0;
  while (formula.back().op == Op::neg) {
    formula.pop_back();
    coefficient = -coefficient;
  }
  return {0.0, {{coefficient, std::move(formula)}}};
}

LinearForm LinearAlgebra::sum(LinearForm a, const LinearForm& b) {
  a.constant = sum_or_zero(a.constant, b.constant);
  for (const Term& term : b.terms) {
    const auto like = std::find_if(a.terms.begin(), a.terms.end(), [&](const Term& t) { return t.body == term.body; });
    if (like == a.terms.end()) {
      a.terms.push_back(term);
      continue;
    }
    like->coefficient = sum_or_zero(like->coefficient, term.coefficient);
    if (like->coefficient == 0.0) {
      a.terms.erase(like);
    }
  }
  return a;
}

LinearForm LinearAlgebra::scaled(LinearForm form, double factor) {
  if (factor == 0.0) {
    return constant(0.0);
  }
  // A sum is not multiplied out, which would make it longer.
  if (!form.is_constant() && !form.is_single() && std::abs(factor) != 1.0) {
    form = opaque(emit(form));
  }
  form.constant *= factor;
  for (Term& term : form.terms) {
    term.coefficient *= factor;
  }
  return form;
}

void LinearAlgebra::add_factor(FormulaView body, int power, Factors& factors) {
  const std::size_t root = body.size() - 1;
  if (body[root].op == Op::mul) {
    const std::size_t right = subtree_begin(body, root - 1);
    add_factor(body.subspan(0, right), power, factors);
    add_factor(body.subspan(right, root - right), power, factors);
    return;
  }
  if (body[root].op == Op::square) {
    add_factor(body.subspan(0, root), 2 * power, factors);
    return;
  }
  const auto like = std::find_if(factors.begin(), factors.end(), [&](const Factor& factor) {
    return std::equal(body.begin(), body.end(), factor.body.begin(), factor.body.end());
  });
  if (like == factors.end()) {
    factors.push_back({Formula(body.begin(), body.end()), power});
  } else {
    like->power += power;
  }
}

/// Squares of square roots, cubes of cube roots and even powers of magnitudes become powers of what is below.
void LinearAlgebra::resolve_roots(Factors& factors) {
  for (std::size_t i = 0; i < factors.size();) {
    const Op op = factors[i].body.back().op;
    const int degree = op == Op::sqrt || op == Op::abs ? 2 : (op == Op::cbrt ? 3 : 0);
    const int whole = degree > 0 ? factors[i].power / degree : 0;
    if (whole == 0) {
      ++i;
      continue;
    }
    Formula below(factors[i].body.begin(), factors[i].body.end() - 1);
    if (op == Op::sqrt && !is_magnitude(below)) {
      append_operator(below, Op::abs);
    }
    factors[i].power %= degree;
    if (factors[i].power == 0) {
      factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(i));
    }
    add_factor(below, op == Op::abs ? 2 * whole : whole, factors);
    // What was added may be of the same kind, or have joined a factor that was passed.
    i = 0;
  }
}

/// x^3 y^2 becomes x * square(x * y).
Formula LinearAlgebra::emit_product(const Factors& factors) {
  Formula result;
  Factors squared;
  for (const Factor& factor : factors) {
    if (factor.power % 2 != 0) {
      if (result.empty()) {
        result = factor.body;
      } else {
        append_operation(result, factor.body, Op::mul);
      }
    }
    if (factor.power > 1) {
      squared.push_back({factor.body, factor.power / 2});
    }
  }
  if (squared.empty()) {
    return result;
  }
  Formula square = emit_product(squared);
  append_operator(square, Op::square);
  if (result.empty()) {
    return square;
  }
  append_operation(result, square, Op::mul);
  return result;
}

LinearForm LinearAlgebra::product(const LinearForm& a, const LinearForm& b) {
  if (a.is_constant()) {
    return scaled(b, a.constant);
  }
  if (b.is_constant()) {
    return scaled(a, b.constant);
  }
  double coefficient = 1.0;
  Factors factors;
  for (const LinearForm* operand : {&a, &b}) {
    const LinearForm single = operand->is_single() ? *operand : opaque(emit(*operand));
    coefficient *= single.terms[0].coefficient;
    add_factor(single.terms[0].body, 1, factors);
  }
  resolve_roots(factors);
  std::sort(factors.begin(), factors.end(),
            [](const Factor& x, const Factor& y) { return reads_before(x.body, y.body); });
  return scaled(opaque(emit_product(factors)), coefficient);
}

float LinearAlgebra::to_float(double value) {
  representable_ = representable_ && fits_float(value);
  return static_cast<float>(value);
}

/// c * body, or body / (1 / c) where that is much the shorter number: x / 3, not 0.33333334 * x.
Formula LinearAlgebra::emit_multiple(const Formula& body, double coefficient) {
  if (coefficient == 1.0) {
    return body;
  }
  Formula result = body;
  const auto divisor = static_cast<float>(1.0 / coefficient);
  const bool can_divide = fits_float(1.0 / coefficient) && std::abs(divisor) >= zero_divisor;
  const auto factor = static_cast<float>(coefficient);
  if (can_divide && (!fits_float(coefficient) || 2 * shortest_text(divisor).size() <= shortest_text(factor).size())) {
    append_operation(result, {Node::make_constant(divisor)}, Op::div);
    return result;
  }
  const auto end = result.begin() + static_cast<std::ptrdiff_t>(end_of_first_factor(result));
  result.insert(end, Node::make_primitive(Op::mul));
  result.insert(result.begin(), Node::make_constant(to_float(coefficient)));
  complete(result);
  return result;
}

Formula LinearAlgebra::emit(const LinearForm& form) {
  if (form.is_constant()) {
    return {Node::make_constant(to_float(form.constant))};
  }
  auto terms = form.terms;
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
    const bool a_positive = a.coefficient > 0.0;
    const bool b_positive = b.coefficient > 0.0;
    return a_positive != b_positive ? a_positive : reads_before(a.body, b.body);
  });
  // A minus costs nothing within a sum or in a number, so a sum begins with one that can carry its own sign.
  auto first = std::find_if(terms.begin(), terms.end(), [](const Term& term) { return term.coefficient != -1.0; });
  const bool begins_with_constant = terms[0].coefficient < 0.0 && form.constant != 0.0;
  if (first == terms.end() && !begins_with_constant) {
    Formula negative = emit(scaled(form, -1.0));
    append_operator(negative, Op::neg);
    return negative;
  }
  Formula result;
  if (begins_with_constant) {
    result = {Node::make_constant(to_float(form.constant))};
  } else {
    result = emit_multiple(first->body, first->coefficient);
    terms.erase(first);
  }
  for (const Term& term : terms) {
    const Formula multiple = emit_multiple(term.body, std::abs(term.coefficient));
    append_operation(result, multiple, term.coefficient > 0.0 ? Op::add : Op::sub);
  }
  if (!begins_with_constant && form.constant != 0.0) {
    const Formula constant = {Node::make_constant(to_float(std::abs(form.constant)))};
    append_operation(result, constant, form.constant > 0.0 ? Op::add : Op::sub);
  }
  return result;
}

}  // namespace zcmpi
