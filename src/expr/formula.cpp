#include "zcmpi/expr/formula.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "scratch.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/lanes.hpp"

namespace zcmpi {
namespace {

/// Whether the op exists and a leaf's fields are what the make_* functions write.
bool is_valid_node(const Node& node, std::size_t terminal_count) {
  switch (node.op) {
    case Op::constant: return portable::is_finite(node.value) && node == Node::make_constant(node.value);
    case Op::terminal: return node.number < terminal_count && node == Node::make_terminal(node.number);
    default: return static_cast<std::size_t>(node.op) < op_count;
  }
}

}  // namespace

void append_operator(Formula& operands, Op op) {
  ZCMPI_EXPECT(arity(op) > 0 && operands.size() < max_formula_nodes);
  operands.push_back(Node::make_primitive(op));
  complete_operator(operands, operands.size() - 1);
}

void complete(std::span<Node> nodes) {
  ZCMPI_EXPECT(nodes.size() <= max_formula_nodes);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (is_operator(nodes[i])) {
      complete_operator(nodes, i);
    }
  }
}

Formula completed(Formula nodes) {
  complete(nodes);
  return nodes;
}

int depth(FormulaView nodes) {
  if (nodes.empty()) {
    return 0;
  }
  if (const int levels = subtree_depth(nodes.back()); levels < Node::most_depth) {
    return levels;
  }
  Scratch<int> depths(max_pending(nodes.size()));
  std::size_t pending = 0;
  for (const Node& node : nodes) {
    const auto operands = static_cast<std::size_t>(arity(node.op));
    int below = 0;
    for (std::size_t k = 0; k < operands; ++k) {
      below = std::max(below, depths[--pending]);
    }
    depths[pending++] = below + 1;
  }
  ZCMPI_ENSURE(pending == 1);
  return depths[pending - 1];
}

bool is_well_formed(FormulaView nodes, std::size_t terminal_count) {
  if (nodes.size() > max_formula_nodes) {
    return false;
  }
  std::size_t pending = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    if (!is_valid_node(node, terminal_count)) {
      return false;
    }
    const auto operands = static_cast<std::size_t>(arity(node.op));
    if (pending < operands) {
      return false;
    }
    pending = pending - operands + 1;
    // The operands have been looked at, so their sizes are true.
    if (operands > 0 && node != with_size_and_depth(nodes, i)) {
      return false;
    }
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
      ZCMPI_EXPECT(node.number < features.size());
      values[pending++] = features[node.number];
    } else if (arity(node.op) == 1) {
      values[pending - 1] = apply(node.op, values[pending - 1]);
    } else {
      --pending;
      values[pending - 1] = apply(node.op, values[pending - 1], values[pending]);
    }
  }
  ZCMPI_ENSURE(pending == 1);
  return values[pending - 1];
}

template float evaluate<float>(FormulaView, std::span<const float>);
template double evaluate<double>(FormulaView, std::span<const double>);

std::size_t find_nodes(FormulaView nodes, NodeKind kind, std::uint32_t* places) {
  using detail::IntLanes;
  using detail::lane_count;
  using detail::WideLanes;
  constexpr std::size_t half = detail::wide_lane_count;
  // Constants are op 0, terminals op 1: leaves are what is 0 but for the lowest bit.
  const IntLanes looked_at = IntLanes{} + (kind == NodeKind::constant ? 0xff : 0xfe);
  const unsigned unwanted = kind == NodeKind::primitive ? ~0U : 0U;
  IntLanes indices = detail::lane_indices();
  std::size_t count = 0;
  for (std::size_t i = 0; i < nodes.size(); i += lane_count) {
    const std::size_t left = nodes.size() - i;
    const WideLanes front = detail::load_some_words(&nodes[i], left);
    const WideLanes back = left > half ? detail::load_some_words(&nodes[i] + half, left - half) : WideLanes{};
    const unsigned are_there = (1U << std::min<std::size_t>(left, lane_count)) - 1U;
    const unsigned bits =
        (detail::to_bits(detail::equal(detail::lower_halves(front, back) & looked_at, IntLanes{})) ^ unwanted) &
        are_there;
    detail::store_lanes(detail::compress(reinterpret_cast<detail::FloatLanes>(indices), bits), places + count);
    count += static_cast<std::size_t>(std::popcount(bits));
    indices += lane_count;
  }
  return count;
}

std::uint64_t digest(FormulaView nodes) { return digest_bytes(std::as_bytes(nodes)); }

}  // namespace zcmpi
