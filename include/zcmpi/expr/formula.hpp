/// \file
/// A formula: an expression over terminals, as a flat array of nodes in postfix order.
///
/// Operands come before their operator, the left one first; the root is the last node. The subtree of node i is the
/// contiguous range [subtree_begin(nodes, i), i]; an operator holds its subtree's size and depth, so that nobody has to
/// walk to find where an operand begins. Functions take spans, so that a population can hold its formulas in one block
/// of memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "zcmpi/expr/primitive.hpp"

namespace zcmpi {

/// Eight bytes, trivially copyable: populations, messages and checkpoints hold nodes as they are. Fields that an op
/// does not use are zero, so that equal nodes have equal bytes.
struct Node {
  Op op = Op::constant;
  /// An operator's: nodes on the longest path of its subtree, or `most_depth` where there are that many or more.
  std::uint8_t depth = 0;
  /// Index into the run's list of terminals, for Op::terminal. An operator's: nodes of its subtree.
  std::uint16_t number = 0;
  /// The value of an Op::constant: finite, so that it can be written as text.
  float value = 0.0F;

  static Node make_constant(float value) { return {Op::constant, 0, 0, value}; }
  static Node make_terminal(std::uint16_t index) { return {Op::terminal, 0, index, 0.0F}; }
  /// An operator whose size and depth are to be filled in (append_operator, complete).
  static Node make_primitive(Op op) { return {op, 0, 0, 0.0F}; }

  static constexpr int most_depth = std::numeric_limits<std::uint8_t>::max();

  friend bool operator==(const Node& a, const Node& b) {
    return portable::bit_cast<std::uint64_t>(a) == portable::bit_cast<std::uint64_t>(b);
  }
};
static_assert(sizeof(Node) == 8);

/// The longest formula: operators hold their sizes in 16 bits.
inline constexpr std::size_t max_formula_nodes = std::numeric_limits<std::uint16_t>::max();

using FormulaView = std::span<const Node>;
using Formula = std::vector<Node>;

/// The nodes begin ... end of a formula, `end` excluded.
struct NodeRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const NodeRange&, const NodeRange&) = default;
};

inline bool is_operator(const Node& node) { return node.op > Op::terminal; }
/// Nodes of the subtree that the node is the root of.
inline std::size_t subtree_size(const Node& root) { return is_operator(root) ? root.number : 1; }
/// First node of the subtree whose root is `root`.
inline std::size_t subtree_begin(FormulaView nodes, std::size_t root) { return root + 1 - subtree_size(nodes[root]); }
/// Nodes on the subtree's longest path, or Node::most_depth where there are that many or more.
inline int subtree_depth(const Node& root) { return is_operator(root) ? root.depth : 1; }

/// Calls visit(ancestor, is_in_last_operand) for the operators above a node, the root first; a unary operator's operand
/// is its last.
template <class Visit>
void for_each_ancestor(FormulaView nodes, std::size_t node, const Visit& visit) {
  for (std::size_t root = nodes.size() - 1; root != node;) {
    const std::size_t last = root - 1;
    const bool is_in_last = node >= subtree_begin(nodes, last);
    visit(root, is_in_last);
    root = is_in_last ? last : subtree_begin(nodes, last) - 1;
  }
}

/// The operator at `root` with the size and depth that its operands give it.
inline Node with_size_and_depth(FormulaView nodes, std::size_t root) {
  const Op op = nodes[root].op;
  const Node& last = nodes[root - 1];
  std::size_t size = 1 + subtree_size(last);
  int levels = subtree_depth(last);
  if (arity(op) == 2) {
    const Node& first = nodes[root - size];
    levels = std::max(levels, subtree_depth(first));
    size += subtree_size(first);
  }
  return {op, static_cast<std::uint8_t>(std::min(levels + 1, Node::most_depth)), static_cast<std::uint16_t>(size),
          0.0F};
}
/// Fills them in.
inline void complete_operator(std::span<Node> nodes, std::size_t root) {
  nodes[root] = with_size_and_depth(nodes, root);
}
/// By one comparison of memory.
inline bool is_same(FormulaView a, FormulaView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}
/// Copies nodes to where they do not come from. A function of its own since compilers make loops of what the standard
/// library has for it, which take longer than all else that variation does.
inline Node* copy_nodes(FormulaView from, Node* to) {
  if (!from.empty()) {
    std::memcpy(to, from.data(), from.size_bytes());
  }
  return to + from.size();
}
/// Puts an operator behind its operands.
void append_operator(Formula& operands, Op op);
/// Fills in the sizes and depths of all operators. Requires one expression of up to 65535 nodes.
void complete(std::span<Node> nodes);
/// The same for a copy.
Formula completed(Formula nodes);

/// Number of nodes on the longest path from the root to a leaf: 1 for a single leaf, 0 for an empty array.
int depth(FormulaView nodes);

/// Whether the array is exactly one expression of up to 65535 nodes whose terminals lie below `terminal_count`, whose
/// constants are finite, whose operators have their sizes and depths, and whose unused fields are zero. For any array,
/// also a damaged one. The other functions require well-formed formulas.
bool is_well_formed(FormulaView nodes, std::size_t terminal_count);

/// Reference value of a formula for one architecture: the definition of truth for every kernel.
/// `features[t]` is the transformed value of terminal t. Instantiated for float (what evolution uses) and double (what
/// is reported to people).
template <class T>
T evaluate(FormulaView nodes, std::span<const T> features);

enum class NodeKind { constant, leaf, primitive };
/// Lists the places of the nodes of a kind, in order, and returns how many there are. `places` has room for as many as
/// there are nodes and for a register more (detail::lane_count), which may be written too. Without a branch: no
/// processor foresees which nodes are leaves.
std::size_t find_nodes(FormulaView nodes, NodeKind kind, std::uint32_t* places);

/// Digest of the nodes, for finding duplicates of canonical formulas.
std::uint64_t digest(FormulaView nodes);

}  // namespace zcmpi
