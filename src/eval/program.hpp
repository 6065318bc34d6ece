/// \file
/// Formulas lowered to what the values kernel runs: a flat list of instructions for a whole batch.
///
/// Leaves are operands, only inner nodes are instructions, and subtrees of constants are folded. An instruction reads
/// columns of features, constants, and slots: scratch columns that hold what earlier instructions computed.
///
/// Formulas of a population are relatives, which have many subtrees in common. Where they are run after each
/// other, slots are a ring that instructions take in turn, and an instruction that is in it already is not run again.
/// Where formulas run side by side, slots are a stack, of which few are used.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zcmpi/core/platform.hpp"
#include "zcmpi/expr/formula.hpp"

namespace zcmpi::detail {

/// The first two have the numbers of the ops that they are made of.
enum class OperandKind : std::uint32_t { constant, column, slot, none };
static_assert(static_cast<int>(OperandKind::constant) == static_cast<int>(Op::constant) &&
              static_cast<int>(OperandKind::column) == static_cast<int>(Op::terminal));

/// Number of a terminal; of a slot of a stack, or of the instruction whose value a ring holds; or the bits of a
/// constant.
struct Operand {
  OperandKind kind = OperandKind::none;
  std::uint32_t payload = 0;
};

/// Trivially copyable, for the device. At most one operand is a constant; a unary instruction has no b.
struct Instruction {
  /// The op in the lowest byte, the operands' kinds in the next two.
  std::uint32_t what = 0;
  /// The slot that takes the value.
  std::uint32_t target = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;

  static constexpr std::uint32_t pack(Op op, OperandKind kind_a, OperandKind kind_b) {
    return static_cast<std::uint32_t>(op) | static_cast<std::uint32_t>(kind_a) << 8U |
           static_cast<std::uint32_t>(kind_b) << 16U;
  }
  [[nodiscard]] ZCMPI_FUNCTION Op op() const { return static_cast<Op>(what & 0xffU); }
  [[nodiscard]] ZCMPI_FUNCTION OperandKind kind_a() const { return static_cast<OperandKind>(what >> 8U & 0xffU); }
  [[nodiscard]] ZCMPI_FUNCTION OperandKind kind_b() const { return static_cast<OperandKind>(what >> 16U & 0xffU); }
};
static_assert(sizeof(Instruction) == 16);

/// One formula: its instructions, but for those that are in the ring or that an earlier formula's program has, and
/// where its value is in the end.
struct Program {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  Operand result;
};

/// An order in which formulas that begin alike follow each other, and have most of their subtrees in common. Keeps its
/// memory.
class PrefixOrder {
 public:
  /// Indices into `formulas`; good until the next call.
  std::span<const std::uint32_t> sort(std::span<const FormulaView> formulas);

 private:
  static constexpr std::size_t key_nodes = 6;
  struct Entry {
    std::array<std::uint8_t, key_nodes> key;
    std::uint32_t index;
  };
  std::vector<Entry> entries_;
  std::vector<Entry> sorted_;
  std::vector<std::uint32_t> order_;
};

/// Slots of a stack that suffice for every formula of up to `max_nodes` nodes.
std::size_t stack_slots(std::size_t max_nodes);

/// Lowers formulas that run side by side, each in a stack of slots. Owns working memory for formulas of up to max_nodes
/// nodes, so that lowering allocates nothing.
class StackLowering {
 public:
  /// Formulas that are lowered together.
  static constexpr std::size_t at_once = 1;

  /// `slots` is stack_slots(max_nodes) or more.
  StackLowering(std::size_t slots, std::size_t max_nodes);

  /// Writes the formula's instructions to out[first...], of which there are no more than nodes, and its program to
  /// `programs`. Returns the place behind the last instruction.
  std::uint32_t lower(std::span<const FormulaView> formula, Instruction* out, std::uint32_t first, Program* programs);

  /// As of a ring, of which there is none.
  void empty_ring(std::uint32_t /*first*/) {}

 private:
  /// Of each node: an operand as one word.
  std::vector<std::uint64_t> values_;
};

/// The smallest ring, a power of two, in which every two formulas of up to `max_nodes` nodes can be run together.
std::size_t least_ring_slots(std::size_t max_nodes);

/// Lowers formulas that run one or two after the others in a ring of slots: instruction k takes the slot k modulo the
/// slots.
class RingLowering {
 public:
  /// Formulas that are lowered together, a node of one and a node of the other in turn: to look a subtree up takes
  /// waiting, and what one waits for does not keep the other.
  static constexpr std::size_t at_once = 2;

  /// `slots` is a power of two and least_ring_slots(max_nodes) or more.
  RingLowering(std::size_t slots, std::size_t max_nodes);

  /// Nothing lies in the ring for the instructions from `first` on.
  void empty_ring(std::uint32_t first) { ring_begin_ = first; }

  /// Writes the instructions of up to `at_once` formulas to out[first...], where the formulas before have ended; of
  /// `out` one more than there are nodes may be written. The first program has all instructions, which run before
  /// either formula's value is read. Returns the place behind the last instruction.
  std::uint32_t lower(std::span<const FormulaView> formulas, Instruction* out, std::uint32_t first, Program* programs);

 private:
  /// A formula with the working memory that is its own.
  struct Operators {
    const Node* nodes;
    /// Of each node: an operand as one word, which is read as it was written.
    std::uint64_t* values;
    std::uint32_t* places;
    std::size_t count;
  };
  struct Ring;

  static void find_operators(FormulaView nodes, Operators& found);
  static void lower_operator(const Operators& formula, std::size_t which, Ring& ring);

  std::uint32_t slots_;
  std::uint32_t ring_begin_ = 0;
  /// Room for a formula's words, of which whole registers are written.
  std::size_t stride_;
  std::vector<std::uint64_t> values_;
  std::vector<std::uint32_t> operators_;
  /// The last instructions.
  std::vector<Instruction> ring_;
  /// Numbers of instructions, by what they compute. Some are of batches before, or no longer in the ring.
  std::vector<std::uint32_t> known_;
};

}  // namespace zcmpi::detail
