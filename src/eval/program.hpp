/// \file
/// Formulas lowered to what the values kernel runs: a flat list of instructions for a whole batch.
///
/// Leaves are operands, only inner nodes are instructions, and subtrees of constants are folded. An instruction reads
/// columns of features, constants, and slots: scratch columns that hold what earlier instructions computed. Slots are a
/// stack. Canonical formulas have the larger operand first wherever the order is free, so few are used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "zcmpi/expr/formula.hpp"

namespace zcmpi::detail {

enum class OperandKind : std::uint8_t { none, column, slot, constant };

/// Number of a terminal or slot, or the bits of a constant.
struct Operand {
  OperandKind kind = OperandKind::none;
  std::uint32_t payload = 0;
};

/// Trivially copyable, for the device. At most one operand is a constant; a unary instruction has no b.
struct Instruction {
  Op op = Op::add;
  OperandKind kind_a = OperandKind::none;
  OperandKind kind_b = OperandKind::none;
  /// The slot that takes the value.
  std::uint16_t target = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
};
static_assert(sizeof(Instruction) == 16);

/// One formula: its instructions, and where its value is when they have run.
struct Program {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  Operand result;
};

/// Slots that suffice for every formula of up to `max_nodes` nodes.
std::size_t slots_needed(std::size_t max_nodes);

/// Lowers formulas one after the other. Owns working memory for formulas of up to max_nodes nodes, so that lowering
/// allocates nothing.
class Lowering {
 public:
  explicit Lowering(std::size_t max_nodes);

  /// Writes the instructions of `nodes` to out[first...], of which there are at most nodes.size().
  Program lower(FormulaView nodes, Instruction* out, std::uint32_t first);

 private:
  std::size_t max_nodes_;
  std::vector<Operand> pending_;
};

}  // namespace zcmpi::detail
