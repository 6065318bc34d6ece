#include "zcmpi/gp/variation.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/lanes.hpp"
#include "zcmpi/core/portable_math.hpp"

namespace zcmpi {
namespace {

std::size_t any_node(FormulaView nodes, RandomStream& random) {
  return random.below(static_cast<std::uint32_t>(nodes.size()));
}

FormulaView subtree(FormulaView nodes, std::size_t root) {
  const auto begin = subtree_begin(nodes, root);
  return nodes.subspan(begin, root - begin + 1);
}

Change transplant(std::size_t root, FormulaView donor, std::size_t donor_root) {
  return {root, subtree(donor, donor_root), donor, donor_root};
}

/// The root of the smallest subtree that has the nodes first ... last.
std::size_t common_root(FormulaView nodes, std::size_t first, std::size_t last) {
  std::size_t common = nodes.size() - 1;
  for_each_ancestor(nodes, last, [&](std::size_t ancestor, bool /*is_in_last_operand*/) {
    common = subtree_begin(nodes, ancestor) <= first ? ancestor : common;
  });
  return subtree_begin(nodes, last) <= first ? last : common;
}

}  // namespace

VariationLottery::VariationLottery(const VariationRates& rates) {
  const std::array<double, kinds> shares{rates.crossover,        rates.subtree_mutation, rates.point_mutation,
                                         rates.hoist_mutation,   rates.insert_mutation,  rates.delete_mutation,
                                         rates.constant_mutation};
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  ZCMPI_EXPECT(total > 0.0);
  double sum = 0.0;
  for (std::size_t k = 0; k < kinds; ++k) {
    sum += shares[k] / total;
    ends_[k] = sum;
  }
  // Whatever the rounding of the sum, no kind behind the last one that is possible is drawn.
  for (std::size_t k = kinds; k-- > 0;) {
    ends_[k] = 1.0;
    if (shares[k] > 0.0) {
      break;
    }
  }
}

Variation VariationLottery::draw(RandomStream& random) const {
  // Without a branch, which no processor would foresee.
  const double drawn = random.uniform();
  int kind = 0;
  for (const double end : ends_) {
    kind += drawn >= end ? 1 : 0;
  }
  return static_cast<Variation>(kind);
}

float perturb(float constant, double scale, RandomStream& random) {
  const auto [first, second] = random.two_normals();
  const double factor = 1.0 + scale * first;
  const double shift = scale * second;
  const auto moved = static_cast<float>(static_cast<double>(constant) * factor + 0.1 * shift);
  return portable::is_finite(moved) ? moved : constant;
}

Variator::Variator(const GpParameters& parameters, std::size_t terminal_count)
    : parameters_(&parameters), source_(parameters, terminal_count) {
  scratch_.reserve(parameters.max_size + 2);
  ancestors_.reserve(parameters.max_size);
  places_.resize(parameters.max_size + detail::lane_count);
}

Replacement Variator::vary(Variation kind, FormulaView mother, FormulaView father, RandomStream& random) {
  constexpr int attempts = 4;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const Change change = draw_change(kind, mother, father, random);
    const auto replaced = subtree(mother, change.root);
    if (mother.size() - replaced.size() + change.subtree.size() > parameters_->max_size ||
        is_same(replaced, change.subtree)) {
      continue;
    }
    auto child = replace(mother, change.root, change.subtree, ancestors_);
    if (depth(child) <= parameters_->max_depth) {
      if (!change.donor.empty()) {
        child.sign_before = sign_at(change.donor, change.donor_root);
      }
      return child;
    }
  }
  return whole(mother);
}

Change Variator::draw_change(Variation kind, FormulaView mother, FormulaView father, RandomStream& random) {
  switch (kind) {
    case Variation::crossover: return cross(mother, father, random);
    case Variation::subtree_mutation: return mutate_subtree(mother, random);
    case Variation::point_mutation: return mutate_points(mother, random);
    case Variation::hoist_mutation: return hoist(mother, random);
    case Variation::insert_mutation: return insert(mother, random);
    case Variation::delete_mutation: return remove(mother, random);
    case Variation::constant_mutation: return mutate_constant(mother, random);
  }
  ZCMPI_ENSURE(false);
  return {};
}

