/// \file
/// A formula: an expression over terminals, as a flat array of nodes in postfix order.
///
/// Operands come before their operator, the left one first; the root is the last node. The subtree of node i is the
/// contiguous range [subtree_begin(nodes, i), i]. Functions take spans, so that a population can hold its formulas in
/// one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zcmpi/expr/primitive.hpp"

namespace zcmpi {

/// Eight bytes, trivially copyable: populations, messages and checkpoints hold nodes as they are. Fields that an op
/// does not use are zero, so that equal nodes have equal bytes.
struct Node {
  Op op = Op::constant;
  std::uint8_t unused = 0;
  /// Index into the run's list of terminals, for Op::terminal.
  std::uint16_t terminal = 0;
  /// The value of an Op::constant: finite, so that it can be written as text.
  float value = 0.0F;

  static Node make_constant(float value) { return {Op::constant, 0, 0, value}; }
  static Node make_terminal(std::uint16_t index) { return {Op::terminal, 0, index, 0.0F}; }
  static Node make_primitive(Op op) { return {op, 0, 0, 0.0F}; }

  friend bool operator==(const Node& a, const Node& b) {
    return portable::bit_cast<std::uint64_t>(a) == portable::bit_cast<std::uint64_t>(b);
  }
};
static_assert(sizeof(Node) == 8);

using FormulaView = std::span<const Node>;
using Formula = std::vector<Node>;

/// The nodes begin ... end of a formula, `end` excluded.
struct NodeRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const NodeRange&, const NodeRange&) = default;
};

/// First node of the subtree whose root is `root`.
std::size_t subtree_begin(FormulaView nodes, std::size_t root);

/// Number of nodes on the longest path from the root to a leaf: 1 for a single leaf, 0 for an empty array.
int depth(FormulaView nodes);

/// The same for the paths that pass the root of the subtree `part`.
int depth_through(FormulaView nodes, NodeRange part);

/// Whether the array is exactly one expression whose terminals lie below `terminal_count`, whose constants are finite
/// and whose unused fields are zero. For any array, also a damaged one. The other functions require well-formed
/// formulas.
bool is_well_formed(FormulaView nodes, std::size_t terminal_count);

/// Reference value of a formula for one architecture: the definition of truth for every kernel.
/// `features[t]` is the transformed value of terminal t. Instantiated for float (what evolution uses) and double (what
/// is reported to people).
template <class T>
T evaluate(FormulaView nodes, std::span<const T> features);

/// Digest of the nodes, for finding duplicates of canonical formulas.
std::uint64_t digest(FormulaView nodes);

}  // namespace zcmpi
