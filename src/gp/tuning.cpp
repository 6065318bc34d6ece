#include "zcmpi/gp/tuning.hpp"

#include <algorithm>

#include "zcmpi/core/error.hpp"
#include "zcmpi/expr/simplify.hpp"
#include "zcmpi/gp/variation.hpp"

namespace zcmpi {

ConstantTuner::ConstantTuner(const GpParameters& parameters, const PopulationShape& shape)
    : parameters_(&parameters),
      closed_(parameters.primitives.is_closed_under_canonicalisation()),
      candidates_(parameters.tuning_formulas * parameters.tuning_candidates, shape) {
  scratch_.reserve(shape.max_nodes);
  canonical_.reserve(shape.max_nodes);
  to_beat_.reserve(candidates_.capacity());
}

void ConstantTuner::make_candidates(const Population& population, std::span<const std::uint32_t> tunable) {
  candidates_.clear();
  to_beat_.clear();
  for (std::size_t k = 0; k < tunable.size(); ++k) {
    const auto formula = population.formula(tunable[k]);
    to_beat_.resize(to_beat_.size() + parameters_->tuning_candidates, population.fitness(tunable[k]));
    for (std::size_t candidate = 0; candidate < parameters_->tuning_candidates; ++candidate) {
      scratch_.assign(formula.begin(), formula.end());
      for (auto& node : scratch_) {
        if (node.op == Op::constant) {
          node = Node::make_constant(perturb(node.value, steps_[k], streams_[k]));
        }
      }
      if (closed_) {
        canonicalise(scratch_, canonical_);
        candidates_.add(canonical_);
      } else {
        candidates_.add(scratch_);
      }
    }
  }
}

std::size_t ConstantTuner::tune(Population& population, std::span<const std::uint32_t> members,
                                const std::function<RandomStream(std::uint32_t)>& random_for,
                                const EvaluateAll& evaluate) {
  ZCMPI_EXPECT(members.size() <= parameters_->tuning_formulas);
  std::vector<std::uint32_t> tunable;
  streams_.clear();
  for (std::uint32_t k = 0; k < members.size(); ++k) {
    if (std::ranges::any_of(population.formula(members[k]), [](const Node& n) { return n.op == Op::constant; })) {
      tunable.push_back(members[k]);
      streams_.push_back(random_for(k));
    }
  }
  constexpr double first_step = 0.3;
  steps_.assign(tunable.size(), first_step);
  std::vector<std::uint8_t> improved(tunable.size(), 0);
  for (std::size_t round = 0; round < parameters_->tuning_rounds && !tunable.empty(); ++round) {
    make_candidates(population, tunable);
    evaluate(candidates_, to_beat_);
    for (std::size_t k = 0; k < tunable.size(); ++k) {
      const auto first = k * parameters_->tuning_candidates;
      auto best = first;
      for (auto i = first + 1; i < first + parameters_->tuning_candidates; ++i) {
        best = is_better(candidates_, i, candidates_, best) ? i : best;
      }
      if (candidates_.fitness(best) > population.fitness(tunable[k])) {
        population.assign(tunable[k], candidates_, best);
        improved[k] = 1;
      } else {
        steps_[k] *= 0.5;
      }
    }
  }
  return static_cast<std::size_t>(std::ranges::count(improved, 1));
}

}  // namespace zcmpi
