/// \file
/// Formulas lowered to what the values kernel runs: a flat list of instructions for a whole batch.
///
/// Leaves are operands, only inner nodes are instructions, and subtrees of constants are folded. An instruction reads
/// columns of features, constants, and slots: scratch columns that hold what earlier instructions computed.
///
/// Formulas of a population are relatives, whose nodes often begin alike: canonical formulas have the larger operand
/// first wherever the order is free. Where one formula is run after the other, every instruction of a formula has a
/// slot of its own, so that the next one finds there what both begin with, and only runs the rest. Where formulas run
/// side by side, slots are a stack, of which few are used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
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

/// One formula: its instructions, but for those that the one before has run, and where its value is in the end.
struct Program {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  Operand result;
};

enum class Slots { stack, one_each };

/// Slots that suffice for every formula of up to `max_nodes` nodes.
std::size_t slots_needed(Slots slots, std::size_t max_nodes);

/// Nodes that two formulas begin with alike.
std::size_t common_prefix(FormulaView a, FormulaView b);

/// An order in which formulas that begin alike follow each other. Keeps its memory.
class PrefixOrder {
 public:
  /// Indices into `formulas`; good until the next call.
  std::span<const std::uint32_t> sort(std::span<const FormulaView> formulas);

 private:
  struct Entry {
    std::uint64_t key;
    std::uint32_t index;
  };
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> order_;
};

/// Lowers formulas one after the other. Owns working memory for formulas of up to max_nodes nodes, so that lowering
/// allocates nothing.
class Lowering {
 public:
  Lowering(Slots slots, std::size_t max_nodes);

  /// Writes the instructions of `nodes` to out[first...], of which there are at most nodes.size(). The first `shared`
  /// nodes are passed over: the formula lowered before begins with them too, and every instruction has its slot.
  Program lower(FormulaView nodes, std::size_t shared, Instruction* out, std::uint32_t first);

 private:
  /// Where a node's value is, and how many slots are taken once it is there.
  struct Value {
    Operand operand;
    std::uint32_t live = 0;
  };

  Slots slots_;
  /// Of each node of the formula lowered last.
  std::vector<Value> values_;
};

}  // namespace zcmpi::detail
