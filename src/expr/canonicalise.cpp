#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "scratch.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/expr/simplify.hpp"

namespace zcmpi {
namespace {

bool takes_magnitude(Op op) { return op == Op::abs || op == Op::square || op == Op::sqrt || op == Op::log; }

/// |op(-x)| = |op(x)|, bit for bit. The protected quotient belongs here: near zero it is 1 for either sign.
bool passes_magnitude(Op op) {
  return op == Op::neg || op == Op::mul || op == Op::div || op == Op::aq || op == Op::cbrt || op == Op::tanh ||
         op == Op::inv;
}

/// Whether the signs of the first and of the second operand matter, given whether the operator's own does.
std::pair<Sign, Sign> signs_below(Op op, Sign own) {
  const Sign first = takes_magnitude(op) ? Sign::ignored : (passes_magnitude(op) ? own : Sign::matters);
  return {first, op == Op::aq ? Sign::ignored : first};
}

/// For every node of a subtree whether its sign matters, given whether the root's does: from the root down, which is
/// from the end back.
void find_signs(FormulaView subtree, Sign of_root, Scratch<Sign>& signs) {
  Scratch<Sign> pending(max_pending(subtree.size()));
  std::size_t count = 0;
  pending[count++] = of_root;
  for (std::size_t i = subtree.size(); i-- > 0;) {
    const Op op = subtree[i].op;
    const Sign own = pending[--count];
    signs[i] = own;
    const auto [first, second] = signs_below(op, own);
    if (arity(op) > 0) {
      pending[count++] = first;
    }
    if (arity(op) > 1) {
      pending[count++] = second;
    }
  }
}

Sign sign_below(Op op, Sign own, bool is_in_last) {
  const auto [first, second] = signs_below(op, own);
  return is_in_last && arity(op) == 2 ? second : first;
}

/// Adding zero keeps every value but makes -0 a 0, so that equal constants have equal bits.
float normalised(float constant) { return constant + 0.0F; }

/// Whether x / divisor and x * (1 / divisor) are the same for every x: the reciprocal of a power of two is exact.
bool can_multiply_instead(float divisor) {
  constexpr std::uint32_t mantissa = (1U << portable::FloatTraits<float>::mantissa_bits) - 1U;
  const bool is_power_of_two = (portable::bit_cast<std::uint32_t>(divisor) & mantissa) == 0;
  return is_power_of_two && portable::abs(divisor) >= zero_divisor && portable::abs(divisor) <= 0x1p126F;
}

/// Builds a canonical formula bottom-up, as a stack of canonical subtrees at the end of an array.
///
/// The `make_*` functions take their operands from the end and leave the result there. Each rewrites by exact
/// identities of IEEE arithmetic until none applies; signs move from the leaves to the root, where they meet and
/// cancel, or into constants. A is a binary operator's first operand; B, the last subtree, its second or an only
/// operand.
class CanonicalBuilder {
 public:
  explicit CanonicalBuilder(Node* nodes) : nodes_(nodes) {}

  void add_leaf(const Node& leaf, Sign sign);
  void make_unary(Op op, Sign sign);
  void make_binary(Op op, Sign sign);
  void make(const Node& node, Sign sign) {
    switch (arity(node.op)) {
      case 0: add_leaf(node, sign); break;
      case 1: make_unary(node.op, sign); break;
      default: make_binary(node.op, sign);
    }
  }
  /// Adds nodes that are known to stay as they are.
  void adopt(FormulaView nodes);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Whether a subtree that was built as if its sign mattered has turned out to be one whose sign does not.
  [[nodiscard]] bool needs_another_pass() const { return needs_another_pass_; }

 private:
  void make_neg(Sign sign);
  void make_odd(Op op, Sign sign);
  void make_inv(Sign sign);
  void make_add(Sign sign);
  void make_sub(Sign sign);
  void make_mul(Sign sign);
  void make_div(Sign sign);
  void make_aq(Sign sign);
  void make_extremum(Op op, Sign sign);
  bool fold_unary(Op op, Sign sign);
  bool fold_binary(Op op, Sign sign);
  bool fold_nested_extremum(Op op);

