#include "zcmpi/app/outcome.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <utility>

namespace zcmpi {
namespace {

/// One problem of ten architectures and one terminal; accuracy rises with the terminal on the even rows, where training
/// is, and falls on the odd ones.
TrainingData make_data() {
  TrainingData data;
  data.dataset.terminals = {"up"};
  DatasetProblem problem;
  problem.name = "s/t";
  for (std::uint32_t row = 0; row < 10; ++row) {
    const double value = row;
    problem.features.push_back(value);
    problem.accuracies.push_back(row % 2 == 0 ? value : -value);
  }
  data.dataset.problems.push_back(problem);
  data.splits.push_back({.train = {0, 2, 4, 6, 8}, .validation = {}, .test = {1, 3, 5, 7, 9}});
  return data;
}

Population hall_of(const std::vector<std::pair<Formula, double>>& formulas) {
  Population hall(5, {.max_nodes = 5, .problem_count = 1});
  hall.resize(5);
  for (const auto& [formula, fitness] : formulas) {
    hall.assign(formula.size() - 1, formula);
    hall.set_fitness(formula.size() - 1, fitness);
  }
  return hall;
}

const Formula up{Node::make_terminal(0)};
const Formula down = completed({Node::make_terminal(0), Node::make_primitive(Op::neg)});

TEST(ChooseFormula, TakesTheBestOnTheTrainingRows) {
  EXPECT_EQ(choose_formula(hall_of({{up, 1.0}, {down, -1.0}}), {}, make_data()), 0U);
}

TEST(ChooseFormula, DoesNotTrustAFitnessThatFloat64DoesNotConfirm) {
  EXPECT_EQ(choose_formula(hall_of({{up, 0.9}, {down, 0.95}}), {}, make_data()), 0U);
}

TEST(ChooseFormula, TakesTheBestOnTheValidationRowsWhereThereAreSome) {
  auto data = make_data();
  data.splits[0].validation = {1, 3, 5};
  data.splits[0].test = {7, 9};
  EXPECT_EQ(choose_formula(hall_of({{up, 1.0}, {down, -1.0}}), {}, data), 1U);
}

TEST(ChooseFormula, PrefersTheShorterOfEquals) {
  const Formula twice = completed({Node::make_terminal(0), Node::make_terminal(0), Node::make_primitive(Op::add)});
  EXPECT_EQ(choose_formula(hall_of({{up, 1.0}, {twice, 1.0}}), {}, make_data()), 0U);
}

TEST(ChooseFormula, OfAnEmptyHallThrows) {
  const Configuration defaults;
  EXPECT_THROW(choose_formula(hall_of({}), defaults, make_data()), std::runtime_error);
}

TEST(ProblemResults, StandBesideTheBestTerminalOnTheSameRows) {
  const auto results = problem_results(down, make_data(), 1);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].n_train, 5U);
  EXPECT_EQ(results[0].tau_train, -1.0);
  EXPECT_EQ(results[0].n_test, 5U);
  EXPECT_EQ(results[0].tau_test, 1.0);
  // "up" ranks the test rows the wrong way: who uses a metric turns it round.
  EXPECT_EQ(results[0].best_terminal, "-up");
  EXPECT_EQ(results[0].best_terminal_tau_test, 1.0);
}

/// Two problems. "up" ranks the test rows of the first as their accuracies and has one of ten pairs wrong on the
/// second, "down" is its opposite, and "perfect" is right on the second and not in the first.
TrainingData two_problems() {
  auto data = make_data();
  data.dataset.terminals = {"down", "up", "perfect"};
  const std::vector<double> rows = data.dataset.problems[0].features;
  std::vector<double> swapped = rows;
  std::swap(swapped[7], swapped[9]);
  for (const auto& accuracies : {rows, swapped}) {
    DatasetProblem problem;
    problem.accuracies = accuracies;
    std::ranges::transform(rows, std::back_inserter(problem.features), std::negate<>());
    problem.features.insert(problem.features.end(), rows.begin(), rows.end());
    problem.features.insert(problem.features.end(), accuracies.begin(), accuracies.end());
    data.dataset.problems.push_back(problem);
    data.splits.push_back(data.splits[0]);
  }
  data.dataset.problems.erase(data.dataset.problems.begin());
  data.splits.pop_back();
  data.dataset.problems[0].absent_terminals = {"perfect"};
  return data;
}

