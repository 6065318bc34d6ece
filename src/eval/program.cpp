#include "program.hpp"

#include <algorithm>

#include "zcmpi/core/error.hpp"
#include "zcmpi/expr/primitive.hpp"

namespace zcmpi::detail {
namespace {

Operand constant(float value) { return {OperandKind::constant, portable::bit_cast<std::uint32_t>(value)}; }
float constant_value(const Operand& operand) { return portable::bit_cast<float>(operand.payload); }
std::uint32_t slots_of(const Operand& operand) { return operand.kind == OperandKind::slot ? 1U : 0U; }

}  // namespace

// The smallest tree that needs one slot is a unary node on a leaf; one slot more takes a binary node with that tree
// before the smallest that needed one less.
std::size_t slots_needed(std::size_t max_nodes) { return std::max<std::size_t>((max_nodes + 1) / 3, 1); }

Lowering::Lowering(std::size_t max_nodes) : max_nodes_(max_nodes), pending_(max_nodes / 2 + 1) {}

Program Lowering::lower(FormulaView nodes, Instruction* out, std::uint32_t first) {
  ZCMPI_EXPECT(!nodes.empty() && nodes.size() <= max_nodes_);
  Operand* const pending = pending_.data();
  Instruction* next = out + first;
  std::size_t count = 0;
  std::uint32_t live = 0;
  for (const Node& node : nodes) {
    if (node.op == Op::terminal) {
      pending[count++] = {OperandKind::column, node.number};
      continue;
    }
    if (node.op == Op::constant) {
      pending[count++] = constant(node.value);
      continue;
    }
    const bool is_unary = arity(node.op) == 1;
    const Operand b = is_unary ? Operand{} : pending[--count];
    Operand& a = pending[count - 1];
    if (a.kind == OperandKind::constant && (is_unary || b.kind == OperandKind::constant)) {
      a = constant(is_unary ? apply(node.op, constant_value(a)) : apply(node.op, constant_value(a), constant_value(b)));
      continue;
    }
    live -= slots_of(a) + slots_of(b);
    *next++ = {.op = node.op,
               .kind_a = a.kind,
               .kind_b = b.kind,
               .target = static_cast<std::uint16_t>(live),
               .a = a.payload,
               .b = b.payload};
    a = {OperandKind::slot, live++};
  }
  return {first, static_cast<std::uint32_t>(next - (out + first)), pending[0]};
}

}  // namespace zcmpi::detail