  [[nodiscard]] std::size_t root_b() const { return size_ - 1; }
  [[nodiscard]] std::size_t root_a() const { return size_ - 1 - subtree_size(root_b()); }
  [[nodiscard]] Op op_b() const { return nodes_[root_b()].op; }
  [[nodiscard]] Op op_a() const { return nodes_[root_a()].op; }
  [[nodiscard]] float& value_b() { return nodes_[root_b()].value; }
  [[nodiscard]] bool is_constant_b(float value) { return op_b() == Op::constant && value_b() == value; }

  [[nodiscard]] std::size_t subtree_size(std::size_t root) const { return zcmpi::subtree_size(nodes_[root]); }
  [[nodiscard]] bool is_non_negative(std::size_t root) const;
  /// Whether one operand is a magnitude |x| that may as well be taken of the product, or of the quotient.
  [[nodiscard]] bool is_magnitude_times_non_negative() const {
    return (op_a() == Op::abs || op_b() == Op::abs) && is_non_negative(root_a()) && is_non_negative(root_b());
  }
  [[nodiscard]] bool is_sign(std::size_t root) const {
    return nodes_[root].op == Op::neg || nodes_[root].op == Op::abs;
  }

  void push(const Node& node) { nodes_[size_++] = node; }
  void push_operator(Op op) {
    push(Node::make_primitive(op));
    complete_operator({nodes_, size_}, root_b());
  }
  void drop_root_b() { --size_; }
  void drop_b() { size_ -= subtree_size(root_b()); }
  void drop_root_a();
  void drop_a();
  void swap_operands();
  bool drop_neg_a();
  bool drop_neg_b();
  void drop_signs_a();
  void drop_signs_b();
  /// B takes the place of an operator whose operands' signs mattered while its own does not.
  void take_place(Sign sign);

  [[nodiscard]] int compare_operands() const;
  void sort_operands();

