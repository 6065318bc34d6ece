/// \file
/// The parameters of genetic programming, with their defaults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "zcmpi/expr/primitive.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {

enum class Initialisation {
  /// Half full, half grown trees of depths spread over [init_min_depth, init_max_depth] (Koza 1992).
  ramped_half_and_half,
  /// Probabilistic tree creation 2 (Luke 2000): sizes spread evenly over [init_min_size, init_max_size].
  ptc2,
};

enum class ParentSelection {
  tournament,
  /// Epsilon-lexicase with the problems as cases, epsilon the median absolute deviation of a case's scores
  /// (La Cava, Spector, Danai 2016); members with the same scores count as one, the shortest of them.
  epsilon_lexicase,
};

enum class Survival {
  /// Elites and offspring, by fitness; equal fitness: the smaller formula.
  generational,
  /// Parents and offspring together, by non-dominated sorting of (fitness up, size down) and crowding distance
  /// (NSGA-II, Deb et al. 2002).
  nsga2,
};

enum class Aggregate { mean, minimum, weighted_mean };

/// Which members emigrate.
enum class SelectionPolicy { best, random, tournament };
/// Whom immigrants replace: the worst members, or random ones that are not elites; `*_if_better` only when the
/// immigrant has the higher fitness.
enum class ReplacementPolicy { worst_if_better, worst, random_if_better, random };

/// Relative frequencies of the ways a child is made; they need not sum to one.
struct VariationRates {
  double crossover = 0.6;
  double subtree_mutation = 0.1;
  double point_mutation = 0.1;
  double hoist_mutation = 0.05;
  double insert_mutation = 0.05;
  double delete_mutation = 0.05;
  double constant_mutation = 0.05;
};

struct GpParameters {
  /// Members of an island.
  std::size_t population = 1000;
  /// Limits of a formula: nodes, and nodes on the longest path.
  std::size_t max_size = 40;
  int max_depth = 12;
  PrimitiveSet primitives;
  /// Probability that a new leaf is a constant instead of a terminal.
  double constant_probability = 0.15;
  /// New constants are normal with this deviation.
  double constant_deviation = 2.0;

  Initialisation initialisation = Initialisation::ramped_half_and_half;
  int init_min_depth = 2;
  int init_max_depth = 5;
  std::size_t init_min_size = 3;
  std::size_t init_max_size = 20;

  ParentSelection selection = ParentSelection::epsilon_lexicase;
  std::size_t tournament_size = 5;
  VariationRates rates;
  /// Depth of a subtree that mutation grows.
  int mutation_depth = 3;

  Survival survival = Survival::generational;
  /// Best members that go on unchanged (generational survival).
  std::size_t elites = 10;

  /// Every so many generations the constants of the best few are tuned; 0: never.
  std::uint32_t tuning_interval = 5;
  /// Formulas tuned, candidates tried a round, rounds.
  std::size_t tuning_formulas = 8;
  std::size_t tuning_candidates = 16;
  std::size_t tuning_rounds = 4;

  Aggregate aggregate = Aggregate::mean;
  /// One a problem, for Aggregate::weighted_mean; only ratios matter.
  std::vector<double> weights;
};

/// The aggregate of a formula's scores, in a fixed order of operations.
double aggregate(Aggregate how, std::span<const double> scores, std::span<const double> weights);

}  // namespace zcmpi
