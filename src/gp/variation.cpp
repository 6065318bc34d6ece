#include "zcmpi/gp/variation.hpp"

#include <algorithm>
#include <array>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/portable_math.hpp"

namespace zcmpi {
namespace {

std::size_t any_node(FormulaView nodes, RandomStream& random) {
  return random.below(static_cast<std::uint32_t>(nodes.size()));
}

/// An inner node nine times in ten where there is one.
std::size_t crossover_point(FormulaView nodes, RandomStream& random) {
  if (nodes.size() == 1) {
    return 0;
  }
  const bool want_inner = random.chance(0.9);
  for (;;) {
    const auto i = any_node(nodes, random);
    if ((arity(nodes[i].op) > 0) == want_inner) {
      return i;
    }
  }
}

/// child = `mother` with the subtree at `root` replaced. Returns where the replacement is.
NodeRange replace_subtree(FormulaView mother, std::size_t root, FormulaView replacement, Formula& child) {
  const auto begin = subtree_begin(mother, root);
  child.resize(mother.size() - (root + 1 - begin) + replacement.size());
  const auto prefix_end = std::ranges::copy(mother.first(begin), child.begin()).out;
  const auto replacement_end = std::ranges::copy(replacement, prefix_end).out;
  std::ranges::copy(mother.subspan(root + 1), replacement_end);
  return {begin, begin + replacement.size()};
}

FormulaView subtree(FormulaView nodes, std::size_t root) {
  const auto begin = subtree_begin(nodes, root);
  return nodes.subspan(begin, root - begin + 1);
}

}  // namespace

Variation draw_variation(const VariationRates& rates, RandomStream& random) {
  const std::array<double, 7> shares{rates.crossover,        rates.subtree_mutation, rates.point_mutation,
                                     rates.hoist_mutation,   rates.insert_mutation,  rates.delete_mutation,
                                     rates.constant_mutation};
  double total = 0.0;
  for (const double share : shares) {
    total += share;
  }
  ZCMPI_EXPECT(total > 0.0);
  double left = random.uniform() * total;
  std::size_t last_possible = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] <= 0.0) {
      continue;
    }
    last_possible = i;
    if (left < shares[i]) {
      break;
    }
    left -= shares[i];
  }
  return static_cast<Variation>(last_possible);
}

float perturb(float constant, double scale, RandomStream& random) {
  const double factor = 1.0 + scale * random.normal();
  const double shift = scale * random.normal();
  const auto moved = static_cast<float>(static_cast<double>(constant) * factor + 0.1 * shift);
  return portable::is_finite(moved) ? moved : constant;
}

Variator::Variator(const GpParameters& parameters, std::size_t terminal_count)
    : parameters_(&parameters), source_(parameters, terminal_count) {
  scratch_.reserve(parameters.max_size + 1);
}

bool Variator::is_within_limits(const Formula& child, NodeRange changed) const {
  // The paths beside the change are the mother's.
  return child.size() <= parameters_->max_size && depth_through(child, changed) <= parameters_->max_depth;
}

NodeRange Variator::vary(Variation kind, FormulaView mother, FormulaView father, RandomStream& random, Formula& child) {
  constexpr int attempts = 4;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    NodeRange changed;
    switch (kind) {
      case Variation::crossover: changed = cross(mother, father, random, child); break;
      case Variation::subtree_mutation: changed = mutate_subtree(mother, random, child); break;
      case Variation::point_mutation: changed = mutate_points(mother, random, child); break;
      case Variation::hoist_mutation: changed = hoist(mother, random, child); break;
      case Variation::insert_mutation: changed = insert(mother, random, child); break;
      case Variation::delete_mutation: changed = remove(mother, random, child); break;
      case Variation::constant_mutation: changed = mutate_constant(mother, random, child); break;
    }
    if (is_within_limits(child, changed)) {
      return changed;
    }
  }
  child.assign(mother.begin(), mother.end());
  return {};
}

NodeRange Variator::cross(FormulaView mother, FormulaView father, RandomStream& random, Formula& child) {
  const auto place = crossover_point(mother, random);
  return replace_subtree(mother, place, subtree(father, crossover_point(father, random)), child);
}

NodeRange Variator::mutate_subtree(FormulaView mother, RandomStream& random, Formula& child) {
  scratch_.clear();
  append_random_tree(source_, TreeShape::grown, parameters_->mutation_depth, parameters_->max_size, random, scratch_);
  return replace_subtree(mother, any_node(mother, random), scratch_, child);
}

NodeRange Variator::mutate_points(FormulaView mother, RandomStream& random, Formula& child) {
  child.assign(mother.begin(), mother.end());
  const auto certain = any_node(mother, random);
  const double probability = 1.0 / static_cast<double>(mother.size());
  for (std::size_t i = 0; i < child.size(); ++i) {
    if (i == certain || random.chance(probability)) {
      const int operands = arity(child[i].op);
      if (operands == 0) {
        child[i] = source_.leaf(random);
      } else if (source_.has_arity(operands)) {
        // The canonical form may hold a primitive of an arity that the run's set lacks; such a node stays.
        child[i] = source_.primitive_of_arity(operands, random);
      }
    }
  }
  return {0, child.size()};
}

NodeRange Variator::hoist(FormulaView mother, RandomStream& random, Formula& child) {
  const auto root = any_node(mother, random);
  const auto whole = subtree(mother, root);
  return replace_subtree(mother, root, subtree(whole, any_node(whole, random)), child);
}

NodeRange Variator::insert(FormulaView mother, RandomStream& random, Formula& child) {
  const auto root = any_node(mother, random);
  const auto below = subtree(mother, root);
  const Node above = source_.primitive(random);
  scratch_.clear();
  const bool leaf_first = arity(above.op) == 2 && random.chance(0.5);
  if (leaf_first) {
    scratch_.push_back(source_.leaf(random));
  }
  scratch_.insert(scratch_.end(), below.begin(), below.end());
  if (arity(above.op) == 2 && !leaf_first) {
    scratch_.push_back(source_.leaf(random));
  }
  scratch_.push_back(above);
  return replace_subtree(mother, root, scratch_, child);
}

NodeRange Variator::remove(FormulaView mother, RandomStream& random, Formula& child) {
  const auto inner =
      static_cast<std::uint32_t>(std::ranges::count_if(mother, [](const Node& node) { return arity(node.op) > 0; }));
  if (inner == 0) {
    return mutate_points(mother, random, child);
  }
  auto countdown = random.below(inner);
  std::size_t root = 0;
  while (arity(mother[root].op) == 0 || countdown-- > 0) {
    ++root;
  }
  std::size_t operand = root - 1;
  if (arity(mother[root].op) == 2 && random.chance(0.5)) {
    operand = subtree_begin(mother, operand) - 1;
  }
  return replace_subtree(mother, root, subtree(mother, operand), child);
}

NodeRange Variator::mutate_constant(FormulaView mother, RandomStream& random, Formula& child) {
  const auto is_constant = [](const Node& node) { return node.op == Op::constant; };
  const auto constants = static_cast<std::uint32_t>(std::ranges::count_if(mother, is_constant));
  if (constants == 0) {
    return mutate_points(mother, random, child);
  }
  child.assign(mother.begin(), mother.end());
  auto countdown = random.below(constants);
  std::size_t place = 0;
  while (!is_constant(child[place]) || countdown-- > 0) {
    ++place;
  }
  child[place] =
      random.chance(0.1) ? source_.constant(random) : Node::make_constant(perturb(child[place].value, 0.3, random));
  return {place, place + 1};
}

}  // namespace zcmpi
