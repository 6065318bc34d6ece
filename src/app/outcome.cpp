#include "zcmpi/app/outcome.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <stdexcept>

#include "zcmpi/core/error.hpp"
#include "zcmpi/expr/text.hpp"
#include "zcmpi/rank/bootstrap.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {
namespace {

bool lacks(const DatasetProblem& problem, const std::string& terminal) {
  return std::ranges::find(problem.absent_terminals, terminal) != problem.absent_terminals.end();
}

/// A rank correlation is over pairs.
bool has_pairs(std::span<const std::uint32_t> rows) { return rows.size() >= 2; }

/// Of a terminal's values, and of the same negated.
struct TauBothWays {
  double plain = 0.0;
  double negated = 0.0;
};

TauBothWays tau_both_ways(std::vector<double> values, std::span<const double> accuracies) {
  const double plain = kendall_tau_b(values, accuracies);
  if (std::ranges::all_of(values, [](double value) { return std::isfinite(value); })) {
    return {plain, -plain};
  }
  // What is missing ranks lowest either way.
  std::ranges::transform(values, values.begin(), std::negate());
  return {plain, kendall_tau_b(values, accuracies)};
}

/// The way in which a terminal ranks better, as a formula.
struct RankingTerminal {
  std::string formula;
  double tau = ProblemResult::none;
};

RankingTerminal better_way(std::size_t terminal, const TauBothWays& tau, std::span<const std::string> terminals) {
  Formula formula{Node::make_terminal(static_cast<std::uint16_t>(terminal))};
  if (tau.negated > tau.plain) {
    append_operator(formula, Op::neg);
  }
  return {to_infix(formula, terminals), std::max(tau.plain, tau.negated)};
}

RankingTerminal best_terminal(const DatasetProblem& problem, std::span<const std::string> terminals,
                              std::span<const std::uint32_t> rows, std::span<const double> accuracies) {
  RankingTerminal best;
  for (std::size_t t = 0; t < terminals.size(); ++t) {
    if (lacks(problem, terminals[t])) {
      continue;
    }
    const auto terminal = better_way(t, tau_both_ways(take_rows(problem.feature(t), rows), accuracies), terminals);
    if (best.formula.empty() || terminal.tau > best.tau) {
      best = terminal;
    }
  }
  return best;
}

double statistic_of(Statistic statistic, std::span<const double> values, std::span<const double> accuracies,
                    ValueTies ties) {
  switch (statistic) {
    case Statistic::tau_b: return kendall_tau_b(values, accuracies, ties);
    case Statistic::rho: return spearman_rho(values, accuracies, ties);
    case Statistic::weighted_tau: return correlation<double>(statistic, values, accuracies, ties);
  }
  throw ContractError("statistic_of: not a statistic");
}

/// Fitness from float64 values, on the training rows or on those kept for validation.
double reported_fitness(FormulaView formula, std::vector<std::uint32_t> Split::*rows, const GpParameters& gp,
                        Statistic statistic, const TrainingData& data, ValueTies ties = ValueTies::rewarded) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < data.splits.size(); ++i) {
    const auto& problem = data.dataset.problems[i];
    const auto& listed = data.splits[i].*rows;
    scores.push_back(statistic_of(statistic, reported_values(formula, problem, listed),
                                  take_rows(problem.accuracies, listed), ties));
  }
  return aggregate(gp.aggregate, scores, gp.weights);
}

/// Calls visit(problem, test rows, their accuracies) for the problems that have test rows; returns how many have.
template <class Visit>
std::size_t for_each_test(const TrainingData& data, const Visit& visit) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < data.splits.size(); ++i) {
    const DatasetProblem& problem = data.dataset.problems[i];
    const std::vector<std::uint32_t>& rows = data.splits[i].test;
    if (has_pairs(rows)) {
      visit(problem, rows, take_rows(problem.accuracies, rows));
      ++count;
    }
  }
  return count;
}

double mean_tau_test(FormulaView formula, const TrainingData& data) {
  double sum = 0.0;
  const auto count = for_each_test(data, [&](const auto& problem, const auto& rows, const auto& accuracies) {
    sum += kendall_tau_b(reported_values(formula, problem, rows), accuracies);
  });
  return count == 0 ? ProblemResult::none : sum / static_cast<double>(count);
}