  Node* nodes_;
  std::size_t size_ = 0;
  bool needs_another_pass_ = false;
};

void CanonicalBuilder::drop_root_a() {
  std::copy(nodes_ + root_a() + 1, nodes_ + size_, nodes_ + root_a());
  --size_;
}

void CanonicalBuilder::drop_a() {
  const std::size_t a = root_a() + 1 - subtree_size(root_a());
  std::copy(nodes_ + root_a() + 1, nodes_ + size_, nodes_ + a);
  size_ -= root_a() + 1 - a;
}

void CanonicalBuilder::swap_operands() {
  const std::size_t b = root_a() + 1;
  std::rotate(nodes_ + b - subtree_size(root_a()), nodes_ + b, nodes_ + size_);
}

bool CanonicalBuilder::drop_neg_a() {
  const bool negated = op_a() == Op::neg;
  if (negated) {
    drop_root_a();
  }
  return negated;
}

bool CanonicalBuilder::drop_neg_b() {
  const bool negated = op_b() == Op::neg;
  if (negated) {
    drop_root_b();
  }
  return negated;
}

void CanonicalBuilder::drop_signs_a() {
  while (is_sign(root_a())) {
    drop_root_a();
  }
  if (op_a() == Op::constant) {
    nodes_[root_a()].value = portable::abs(nodes_[root_a()].value);
  }
}

void CanonicalBuilder::drop_signs_b() {
  while (is_sign(root_b())) {
    drop_root_b();
  }
  if (op_b() == Op::constant) {
    value_b() = portable::abs(value_b());
  }
}

void CanonicalBuilder::take_place(Sign sign) {
  if (sign == Sign::ignored) {
    drop_signs_b();
    needs_another_pass_ = needs_another_pass_ || passes_magnitude(op_b()) || op_b() == Op::sub;
  }
}

/// Below 0 when A comes before B. A total order of subtrees: larger ones first, which keeps the number of pending
/// operands low, and constants last.
int CanonicalBuilder::compare_operands() const {
  const std::size_t a = root_a();
  const std::size_t b = root_b();
  const std::size_t count = subtree_size(a);
  if (count != subtree_size(b)) {
    return count > subtree_size(b) ? -1 : 1;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Node& x = nodes_[a - i];
    const Node& y = nodes_[b - i];
    if (x.op != y.op) {
      return x.op > y.op ? -1 : 1;
    }
    if (x.number != y.number) {
      return x.number < y.number ? -1 : 1;
    }
    const auto x_bits = portable::bit_cast<std::uint32_t>(x.value);
    const auto y_bits = portable::bit_cast<std::uint32_t>(y.value);
    if (x_bits != y_bits) {
      return x_bits < y_bits ? -1 : 1;
    }
  }
  return 0;
}

void CanonicalBuilder::sort_operands() {
  if (compare_operands() > 0) {
    swap_operands();
  }
}

void CanonicalBuilder::add_leaf(const Node& leaf, Sign sign) {
  push(leaf);
  if (leaf.op == Op::constant) {
    value_b() = normalised(sign == Sign::matters ? value_b() : portable::abs(value_b()));
  }
}

/// Whether a subtree's value is known to be at least 0, or NaN.
bool CanonicalBuilder::is_non_negative(std::size_t root) const {
  for (;;) {
    const std::size_t b = root - 1;
    switch (nodes_[root].op) {
      case Op::constant: return nodes_[root].value >= 0.0F;
      case Op::abs:
      case Op::square:
      case Op::sqrt:
      case Op::exp: return true;
      case Op::terminal:
      case Op::neg:
      case Op::log:
      case Op::sub: return false;
      case Op::cbrt:
      case Op::tanh:
      case Op::inv: root = b; break;
      case Op::aq: root = b - subtree_size(b); break;
      case Op::max:
        if (is_non_negative(b)) {
          return true;
        }
        root = b - subtree_size(b);
        break;
      case Op::add:
      case Op::mul:
      case Op::div:
      case Op::min:
        if (!is_non_negative(b)) {
          return false;
        }
        root = b - subtree_size(b);
        break;
    }
  }
}

void CanonicalBuilder::adopt(FormulaView nodes) {
  copy_nodes(nodes, nodes_ + size_);
  size_ += nodes.size();
}

/// A constant that is not finite could not be written as text, so the operator stays.
bool CanonicalBuilder::fold_unary(Op op, Sign sign) {
  if (op_b() != Op::constant) {
    return false;
  }
  const float value = normalised(apply(op, value_b()));
  if (!portable::is_finite(value)) {
    return false;
  }
  value_b() = sign == Sign::matters ? value : portable::abs(value);
  return true;
}

bool CanonicalBuilder::fold_binary(Op op, Sign sign) {
  if (op_b() != Op::constant || op_a() != Op::constant) {
    return false;
  }
  float& a = nodes_[root_a()].value;
  const float value = normalised(apply(op, a, value_b()));
  if (!portable::is_finite(value)) {
    return false;
  }
  a = sign == Sign::matters ? value : portable::abs(value);
  drop_root_b();
  return true;
}

void CanonicalBuilder::make_unary(Op op, Sign sign) {
  if (fold_unary(op, sign)) {
    return;
  }
  if (takes_magnitude(op)) {
    drop_signs_b();
  }
  switch (op) {
    case Op::neg: make_neg(sign); break;
    case Op::abs:
      if (sign == Sign::matters && !is_non_negative(root_b())) {
        push_operator(op);
      }
      break;
    case Op::cbrt:
    case Op::tanh: make_odd(op, sign); break;
    case Op::inv: make_inv(sign); break;
    default: push_operator(op);
  }
}

void CanonicalBuilder::make_neg(Sign sign) {
  if (sign == Sign::ignored) {
    return;
  }
  // The second operand of B, where B is binary.
  Node& last = nodes_[root_b() > 0 ? root_b() - 1 : 0];
  const bool ends_in_constant = last.op == Op::constant;
  switch (op_b()) {
    case Op::constant: value_b() = normalised(-value_b()); return;
    case Op::neg: drop_root_b(); return;
    case Op::sub:
      drop_root_b();
      swap_operands();
      make_sub(sign);
      return;
    case Op::add:
      if (ends_in_constant) {
        drop_root_b();
        value_b() = -value_b();
        swap_operands();
        make_sub(sign);
        return;
      }
      break;
    case Op::mul:
      if (ends_in_constant) {
        drop_root_b();
        value_b() = normalised(-value_b());
        make_mul(sign);
        return;
      }
      break;
    case Op::div:
      if (ends_in_constant && last.value != 0.0F) {
        drop_root_b();
        value_b() = -value_b();
        make_div(sign);
        return;
      }
      break;
    case Op::aq:
      drop_root_b();
      if (op_a() == Op::constant) {
        nodes_[root_a()].value = normalised(-nodes_[root_a()].value);
        make_aq(sign);
        return;
      }
      push_operator(Op::aq);
      break;
    default: break;
  }
  push_operator(Op::neg);
}

/// Odd functions: f(-x) = -f(x) and f(|x|) = |f(x)|.
void CanonicalBuilder::make_odd(Op op, Sign sign) {
  if (sign == Sign::ignored) {
    drop_signs_b();
  } else if (is_sign(root_b())) {
    const Op outer = op_b();
    drop_root_b();
    make_odd(op, outer == Op::neg ? Sign::matters : Sign::ignored);
    make_unary(outer, sign);
    return;
  }
  push_operator(op);
}

void CanonicalBuilder::make_inv(Sign sign) {
  if (sign == Sign::ignored) {
    drop_signs_b();
  } else if (op_b() == Op::abs) {
    drop_root_b();
    make_inv(Sign::ignored);
    make_unary(Op::abs, sign);
    return;
  } else if (op_b() == Op::neg) {
    // 1 / -x is not -(1 / x), which differs where it is protected, but it is -1 / x.
    drop_root_b();
    push(Node::make_constant(-1.0F));
    swap_operands();
    make_div(sign);
    return;
  }
  push_operator(Op::inv);
}

void CanonicalBuilder::make_binary(Op op, Sign sign) {
  if (fold_binary(op, sign)) {
    return;
  }
  switch (op) {
    case Op::add: make_add(sign); break;
    case Op::sub: make_sub(sign); break;
    case Op::mul: make_mul(sign); break;
    case Op::div: make_div(sign); break;
    case Op::aq: make_aq(sign); break;
    default: make_extremum(op, sign);
  }
}

void CanonicalBuilder::make_add(Sign sign) {
  const bool minus_b = drop_neg_b();
  const bool minus_a = drop_neg_a();
  if (minus_a != minus_b) {
    if (minus_a) {
      swap_operands();
    }
    make_sub(sign);
    return;
  }
  sort_operands();
  if (is_constant_b(0.0F)) {
    drop_root_b();
    take_place(sign);
  } else if (compare_operands() == 0) {
    drop_b();
    take_place(sign);
    push(Node::make_constant(2.0F));
    make_mul(sign);
  } else {
    push_operator(Op::add);
  }
  if (minus_a) {
    make_neg(sign);
  }
}

void CanonicalBuilder::make_sub(Sign sign) {
  const bool minus_b = drop_neg_b();
  const bool minus_a = drop_neg_a();
  if (minus_a != minus_b) {
    make_add(sign);
    if (minus_a) {
      make_neg(sign);
    }
    return;
  }
  if (minus_a) {
    swap_operands();
  }
  // What is added to a constant is written as a sum, and so is its negative where only the magnitude matters.
  if (op_b() != Op::constant && op_a() == Op::constant && (sign == Sign::ignored || nodes_[root_a()].value == 0.0F)) {
    swap_operands();
    value_b() = normalised(-value_b());
    make_add(sign);
    if (sign == Sign::matters) {
      make_neg(sign);
    }
    return;
  }
  if (op_b() == Op::constant) {
    value_b() = normalised(-value_b());
    make_add(sign);
    return;
  }
  if (sign == Sign::ignored) {
    sort_operands();
  }
  push_operator(Op::sub);
}

void CanonicalBuilder::make_mul(Sign sign) {
  bool minus = false;
  if (sign == Sign::ignored) {
    drop_signs_b();
    drop_signs_a();
  } else {
    const bool minus_b = drop_neg_b();
    minus = drop_neg_a() != minus_b;
    if (is_magnitude_times_non_negative()) {
      make_mul(Sign::ignored);
      make_unary(Op::abs, sign);
      if (minus) {
        make_neg(sign);
      }
      return;
    }
  }
  sort_operands();
  if (is_constant_b(1.0F)) {
    drop_root_b();
  } else if (is_constant_b(-1.0F)) {
    drop_root_b();
    make_neg(sign);
  } else if (compare_operands() == 0) {
    drop_b();
    if (sign == Sign::matters) {
      take_place(Sign::ignored);
    }
    make_unary(Op::square, sign);
  } else {
    push_operator(Op::mul);
  }
  if (minus) {
    make_neg(sign);
  }
}

void CanonicalBuilder::make_div(Sign sign) {
  if (op_b() == Op::constant && portable::abs(value_b()) < zero_divisor) {
    // 1, or NaN where A is.
    drop_signs_a();
    value_b() = 0.0F;
  }
  if (sign == Sign::ignored) {
    drop_signs_b();
    drop_signs_a();
  } else if (op_b() == Op::constant && drop_neg_a()) {
    value_b() = -value_b();
  } else if (drop_neg_b()) {
    // a / -b is -a / b, also where it is protected.
    swap_operands();
    make_neg(sign);
    swap_operands();
  }
  if (sign == Sign::matters && is_magnitude_times_non_negative()) {
    make_div(Sign::ignored);
    make_unary(Op::abs, sign);
  } else if (op_b() == Op::constant && can_multiply_instead(value_b())) {
    value_b() = 1.0F / value_b();
    make_mul(sign);
  } else if (op_a() == Op::constant && nodes_[root_a()].value == 1.0F) {
    drop_a();
    make_inv(sign);
  } else {
    push_operator(Op::div);
  }
}

void CanonicalBuilder::make_aq(Sign sign) {
  drop_signs_b();
  if (op_b() == Op::constant) {
    const float divisor = std::sqrt(1.0F + value_b() * value_b());
    if (portable::is_finite(divisor)) {
      value_b() = divisor;
      make_div(sign);
      return;
    }
  }
  if (sign == Sign::ignored) {
    drop_signs_a();
  } else if (is_sign(root_a())) {
    const Op outer = op_a();
    drop_root_a();
    make_aq(outer == Op::neg ? Sign::matters : Sign::ignored);
    make_unary(outer, sign);
    return;
  }
  push_operator(Op::aq);
}

/// min(c, min(d, x)) = min(min(c, d), x).
bool CanonicalBuilder::fold_nested_extremum(Op op) {
  if (op_b() != Op::constant || op_a() != op || nodes_[root_a() - 1].op != Op::constant) {
    return false;
  }
  float& inner = nodes_[root_a() - 1].value;
  inner = apply(op, inner, value_b());
  drop_root_b();
  drop_root_b();
  push_operator(op);
  return true;
}

void CanonicalBuilder::make_extremum(Op op, Sign sign) {
  const bool minus_or_constant_a = op_a() == Op::neg || op_a() == Op::constant;
  const bool minus_or_constant_b = op_b() == Op::neg || op_b() == Op::constant;
  if (minus_or_constant_a && minus_or_constant_b && (op_a() == Op::neg || op_b() == Op::neg)) {
    // min(-x, -y) = -max(x, y)
    swap_operands();
    make_neg(Sign::matters);
    swap_operands();
    make_neg(Sign::matters);
    make_extremum(op == Op::min ? Op::max : Op::min, sign);
    make_neg(sign);
    return;
  }
  sort_operands();
  if (compare_operands() == 0) {
    drop_b();
    take_place(sign);
  } else if (op == Op::max && op_b() == Op::constant && value_b() <= 0.0F && is_non_negative(root_a())) {
    drop_root_b();
    take_place(sign);
  } else if (!fold_nested_extremum(op)) {
    push_operator(op);
  }
}

/// One pass; returns whether another is needed.
bool canonicalise_once(const Replacement& replacement, Formula& out) {
  const auto& [formula, replaced, subtree, ancestors, sign, sign_before, depth_beside] = replacement;
  // A rewrite may hold one node more than it began with before it drops others.
  constexpr std::size_t slack = 2;
  out.resize(size(replacement) + slack);
  CanonicalBuilder builder(out.data());
  builder.adopt(formula.first(replaced.begin));
  if (sign_before == sign) {
    builder.adopt(subtree);
  } else {
    Scratch<Sign> signs(subtree.size());
    find_signs(subtree, sign, signs);
    for (std::size_t i = 0; i < subtree.size(); ++i) {
      builder.make(subtree[i], signs[i]);
    }
  }
  std::size_t done = replaced.end;
  for (std::size_t k = ancestors.size(); k-- > 0;) {
    const Ancestor& ancestor = ancestors[k];
    builder.adopt(formula.subspan(done, ancestor.node - done));
    builder.make(formula[ancestor.node], ancestor.sign);
    done = std::size_t{ancestor.node} + 1;
  }
  out.resize(builder.size());
  return builder.needs_another_pass();
}

}  // namespace

Sign sign_at(FormulaView nodes, std::size_t root) {
  Sign sign = Sign::matters;
  for_each_ancestor(nodes, root, [&](std::size_t ancestor, bool is_in_last) {
    sign = sign_below(nodes[ancestor].op, sign, is_in_last);
  });
  return sign;
}

Replacement replace(FormulaView formula, std::size_t root, FormulaView subtree, std::vector<Ancestor>& ancestors) {
  ancestors.clear();
  Sign sign = Sign::matters;
  int depth_beside = 0;
  for_each_ancestor(formula, root, [&](std::size_t ancestor, bool is_in_last) {
    ancestors.push_back({static_cast<std::uint16_t>(ancestor), sign});
    sign = sign_below(formula[ancestor].op, sign, is_in_last);
    if (arity(formula[ancestor].op) == 2) {
      const std::size_t other = is_in_last ? subtree_begin(formula, ancestor - 1) - 1 : ancestor - 1;
      depth_beside = std::max(depth_beside, static_cast<int>(ancestors.size()) + subtree_depth(formula[other]));
    }
  });
  return {formula, {subtree_begin(formula, root), root + 1}, subtree, ancestors, sign, {}, depth_beside};
}

int depth(const Replacement& replacement) {
  const auto levels = static_cast<int>(replacement.ancestors.size());
  const int deepest = std::max(replacement.depth_beside, levels + subtree_depth(replacement.subtree.back()));
  if (deepest >= Node::most_depth) {
    Formula written;
    write(replacement, written);
    return depth(written);
  }
  return deepest;
}

void write(const Replacement& replacement, Formula& out) {
  const auto& [begin, end] = replacement.replaced;
  out.resize(size(replacement));
  Node* const rest = copy_nodes(replacement.subtree, copy_nodes(replacement.formula.first(begin), out.data()));
  copy_nodes(replacement.formula.subspan(end), rest);
  const std::size_t moved = begin + replacement.subtree.size() - end;
  for (std::size_t k = replacement.ancestors.size(); k-- > 0;) {
    complete_operator(out, replacement.ancestors[k].node + moved);
  }
}

int canonicalise(const Replacement& replacement, Formula& out) {
  ZCMPI_EXPECT(size(replacement) <= max_formula_nodes);
  ZCMPI_EXPECT(replacement.replaced.begin <= replacement.replaced.end &&
               replacement.replaced.end <= replacement.formula.size());
  out.clear();
  if (size(replacement) == 0) {
    return 0;
  }
  for (bool again = canonicalise_once(replacement, out); again;) {
    Scratch<Node> before(out.size());
    std::copy(out.begin(), out.end(), before.data());
    again = canonicalise_once(whole({before.data(), out.size()}), out);
  }
  ZCMPI_ENSURE(out.size() <= size(replacement));
  return depth(out);
}

int canonicalise(FormulaView nodes, Formula& out) { return canonicalise(whole(nodes), out); }

}  // namespace zcmpi