/// One of the nodes of a kind, all alike; none if there is none.
std::optional<std::size_t> Variator::any_node_of(FormulaView nodes, NodeKind kind, RandomStream& random) {
  ZCMPI_EXPECT(nodes.size() + detail::lane_count <= places_.size());
  const auto count = find_nodes(nodes, kind, places_.data());
  if (count == 0) {
    return std::nullopt;
  }
  return places_[random.below(static_cast<std::uint32_t>(count))];
}

/// An inner node nine times in ten where there is one.
std::size_t Variator::crossover_point(FormulaView nodes, RandomStream& random) {
  if (nodes.size() == 1) {
    return 0;
  }
  return *any_node_of(nodes, random.chance(0.9) ? NodeKind::primitive : NodeKind::leaf, random);
}

Change Variator::cross(FormulaView mother, FormulaView father, RandomStream& random) {
  const auto place = crossover_point(mother, random);
  return transplant(place, father, crossover_point(father, random));
}

Change Variator::mutate_subtree(FormulaView mother, RandomStream& random) {
  scratch_.clear();
  append_random_tree(source_, TreeShape::grown, parameters_->mutation_depth, parameters_->max_size, random, scratch_);
  return {any_node(mother, random), scratch_, {}, 0};
}

Change Variator::mutate_points(FormulaView mother, RandomStream& random) {
  scratch_.assign(mother.begin(), mother.end());
  const auto certain = any_node(mother, random);
  const double probability = 1.0 / static_cast<double>(mother.size());
  std::size_t first = certain;
  std::size_t last = certain;
  for (std::size_t i = 0; i < scratch_.size(); ++i) {
    if (i == certain || random.chance(probability)) {
      const int operands = arity(scratch_[i].op);
      if (operands == 0) {
        scratch_[i] = source_.leaf(random);
      } else if (source_.has_arity(operands)) {
        // The canonical form may hold a primitive of an arity that the run's set lacks; such a node stays.
        scratch_[i].op = source_.primitive_of_arity(operands, random);
      }
      first = std::min(first, i);
      last = std::max(last, i);
    }
  }
  const auto root = common_root(mother, first, last);
  return {root, subtree(scratch_, root), {}, 0};
}

Change Variator::hoist(FormulaView mother, RandomStream& random) {
  const auto root = any_node_of(mother, NodeKind::primitive, random);
  if (!root) {
    return mutate_points(mother, random);
  }
  const auto below = subtree(mother, *root).first(*root - subtree_begin(mother, *root));
  return transplant(*root, mother, subtree_begin(mother, *root) + any_node(below, random));
}

Change Variator::insert(FormulaView mother, RandomStream& random) {
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
  return {root, scratch_, {}, 0};
}

Change Variator::remove(FormulaView mother, RandomStream& random) {
  const auto root = any_node_of(mother, NodeKind::primitive, random);
  if (!root) {
    return mutate_points(mother, random);
  }
  std::size_t operand = *root - 1;
  if (arity(mother[*root].op) == 2 && random.chance(0.5)) {
    operand = subtree_begin(mother, operand) - 1;
  }
  return transplant(*root, mother, operand);
}

Change Variator::mutate_constant(FormulaView mother, RandomStream& random) {
  const auto place = any_node_of(mother, NodeKind::constant, random);
  if (!place) {
    return mutate_points(mother, random);
  }
  scratch_.assign(1, random.chance(0.1) ? source_.constant(random)
                                        : Node::make_constant(perturb(mother[*place].value, 0.3, random)));
  return {*place, scratch_, {}, 0};
}

}  // namespace zcmpi