TEST(BestSingleTerminal, IsTheOneWithTheBestMeanOfThoseThatEveryProblemHas) {
  const auto best = best_single_terminal(two_problems());
  EXPECT_EQ(best.formula, "-down");
  EXPECT_DOUBLE_EQ(best.mean_tau_test, 0.9);
}

TEST(BestSingleTerminal, IsNotNegatedWhereItRanksBetterAsItIs) {
  auto data = make_data();
  data.splits[0].test = {0, 2, 4};
  EXPECT_EQ(best_single_terminal(data).formula, "up");
  EXPECT_EQ(best_single_terminal(data).mean_tau_test, 1.0);
  EXPECT_EQ(problem_results(down, data, 1)[0].best_terminal, "up");
}

TEST(BestSingleTerminal, RanksMissingValuesLowestAlsoWhereItIsNegated) {
  auto data = make_data();
  // The test rows 1, 3, 5, 7, 9 have accuracies -1 ... -9: the worst is missing.
  data.dataset.problems[0].features[9] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(best_single_terminal(data).formula, "-up");
  EXPECT_DOUBLE_EQ(best_single_terminal(data).mean_tau_test, 1.0);
  // The best of all is missing, and so last either way: six of ten pairs are right.
  data.dataset.problems[0].features[9] = 9.0;
  data.dataset.problems[0].features[1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(best_single_terminal(data).formula, "-up");
  EXPECT_DOUBLE_EQ(best_single_terminal(data).mean_tau_test, 0.2);
}

TEST(FitnessOfRounding, IsWhatTheBestFitnessHasOverFloat64) {
  EXPECT_DOUBLE_EQ(fitness_of_rounding(hall_of({{up, 1.0}, {down, -1.0}}), {}, make_data()), 0.0);
  EXPECT_DOUBLE_EQ(fitness_of_rounding(hall_of({{up, 0.9}, {down, 0.95}}), {}, make_data()), 1.95);
  EXPECT_DOUBLE_EQ(fitness_of_rounding(hall_of({}), {}, make_data()), 0.0);
}

TEST(FitnessOfRounding, TakesTiesAsEvolutionDoes) {
  auto data = make_data();
  data.dataset.problems[0].features[2] = 0.0;
  Configuration configuration;
  // Of ten pairs one ties: 9 / 10 without reward, 9 / sqrt(9 * 10) with it.
  EXPECT_DOUBLE_EQ(fitness_of_rounding(hall_of({{up, 1.0}}), configuration, data), 1.0 - 0.9);
  configuration.fitness.reward_ties = true;
  EXPECT_DOUBLE_EQ(fitness_of_rounding(hall_of({{up, 1.0}}), configuration, data), 1.0 - std::sqrt(0.9));
}

TEST(BestSingleTerminal, IsNoneWithoutTestRows) {
  auto data = make_data();
  data.splits[0].test.clear();
  EXPECT_EQ(best_single_terminal(data).formula, "");
}

TEST(ProblemResults, HaveNoCorrelationOverASingleRow) {
  auto data = make_data();
  data.splits[0].validation = {3};
  data.splits[0].test = {1};
  const auto results = problem_results(up, data, 1);
  EXPECT_EQ(results[0].n_test, 1U);
  EXPECT_TRUE(std::isnan(results[0].tau_test));
  EXPECT_TRUE(std::isnan(results[0].rho_test));
  EXPECT_TRUE(std::isnan(results[0].best_terminal_tau_test));
  EXPECT_TRUE(std::isnan(results[0].tau_validation));
  EXPECT_TRUE(std::isnan(hall_of_fame_entries(hall_of({{up, 1.0}}), {}, data)[0].mean_tau_test));
}

TEST(HallOfFameEntries, AreTheFormulasThatAreThereShortestFirst) {
  const auto entries = hall_of_fame_entries(hall_of({{down, -1.0}, {up, 0.9}}), {}, make_data());
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].formula, "up");
  EXPECT_EQ(entries[0].fitness_train, 1.0) << "float64's";
  EXPECT_EQ(entries[0].mean_tau_test, -1.0);
  EXPECT_EQ(entries[1].formula, "-up");
  EXPECT_EQ(entries[1].fitness_train, -1.0);
}

}  // namespace
}  // namespace zcmpi
