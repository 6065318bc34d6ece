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
  const bool want_inner = random.chance(0.9);
  const auto is_inner = [](const Node& node) { return arity(node.op) > 0; };
  const auto inner = static_cast<std::uint32_t>(std::ranges::count_if(nodes, is_inner));
  const auto wanted = want_inner && inner > 0 ? inner : static_cast<std::uint32_t>(nodes.size()) - inner;
  auto countdown = random.below(wanted);
  for (std::size_t i = 0;; ++i) {
    if (is_inner(nodes[i]) == (want_inner && inner > 0) && countdown-- == 0) {
      return i;
    }
  }
}

/// child = `mother` with the subtree at `root` replaced.
void replace_subtree(FormulaView mother, std::size_t root, FormulaView replacement, Formula& child) {
  const auto begin = subtree_begin(mother, root);
  child.assign(mother.begin(), mother.begin() + static_cast<std::ptrdiff_t>(begin));
  child.insert(child.end(), replacement.begin(), replacement.end());
  child.insert(child.end(), mother.begin() + static_cast<std::ptrdiff_t>(root) + 1, mother.end());
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

bool Variator::is_within_limits(const Formula& child) const {
  return child.size() <= parameters_->max_size && depth(child) <= parameters_->max_depth;
}

void Variator::vary(Variation kind, FormulaView mother, FormulaView father, RandomStream& random, Formula& child) {
  constexpr int attempts = 4;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    switch (kind) {
      case Variation::crossover: cross(mother, father, random, child); break;
      case Variation::subtree_mutation: mutate_subtree(mother, random, child); break;
      case Variation::point_mutation: mutate_points(mother, random, child); break;
      case Variation::hoist_mutation: hoist(mother, random, child); break;
      case Variation::insert_mutation: insert(mother, random, child); break;
      case Variation::delete_mutation: remove(mother, random, child); break;
      case Variation::constant_mutation: mutate_constant(mother, random, child); break;
    }
    if (is_within_limits(child)) {
      return;
    }
  }
  child.assign(mother.begin(), mother.end());
}

void Variator::cross(FormulaView mother, FormulaView father, RandomStream& random, Formula& child) {
  const auto place = crossover_point(mother, random);
  replace_subtree(mother, place, subtree(father, crossover_point(father, random)), child);
}

void Variator::mutate_subtree(FormulaView mother, RandomStream& random, Formula& child) {
  scratch_.clear();
  append_random_tree(source_, TreeShape::grown, parameters_->mutation_depth, parameters_->max_size, random, scratch_);
  replace_subtree(mother, any_node(mother, random), scratch_, child);
}

void Variator::mutate_points(FormulaView mother, RandomStream& random, Formula& child) {
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
}

void Variator::hoist(FormulaView mother, RandomStream& random, Formula& child) {
  const auto root = any_node(mother, random);
  const auto whole = subtree(mother, root);
  replace_subtree(mother, root, subtree(whole, any_node(whole, random)), child);
}

void Variator::insert(FormulaView mother, RandomStream& random, Formula& child) {
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
  replace_subtree(mother, root, scratch_, child);
}

void Variator::remove(FormulaView mother, RandomStream& random, Formula& child) {
  const auto inner =
      static_cast<std::uint32_t>(std::ranges::count_if(mother, [](const Node& node) { return arity(node.op) > 0; }));
  if (inner == 0) {
    mutate_points(mother, random, child);
    return;
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
  replace_subtree(mother, root, subtree(mother, operand), child);
}

void Variator::mutate_constant(FormulaView mother, RandomStream& random, Formula& child) {
  const auto is_constant = [](const Node& node) { return node.op == Op::constant; };
  const auto constants = static_cast<std::uint32_t>(std::ranges::count_if(mother, is_constant));
  if (constants == 0) {
    mutate_points(mother, random, child);
    return;
  }
  child.assign(mother.begin(), mother.end());
  auto countdown = random.below(constants);
  for (auto& node : child) {
    if (is_constant(node) && countdown-- == 0) {
      node = random.chance(0.1) ? source_.constant(random) : Node::make_constant(perturb(node.value, 0.3, random));
      return;
    }
  }
}

}  // namespace zcmpi
