#include "zcmpi/expr/formula.hpp"

#include <algorithm>
#include <limits>

#include "scratch.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

/// Whether the node's fields are what the make_* functions write.
bool is_valid_node(const Node& node, std::size_t terminal_count) {
  switch (node.op) {
    case Op::constant: return portable::is_finite(node.value) && node == Node::make_constant(node.value);
    case Op::terminal: return node.terminal < terminal_count && node == Node::make_terminal(node.terminal);
    default: return static_cast<std::size_t>(node.op) < op_count && node == Node::make_primitive(node.op);
  }
}

}  // namespace

std::size_t subtree_begin(FormulaView nodes, std::size_t root) {
  ZCMPI_EXPECT(root < nodes.size());
  std::size_t begin = root;
  for (int missing = arity(nodes[begin].op); missing > 0;) {
    ZCMPI_EXPECT(begin > 0);
    --begin;
    missing += arity(nodes[begin].op) - 1;
  }
  return begin;
}

int depth(FormulaView nodes) {
  if (nodes.empty()) {
    return 0;
  }
  // Without a branch on the number of operands, which cannot be predicted.
  Scratch<int> depths(max_pending(nodes.size()) + 1);
  std::size_t pending = 0;
  for (const Node& node : nodes) {
    const int operands = arity(node.op);
    pending -= static_cast<std::size_t>(operands);
    const int first = operands > 0 ? depths[pending] : 0;
    const int second = operands > 1 ? depths[pending + 1] : 0;
    depths[pending++] = std::max(first, second) + 1;
  }
  ZCMPI_ENSURE(pending == 1);
  return depths[0];
}

int depth_through(FormulaView nodes, NodeRange part) {
  ZCMPI_EXPECT(part.begin < part.end && part.end <= nodes.size());
  int levels = depth(nodes.subspan(part.begin, part.end - part.begin));
  // Subtrees pending above the part, or above its last ancestor.
  int above = 0;
  for (const Node& node : nodes.subspan(part.end)) {
    const int operands = arity(node.op);
    const bool is_ancestor = operands > above;
    levels += is_ancestor ? 1 : 0;
    above = is_ancestor ? 0 : above + 1 - operands;
  }
  return levels;
}

bool is_well_formed(FormulaView nodes, std::size_t terminal_count) {
  std::size_t pending = 0;
  for (const Node& node : nodes) {
    if (!is_valid_node(node, terminal_count)) {
      return false;
    }
    const auto operands = static_cast<std::size_t>(arity(node.op));
    if (pending < operands) {
      return false;
    }
    pending = pending - operands + 1;
  }
  return pending == 1;
}

template <class T>
T evaluate(FormulaView nodes, std::span<const T> features) {
  ZCMPI_EXPECT(!nodes.empty());
  Scratch<T> values(max_pending(nodes.size()));
  std::size_t pending = 0;
  for (const Node& node : nodes) {
    if (node.op == Op::constant) {
      values[pending++] = static_cast<T>(node.value);
    } else if (node.op == Op::terminal) {
      ZCMPI_EXPECT(node.terminal < features.size());
      values[pending++] = features[node.terminal];
    } else if (arity(node.op) == 1) {
      values[pending - 1] = apply(node.op, values[pending - 1]);
    } else {
      --pending;
      values[pending - 1] = apply(node.op, values[pending - 1], values[pending]);
    }
  }
  ZCMPI_ENSURE(pending == 1);
  return values[0];
}

template float evaluate<float>(FormulaView, std::span<const float>);
template double evaluate<double>(FormulaView, std::span<const double>);

std::uint64_t digest(FormulaView nodes) { return digest_bytes(std::as_bytes(nodes)); }

}  // namespace zcmpi