ProblemResult problem_result(FormulaView formula, const DatasetProblem& problem, const Split& split,
                             std::span<const std::string> terminals, std::uint64_t seed) {
  ProblemResult result;
  result.problem = problem.name;
  result.standards = problem.standards;
  const BootstrapOptions bootstrap{.resamples = 1000, .level = 0.95, .seed = seed};
  result.n_train = split.train.size();
  const auto train_values = reported_values(formula, problem, split.train);
  const auto train_accuracies = take_rows(problem.accuracies, split.train);
  result.tau_train = kendall_tau_b(train_values, train_accuracies);
  const auto train_interval = bootstrap_tau_b(train_values, train_accuracies, bootstrap);
  result.tau_train_low = train_interval.low;
  result.tau_train_high = train_interval.high;
  result.n_validation = split.validation.size();
  if (has_pairs(split.validation)) {
    result.tau_validation = kendall_tau_b(reported_values(formula, problem, split.validation),
                                          take_rows(problem.accuracies, split.validation));
  }
  result.n_test = split.test.size();
  if (!has_pairs(split.test)) {
    return result;
  }
  const auto values = reported_values(formula, problem, split.test);
  const auto accuracies = take_rows(problem.accuracies, split.test);
  result.tau_test = kendall_tau_b(values, accuracies);
  result.rho_test = spearman_rho(values, accuracies);
  const auto interval = bootstrap_tau_b(values, accuracies, bootstrap);
  result.tau_test_low = interval.low;
  result.tau_test_high = interval.high;
  const auto terminal = best_terminal(problem, terminals, split.test, accuracies);
  result.best_terminal = terminal.formula;
  result.best_terminal_tau_test = terminal.tau;
  return result;
}

}  // namespace

std::size_t choose_formula(const Population& hall_of_fame, const Configuration& configuration,
                           const TrainingData& data) {
  const bool validated = std::ranges::all_of(data.splits, [](const Split& split) { return !split.validation.empty(); });
  const auto gp = make_gp_parameters(configuration, data.problem_names());
  std::optional<std::size_t> best;
  double best_fitness = 0.0;
  for (std::size_t place = 0; place < hall_of_fame.size(); ++place) {
    if (hall_of_fame.formula(place).empty()) {
      continue;
    }
    const double fitness = reported_fitness(hall_of_fame.formula(place), validated ? &Split::validation : &Split::train,
                                            gp, configuration.fitness.statistic, data);
    if (!best || fitness > best_fitness) {
      best = place;
      best_fitness = fitness;
    }
  }
  if (!best) {
    throw std::runtime_error("the hall of fame is empty: no formula was evaluated");
  }
  return *best;
}

std::vector<ProblemResult> problem_results(FormulaView formula, const TrainingData& data, std::uint64_t seed) {
  std::vector<ProblemResult> results;
  for (std::size_t i = 0; i < data.splits.size(); ++i) {
    results.push_back(problem_result(formula, data.dataset.problems[i], data.splits[i], data.dataset.terminals, seed));
  }
  return results;
}

SingleTerminal best_single_terminal(const TrainingData& data) {
  SingleTerminal best;
  const auto& terminals = data.dataset.terminals;
  for (std::size_t t = 0; t < terminals.size(); ++t) {
    if (std::ranges::any_of(data.dataset.problems, [&](const auto& problem) { return lacks(problem, terminals[t]); })) {
      continue;
    }
    TauBothWays sum;
    const auto count = for_each_test(data, [&](const auto& problem, const auto& rows, const auto& accuracies) {
      const auto tau = tau_both_ways(take_rows(problem.feature(t), rows), accuracies);
      sum.plain += tau.plain;
      sum.negated += tau.negated;
    });
    const auto terminal = better_way(t, sum, terminals);
    const double mean = terminal.tau / static_cast<double>(count);
    if (count > 0 && (best.formula.empty() || mean > best.mean_tau_test)) {
      best = {terminal.formula, mean};
    }
  }
  return best;
}

double fitness_of_rounding(const Population& hall_of_fame, const Configuration& configuration,
                           const TrainingData& data) {
  const auto gp = make_gp_parameters(configuration, data.problem_names());
  std::optional<std::size_t> best;
  for (std::size_t place = 0; place < hall_of_fame.size(); ++place) {
    if (!hall_of_fame.formula(place).empty() && (!best || hall_of_fame.fitness(place) > hall_of_fame.fitness(*best))) {
      best = place;
    }
  }
  if (!best) {
    return 0.0;
  }
  return hall_of_fame.fitness(*best) - reported_fitness(hall_of_fame.formula(*best), &Split::train, gp,
                                                        configuration.fitness.statistic, data,
                                                        value_ties(configuration.fitness));
}

std::vector<HallOfFameEntry> hall_of_fame_entries(const Population& hall_of_fame, const Configuration& configuration,
                                                  const TrainingData& data) {
  const auto gp = make_gp_parameters(configuration, data.problem_names());
  std::vector<HallOfFameEntry> entries;
  for (std::size_t place = 0; place < hall_of_fame.size(); ++place) {
    const auto formula = hall_of_fame.formula(place);
    if (!formula.empty()) {
      entries.push_back(
          {.size = formula.size(),
           .fitness_train = reported_fitness(formula, &Split::train, gp, configuration.fitness.statistic, data),
           .mean_tau_test = mean_tau_test(formula, data),
           .formula = to_infix(formula, data.dataset.terminals)});
    }
  }
  return entries;
}

}  // namespace zcmpi
