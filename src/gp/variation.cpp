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
  scratch_.reserve(parameters.max_size + 2);
  ancestors_.reserve(parameters.max_size);
}

/// child = `mother` with the subtree at `root` replaced. Returns where the replacement is.
NodeRange Variator::replace_subtree(FormulaView mother, std::size_t root, FormulaView replacement, Formula& child) {
  const auto begin = subtree_begin(mother, root);
  child.resize(mother.size() - (root + 1 - begin) + replacement.size());
  Node* const replaced = copy_nodes(mother.first(begin), child.data());
  copy_nodes(mother.subspan(root + 1), copy_nodes(replacement, replaced));
  ancestors_.clear();
  for_each_ancestor(mother, root, [&](std::size_t ancestor, bool) { ancestors_.push_back(ancestor); });
  const std::size_t moved = begin + replacement.size() - (root + 1);
  for (std::size_t k = ancestors_.size(); k-- > 0;) {
    complete_operator(child, ancestors_[k] + moved);
  }
  return {begin, begin + replacement.size()};
}

Change Variator::transplant(FormulaView mother, std::size_t root, FormulaView donor, std::size_t donor_root,
                            Formula& child) {
  return {replace_subtree(mother, root, subtree(donor, donor_root), child), sign_at(donor, donor_root)};
}

Change Variator::vary(Variation kind, FormulaView mother, FormulaView father, RandomStream& random, Formula& child) {
  constexpr int attempts = 4;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    Change change;
    switch (kind) {
      case Variation::crossover: change = cross(mother, father, random, child); break;
      case Variation::subtree_mutation: change = mutate_subtree(mother, random, child); break;
      case Variation::point_mutation: change = mutate_points(mother, random, child); break;
      case Variation::hoist_mutation: change = hoist(mother, random, child); break;
      case Variation::insert_mutation: change = insert(mother, random, child); break;
      case Variation::delete_mutation: change = remove(mother, random, child); break;
      case Variation::constant_mutation: change = mutate_constant(mother, random, child); break;
    }
    if (child.size() <= parameters_->max_size && depth(child) <= parameters_->max_depth) {
      return change;
    }
  }
  child.assign(mother.begin(), mother.end());
  return {};
}

Change Variator::cross(FormulaView mother, FormulaView father, RandomStream& random, Formula& child) {
  const auto place = crossover_point(mother, random);
  return transplant(mother, place, father, crossover_point(father, random), child);
}

Change Variator::mutate_subtree(FormulaView mother, RandomStream& random, Formula& child) {
  scratch_.clear();
  append_random_tree(source_, TreeShape::grown, parameters_->mutation_depth, parameters_->max_size, random, scratch_);
  return {replace_subtree(mother, any_node(mother, random), scratch_, child), {}};
}

Change Variator::mutate_points(FormulaView mother, RandomStream& random, Formula& child) {
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
        child[i].op = source_.primitive_of_arity(operands, random);
      }
    }
  }
  return {{0, child.size()}, {}};
}

Change Variator::hoist(FormulaView mother, RandomStream& random, Formula& child) {
  const auto root = any_node(mother, random);
  const auto whole = subtree(mother, root);
  const auto hoisted = subtree_begin(mother, root) + any_node(whole, random);
  return transplant(mother, root, mother, hoisted, child);
}

Change Variator::insert(FormulaView mother, RandomStream& random, Formula& child) {
  const auto root = any_node(mother, random);
  const auto below = subtree(mother, root);
  const Op above = source_.primitive(random);
  scratch_.clear();
  const bool leaf_first = arity(above) == 2 && random.chance(0.5);
  if (leaf_first) {
    scratch_.push_back(source_.leaf(random));
  }
  scratch_.insert(scratch_.end(), below.begin(), below.end());
  if (arity(above) == 2 && !leaf_first) {
    scratch_.push_back(source_.leaf(random));
  }
  append_operator(scratch_, above);
  return {replace_subtree(mother, root, scratch_, child), {}};
}

Change Variator::remove(FormulaView mother, RandomStream& random, Formula& child) {
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
  return transplant(mother, root, mother, operand, child);
}

Change Variator::mutate_constant(FormulaView mother, RandomStream& random, Formula& child) {
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
  return {{place, place + 1}, {}};
}

}  // namespace zcmpi
