#include "zcmpi/gp/growth.hpp"

#include <algorithm>
#include <array>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

template <class T>
T pick(std::span<const T> items, RandomStream& random) {
  return items[random.below(static_cast<std::uint32_t>(items.size()))];
}

/// Returns false, with part of the tree in `out`, as soon as that would have more than `most` nodes: a full tree of
/// some depth would fill any memory.
bool append_subtree(const NodeSource& source, double leaf_probability, int levels_left, std::size_t most,
                    RandomStream& random, Formula& out) {
  if (out.size() == most) {
    return false;
  }
  if (levels_left <= 1 || random.chance(leaf_probability)) {
    out.push_back(source.leaf(random));
    return true;
  }
  const Op root = source.primitive(random);
  for (int operand = 0; operand < arity(root); ++operand) {
    if (!append_subtree(source, leaf_probability, levels_left - 1, most, random, out)) {
      return false;
    }
  }
  if (out.size() == most) {
    return false;
  }
  append_operator(out, root);
  return true;
}

/// A tree under construction, root first, with links to operands.
struct LinkedNode {
  Node node;
  std::array<std::size_t, 2> operands{};
};

struct OpenOperand {
  std::size_t parent = 0;
  std::size_t place = 0;
  int level = 0;
};

void append_postfix(const std::vector<LinkedNode>& tree, std::size_t root, Formula& out) {
  for (std::size_t operand = 0; operand < static_cast<std::size_t>(arity(tree[root].node.op)); ++operand) {
    append_postfix(tree, tree[root].operands[operand], out);
  }
  out.push_back(tree[root].node);
  if (is_operator(tree[root].node)) {
    complete_operator(out, out.size() - 1);
  }
}

}  // namespace

Node NodeSource::constant(RandomStream& random) const {
  return Node::make_constant(static_cast<float>(parameters_->constant_deviation * random.normal()));
}

Node NodeSource::terminal(RandomStream& random) const {
  return Node::make_terminal(static_cast<std::uint16_t>(random.below(terminal_count_)));
}

Node NodeSource::leaf(RandomStream& random) const {
  return random.chance(parameters_->constant_probability) ? constant(random) : terminal(random);
}

Op NodeSource::primitive(RandomStream& random) const {
  const auto unary = parameters_->primitives.unary();
  const auto binary = parameters_->primitives.binary();
  const auto index = random.below(static_cast<std::uint32_t>(unary.size() + binary.size()));
  return index < unary.size() ? unary[index] : binary[index - unary.size()];
}

Op NodeSource::primitive_of_arity(int arity, RandomStream& random) const {
  ZCMPI_EXPECT(has_arity(arity));
  return pick(arity == 1 ? parameters_->primitives.unary() : parameters_->primitives.binary(), random);
}

bool NodeSource::has_arity(int arity) const {
  return !(arity == 1 ? parameters_->primitives.unary() : parameters_->primitives.binary()).empty();
}

void append_random_tree(const NodeSource& source, TreeShape shape, int max_depth, std::size_t max_size,
                        RandomStream& random, Formula& out) {
  ZCMPI_EXPECT(max_depth >= 1 && max_size >= 1);
  constexpr double grown_leaf_probability = 0.3;
  const double leaf_probability = shape == TreeShape::full ? 0.0 : grown_leaf_probability;
  const auto before = out.size();
  // A tree has as many nodes as levels, or more.
  const auto most_levels = static_cast<int>(std::min(static_cast<std::size_t>(max_depth), max_size));
  for (int levels = most_levels; levels >= 1; --levels) {
    if (append_subtree(source, leaf_probability, levels, before + max_size, random, out)) {
      return;
    }
    out.resize(before);
  }
}

void append_ptc2_tree(const NodeSource& source, std::size_t size, int max_depth, std::size_t max_size,
                      RandomStream& random, Formula& out) {
  size = std::min(size, max_size);
  if (size <= 1 || max_depth <= 1) {
    out.push_back(source.leaf(random));
    return;
  }
  thread_local std::vector<LinkedNode> tree;
  thread_local std::vector<OpenOperand> open;
  tree.clear();
  open.clear();
  // A primitive is only placed where its operands still fit, so that the size is never exceeded.
  const auto place_primitive = [&](int level) {
    const std::size_t room = size - tree.size() - open.size();
    const int widest = room >= 3 ? 2 : 1;
    Node node = Node::make_primitive(source.primitive(random));
    if (arity(node.op) > widest || (widest == 2 && room == 3 && arity(node.op) == 1 && source.has_arity(2))) {
      node = source.has_arity(widest) ? Node::make_primitive(source.primitive_of_arity(widest, random))
                                      : source.leaf(random);
    }
    tree.push_back({node, {}});
    for (std::size_t place = 0; place < static_cast<std::size_t>(arity(node.op)); ++place) {
      open.push_back({tree.size() - 1, place, level + 1});
    }
  };
  place_primitive(1);
  while (!open.empty()) {
    std::swap(open[random.below(static_cast<std::uint32_t>(open.size()))], open.back());
    const OpenOperand operand = open.back();
    open.pop_back();
    tree[operand.parent].operands[operand.place] = tree.size();
    if (tree.size() + open.size() + 2 <= size && operand.level < max_depth) {
      place_primitive(operand.level);
    } else {
      tree.push_back({source.leaf(random), {}});
    }
  }
  append_postfix(tree, 0, out);
}

void make_initial_formula(const NodeSource& source, const GpParameters& parameters, std::size_t index,
                          std::size_t count, RandomStream& random, Formula& out) {
  out.clear();
  const double position = count > 1 ? static_cast<double>(index) / static_cast<double>(count - 1) : 0.0;
  if (parameters.initialisation == Initialisation::ptc2) {
    const auto spread = static_cast<double>(parameters.init_max_size - parameters.init_min_size);
    const auto size = parameters.init_min_size + static_cast<std::size_t>(position * spread + 0.5);
    append_ptc2_tree(source, size, parameters.max_depth, parameters.max_size, random, out);
    return;
  }
  const int depths = parameters.init_max_depth - parameters.init_min_depth + 1;
  const int depth = std::min(
      parameters.max_depth, parameters.init_min_depth + static_cast<int>(index / 2 % static_cast<std::size_t>(depths)));
  append_random_tree(source, index % 2 == 0 ? TreeShape::full : TreeShape::grown, depth, parameters.max_size, random,
                     out);
}

}  // namespace zcmpi
