#include "program.hpp"

#include <algorithm>

#include "zcmpi/core/error.hpp"
#include "zcmpi/expr/primitive.hpp"

namespace zcmpi::detail {
namespace {

Operand constant(float value) { return {OperandKind::constant, portable::bit_cast<std::uint32_t>(value)}; }
float constant_value(const Operand& operand) { return portable::bit_cast<float>(operand.payload); }

}  // namespace

std::size_t slots_needed(std::size_t max_nodes) {
  // The smallest tree that needs one slot is a unary node on a leaf; one slot more takes two of the trees before.
  std::size_t slots = 1;
  for (std::size_t smallest = 2; 2 * smallest + 1 <= max_nodes; smallest = 2 * smallest + 1) {
    ++slots;
  }
  return slots;
}

Lowering::Lowering(std::size_t max_nodes) : entries_(max_nodes), pending_(max_nodes), order_(max_nodes) {}

void Lowering::describe_unary(Op op, std::size_t i) {
  const Entry& child = entries_[i - 1];
  Entry& entry = entries_[i];
  entry.size = child.size + 1;
  if (child.operand.kind == OperandKind::constant) {
    entry.operand = constant(apply(op, constant_value(child.operand)));
    entry.slots = 0;
  } else {
    entry.operand = {OperandKind::slot, 0};
    entry.slots = std::max(child.slots, 1U);
  }
}

void Lowering::describe_binary(Op op, std::size_t i) {
  const Entry& right = entries_[i - 1];
  const Entry& left = entries_[i - 1 - right.size];
  Entry& entry = entries_[i];
  entry.size = left.size + right.size + 1;
  if (left.operand.kind == OperandKind::constant && right.operand.kind == OperandKind::constant) {
    entry.operand = constant(apply(op, constant_value(left.operand), constant_value(right.operand)));
    entry.slots = 0;
  } else {
    entry.operand = {OperandKind::slot, 0};
    entry.slots = left.slots == right.slots ? left.slots + 1 : std::max(left.slots, right.slots);
  }
}

/// Fills entries_ from the leaves up.
void Lowering::describe(FormulaView nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    switch (arity(node.op)) {
      case 0:
        entries_[i] = {node.op == Op::constant ? constant(node.value) : Operand{OperandKind::column, node.terminal}, 1,
                       0};
        break;
      case 1: describe_unary(node.op, i); break;
      default: describe_binary(node.op, i); break;
    }
  }
}

/// Writes the inner nodes to order_ from the root down, each node's later operand before its earlier one: read
/// backwards, it is the order in which to run them. Returns their number.
std::size_t Lowering::order_inner_nodes(FormulaView nodes) {
  std::size_t count = 0;
  std::size_t pending = 0;
  const auto push = [&](std::size_t i) {
    if (entries_[i].slots > 0) {
      pending_[pending++] = static_cast<std::uint32_t>(i);
    }
  };
  push(nodes.size() - 1);
  while (pending > 0) {
    const std::size_t i = pending_[--pending];
    order_[count++] = static_cast<std::uint32_t>(i);
    if (arity(nodes[i].op) == 1) {
      push(i - 1);
    } else {
      const std::size_t right = i - 1;
      const std::size_t left = right - entries_[right].size;
      const bool right_first = entries_[right].slots > entries_[left].slots;
      push(right_first ? right : left);
      push(right_first ? left : right);
    }
  }
  return count;
}

Program Lowering::lower(FormulaView nodes, Instruction* out, std::uint32_t first) {
  ZCMPI_EXPECT(!nodes.empty() && nodes.size() <= entries_.size());
  describe(nodes);
  const std::size_t count = order_inner_nodes(nodes);
  std::uint32_t live = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t i = order_[count - 1 - k];
    Instruction& instruction = out[first + k];
    instruction = {};
    instruction.op = nodes[i].op;
    const std::size_t last = i - 1;
    const bool unary = arity(nodes[i].op) == 1;
    const Operand a = entries_[unary ? last : last - entries_[last].size].operand;
    instruction.kind_a = a.kind;
    instruction.a = a.payload;
    live -= a.kind == OperandKind::slot ? 1U : 0U;
    if (!unary) {
      const Operand b = entries_[last].operand;
      instruction.kind_b = b.kind;
      instruction.b = b.payload;
      live -= b.kind == OperandKind::slot ? 1U : 0U;
    }
    instruction.target = static_cast<std::uint8_t>(live);
    entries_[i].operand.payload = live++;
  }
  return {first, static_cast<std::uint32_t>(count), entries_[nodes.size() - 1].operand};
}

}  // namespace zcmpi::detail
