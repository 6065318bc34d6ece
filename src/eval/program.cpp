#include "program.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/lanes.hpp"
#include "zcmpi/expr/primitive.hpp"

namespace zcmpi::detail {
namespace {

Operand constant(float value) { return {OperandKind::constant, portable::bit_cast<std::uint32_t>(value)}; }
float constant_value(const Operand& operand) { return portable::bit_cast<float>(operand.payload); }
std::uint32_t slots_of(const Operand& operand) { return operand.kind == OperandKind::slot ? 1U : 0U; }

}  // namespace

// The smallest tree that needs one slot is a unary node on a leaf; one slot more of a stack takes a binary node with
// that tree before the smallest that needed one less. Of all nodes but a leaf, each may be an instruction.
std::size_t slots_needed(Slots slots, std::size_t max_nodes) {
  return std::max<std::size_t>(
      slots == Slots::stack ? (max_nodes + 1) / 3 : max_nodes - std::min<std::size_t>(max_nodes, 1), 1);
}

std::size_t common_prefix(FormulaView a, FormulaView b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t length = 0;
  // A register at a time, each node two lanes.
  constexpr std::size_t step = lane_count / 2;
  for (; length + step <= most; length += step) {
    IntLanes x;
    IntLanes y;
    std::memcpy(&x, &a[length], sizeof x);
    std::memcpy(&y, &b[length], sizeof y);
    const auto lanes_alike = static_cast<std::size_t>(std::countr_one(to_bits(equal(x, y))));
    if (lanes_alike < lane_count) {
      return length + lanes_alike / 2;
    }
  }
  while (length < most && a[length] == b[length]) {
    ++length;
  }
  return length;
}

std::span<const std::uint32_t> PrefixOrder::sort(std::span<const FormulaView> formulas) {
  // Nodes are compared as their bits; the first few as eight bits that they are hashed to, which most comparisons need
  // no more than. Where two nodes have the same, formulas that begin alike may be kept apart, no worse.
  constexpr std::size_t key_nodes = 8;
  const auto bits = [](const Node& node) { return portable::bit_cast<std::uint64_t>(node); };
  entries_.resize(formulas.size());
  for (std::uint32_t f = 0; f < formulas.size(); ++f) {
    std::uint64_t key = 0;
    for (std::size_t k = 0; k < key_nodes; ++k) {
      constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U;
      key = key << 8U | (k < formulas[f].size() ? (bits(formulas[f][k]) + 1) * odd >> 56U : 0U);
    }
    entries_[f] = {key, f};
  }
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    if (a.key != b.key) {
      return a.key < b.key;
    }
    const FormulaView x = formulas[a.index];
    const FormulaView y = formulas[b.index];
    const std::size_t alike = common_prefix(x, y);
    if (alike == x.size() || alike == y.size()) {
      return x.size() != y.size() ? x.size() < y.size() : a.index < b.index;
    }
    return bits(x[alike]) < bits(y[alike]);
  });
  order_.resize(formulas.size());
  std::transform(entries_.begin(), entries_.end(), order_.begin(), [](const Entry& entry) { return entry.index; });
  return order_;
}

Lowering::Lowering(Slots slots, std::size_t max_nodes) : slots_(slots), values_(max_nodes) {}

Program Lowering::lower(FormulaView nodes, std::size_t shared, Instruction* out, std::uint32_t first) {
  ZCMPI_EXPECT(!nodes.empty() && nodes.size() <= values_.size());
  ZCMPI_EXPECT(shared <= nodes.size() && (shared == 0 || slots_ == Slots::one_each));
  Value* const values = values_.data();
  Instruction* next = out + first;
  std::uint32_t live = shared > 0 ? values[shared - 1].live : 0;
  for (std::size_t i = shared; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    if (node.op == Op::terminal) {
      values[i] = {{OperandKind::column, node.number}, live};
      continue;
    }
    if (node.op == Op::constant) {
      values[i] = {constant(node.value), live};
      continue;
    }
    const bool is_unary = arity(node.op) == 1;
    const Operand a = values[is_unary ? i - 1 : i - 1 - subtree_size(nodes[i - 1])].operand;
    const Operand b = is_unary ? Operand{} : values[i - 1].operand;
    if (a.kind == OperandKind::constant && (is_unary || b.kind == OperandKind::constant)) {
      const float value =
          is_unary ? apply(node.op, constant_value(a)) : apply(node.op, constant_value(a), constant_value(b));
      values[i] = {constant(value), live};
      continue;
    }
    if (slots_ == Slots::stack) {
      live -= slots_of(a) + slots_of(b);
    }
    *next++ = {.op = node.op,
               .kind_a = a.kind,
               .kind_b = b.kind,
               .target = static_cast<std::uint16_t>(live),
               .a = a.payload,
               .b = b.payload};
    const Operand result{OperandKind::slot, live++};
    values[i] = {result, live};
  }
  return {first, static_cast<std::uint32_t>(next - (out + first)), values[nodes.size() - 1].operand};
}

}  // namespace zcmpi::detail
