/// \file
/// Parent selection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/gp/parameters.hpp"
#include "zcmpi/gp/population.hpp"

namespace zcmpi {

/// Best of `size` members drawn with replacement.
std::size_t select_by_tournament(const Population& population, std::size_t size, RandomStream& random);

/// Epsilon-lexicase selection over a fixed population, with the scores as cases (La Cava, Spector, Danai 2016,
/// semi-dynamic: a case's epsilon is the median absolute deviation of its scores over the whole population, its best
/// score that of the candidates left).
///
/// `prepare` is called once a generation; `select` then takes the cases in random order, keeping the candidates within
/// epsilon of the best, and draws among the shortest formulas that are left. What a first case leaves of the whole
/// population does not depend on the draw and is computed once.
class LexicaseSelector {
 public:
  LexicaseSelector(std::size_t population, std::size_t cases);

  void prepare(const Population& population);
  std::size_t select(const Population& population, RandomStream& random);

  /// For tests: a case's epsilon.
  [[nodiscard]] double epsilon(std::size_t which) const { return epsilons_[which]; }

 private:
  void find_epsilon(std::size_t which);

  std::size_t members_ = 0;
  std::size_t cases_;
  /// Scores transposed: one row of members a case.
  std::vector<double> by_case_;
  std::vector<double> epsilons_;
  std::vector<double> scratch_;
  /// Members that a case keeps when it comes first: `first_counts_[c]` entries of row c.
  std::vector<std::uint32_t> first_survivors_;
  std::vector<std::uint32_t> first_counts_;
  std::vector<std::uint32_t> candidates_;
  std::vector<std::uint32_t> order_;
};

/// Median of `values`, the mean of the two middle ones for an even number; reorders them. 0 for none.
double median(std::span<double> values);

}  // namespace zcmpi
