/// \file
/// Tuning the constants of good formulas by a small local search.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/gp/parameters.hpp"
#include "zcmpi/gp/population.hpp"

namespace zcmpi {

/// Evaluates all members of a population and sets their scores and fitness. Member i only counts if its fitness is
/// above `to_beat[i]`: of the others it suffices that theirs is not.
using EvaluateAll = std::function<void(Population&, std::span<const double> to_beat)>;

/// A (1+n) evolution strategy on the constants of each formula: every round tries `tuning_candidates` perturbations of
/// all constants of every formula, in one batch, and keeps the best where it is fitter; the step halves for a formula
/// that no candidate improved.
class ConstantTuner {
 public:
  ConstantTuner(const GpParameters& parameters, const PopulationShape& shape);

  /// Tunes the members of `population` listed in `members`; those without constants are left as they are. `random_for`
  /// gives the stream of a formula's place in the list. Returns how many got better. Improved formulas are written back
  /// in canonical form if that keeps to the run's primitives.
  std::size_t tune(Population& population, std::span<const std::uint32_t> members,
                   const std::function<RandomStream(std::uint32_t)>& random_for, const EvaluateAll& evaluate);

 private:
  void make_candidates(const Population& population, std::span<const std::uint32_t> tunable);

  const GpParameters* parameters_;
  bool closed_;
  Population candidates_;
  std::vector<double> to_beat_;
  std::vector<double> steps_;
  std::vector<RandomStream> streams_;
  Formula scratch_;
  Formula canonical_;
};

}  // namespace zcmpi
