/// \file
/// From a finished run to its outcome: the formula chosen, and what it is worth on rows it never saw.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/app/configuration.hpp"
#include "zcmpi/app/result.hpp"
#include "zcmpi/app/training_data.hpp"
#include "zcmpi/gp/population.hpp"

namespace zcmpi {

/// The place in a hall of fame (one place a size, empty ones allowed) of the formula to report: the best by
/// fitness on the validation rows, or on the training rows where there are none, computed from float64 values: a
/// formula that owes its fitness to float32's rounding (values that tie only there) is not chosen for it. Ties go to
/// the shorter formula. Throws std::runtime_error when the hall is empty.
std::size_t choose_formula(const Population& hall_of_fame, const Configuration& configuration,
                           const TrainingData& data);

/// The correlations of a formula with the accuracies of every problem, in float64 by the reference code, beside those
/// of the best single terminal on the same rows.
std::vector<ProblemResult> problem_results(FormulaView formula, const TrainingData& data, std::uint64_t seed);

/// The terminal with the highest mean tau over all problems' test rows, of those that no problem lacks; negated where
/// it ranks better so.
SingleTerminal best_single_terminal(const TrainingData& data);

/// What the best fitness in the hall has from float32's rounding: how far it is above that of the same formula from
/// float64 values, ties rewarded or not as in evolution. 0 for an empty hall.
double fitness_of_rounding(const Population& hall_of_fame, const Configuration& configuration,
                           const TrainingData& data);

/// All formulas of the hall, shortest first.
std::vector<HallOfFameEntry> hall_of_fame_entries(const Population& hall_of_fame, const Configuration& configuration,
                                                  const TrainingData& data);

}  // namespace zcmpi
