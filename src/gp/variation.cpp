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

Replacement Variator::transplant(FormulaView mother, std::size_t root, FormulaView donor, std::size_t donor_root) {
  auto replacement = replace(mother, root, subtree(donor, donor_root), ancestors_);
  replacement.sign_before = sign_at(donor, donor_root);
  return replacement;
}

Replacement Variator::vary(Variation kind, FormulaView mother, FormulaView father, RandomStream& random) {
  constexpr int attempts = 4;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    Replacement child;
    switch (kind) {
      case Variation::crossover: child = cross(mother, father, random); break;
      case Variation::subtree_mutation: child = mutate_subtree(mother, random); break;
      case Variation::point_mutation: child = mutate_points(mother, random); break;
      case Variation::hoist_mutation: child = hoist(mother, random); break;
      case Variation::insert_mutation: child = insert(mother, random); break;
      case Variation::delete_mutation: child = remove(mother, random); break;
      case Variation::constant_mutation: child = mutate_constant(mother, random); break;
    }
    if (size(child) <= parameters_->max_size && depth(child) <= parameters_->max_depth) {
      return child;
    }
  }
  return whole(mother);
}

Replacement Variator::cross(FormulaView mother, FormulaView father, RandomStream& random) {
  const auto place = crossover_point(mother, random);
  return transplant(mother, place, father, crossover_point(father, random));
}

Replacement Variator::mutate_subtree(FormulaView mother, RandomStream& random) {
  scratch_.clear();
  append_random_tree(source_, TreeShape::grown, parameters_->mutation_depth, parameters_->max_size, random, scratch_);
  return replace(mother, any_node(mother, random), scratch_, ancestors_);
}

Replacement Variator::mutate_points(FormulaView mother, RandomStream& random) {
  scratch_.assign(mother.begin(), mother.end());
  const auto certain = any_node(mother, random);
  const double probability = 1.0 / static_cast<double>(mother.size());
  for (std::size_t i = 0; i < scratch_.size(); ++i) {
    if (i == certain || random.chance(probability)) {
      const int operands = arity(scratch_[i].op);
      if (operands == 0) {
        scratch_[i] = source_.leaf(random);
      } else if (source_.has_arity(operands)) {
        // The canonical form may hold a primitive of an arity that the run's set lacks; such a node stays.
        scratch_[i].op = source_.primitive_of_arity(operands, random);
      }
    }
  }
  return whole(scratch_);
}

Replacement Variator::hoist(FormulaView mother, RandomStream& random) {
  const auto root = any_node(mother, random);
  const auto whole = subtree(mother, root);
  const auto hoisted = subtree_begin(mother, root) + any_node(whole, random);
  return transplant(mother, root, mother, hoisted);
}

Replacement Variator::insert(FormulaView mother, RandomStream& random) {
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
  return replace(mother, root, scratch_, ancestors_);
}

Replacement Variator::remove(FormulaView mother, RandomStream& random) {
  const auto inner =
      static_cast<std::uint32_t>(std::ranges::count_if(mother, [](const Node& node) { return arity(node.op) > 0; }));
  if (inner == 0) {
    return mutate_points(mother, random);
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
  return transplant(mother, root, mother, operand);
}

Replacement Variator::mutate_constant(FormulaView mother, RandomStream& random) {
  const auto is_constant = [](const Node& node) { return node.op == Op::constant; };
  const auto constants = static_cast<std::uint32_t>(std::ranges::count_if(mother, is_constant));
  if (constants == 0) {
    return mutate_points(mother, random);
  }
  auto countdown = random.below(constants);
  std::size_t place = 0;
  while (!is_constant(mother[place]) || countdown-- > 0) {
    ++place;
  }
  scratch_.assign(1, random.chance(0.1) ? source_.constant(random)
                                        : Node::make_constant(perturb(mother[place].value, 0.3, random)));
  return replace(mother, place, scratch_, ancestors_);
}

}  // namespace zcmpi
