#include "zcmpi/eval/evaluator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "../kokkos_environment.hpp"
#include "random_formula.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/eval/runtime.hpp"

namespace zcmpi {
namespace {

constexpr std::size_t terminals = 5;
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr Statistic all_statistics[] = {Statistic::tau_b, Statistic::rho, Statistic::weighted_tau};

enum class Ties { none, some };

/// Random rows. Features span orders of magnitude and are missing now and then; with ties, features and accuracies are
/// small whole numbers.
EvaluationProblem random_problem(std::size_t n, Ties ties, std::uint32_t index) {
  RandomStream random({.seed = 31, .index = index});
  EvaluationProblem problem{.name = "problem " + std::to_string(index), .features = {}, .accuracies = {}};
  for (std::size_t i = 0; i < n * terminals; ++i) {
    const double scale = i % 7 == 0 ? 1e4 : 1.0;
    const double value = ties == Ties::some ? static_cast<double>(random.below(6)) - 2 : scale * random.normal();
    problem.features.push_back(random.below(50) == 0 ? std::numeric_limits<float>::quiet_NaN()
                                                     : static_cast<float>(value));
  }
  for (std::size_t i = 0; i < n; ++i) {
    problem.accuracies.push_back(ties == Ties::some ? random.below(static_cast<std::uint32_t>(n / 3 + 1))
                                                    : random.uniform());
  }
  return problem;
}

std::vector<float> reference_values(FormulaView formula, const EvaluationProblem& problem) {
  const std::size_t n = problem.accuracies.size();
  std::vector<float> values(n);
  std::vector<float> features(terminals);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t t = 0; t < terminals; ++t) {
      features[t] = problem.features[t * n + i];
    }
    const float value = evaluate<float>(formula, features);
    values[i] = std::isfinite(value) ? value : -infinity;
  }
  return values;
}

std::vector<Formula> random_formulas(std::size_t count, std::uint32_t index) {
  RandomStream random({.seed = 32, .index = index});
  std::vector<Formula> formulas;
  for (std::size_t f = 0; f < count; ++f) {
    formulas.push_back(test::random_formula(1 + random.below(40), terminals, random));
  }
  return formulas;
}

std::vector<FormulaView> views(const std::vector<Formula>& formulas) { return {formulas.begin(), formulas.end()}; }

std::vector<double> scores_of(PopulationEvaluator& evaluator, const std::vector<Formula>& formulas) {
  std::vector<double> scores(formulas.size() * evaluator.problem_count(), 99.0);
  evaluator.score(views(formulas), scores);
  return scores;
}

void expect_reference_scores(const std::vector<EvaluationProblem>& problems, const std::vector<Formula>& formulas,
                             const EvaluatorOptions& options) {
  PopulationEvaluator evaluator(problems, terminals, options);
  const std::vector<double> scores = scores_of(evaluator, formulas);
  for (std::size_t f = 0; f < formulas.size(); ++f) {
    for (std::size_t p = 0; p < problems.size(); ++p) {
      const std::vector<float> values = reference_values(formulas[f], problems[p]);
      ASSERT_EQ(scores[f * problems.size() + p],
                correlation<float>(options.statistic, values, problems[p].accuracies, options.value_ties))
          << "formula " << f << ", " << problems[p].name;
    }
  }
}

/// Every primitive once with two terminals, and once with a constant on each side.
std::vector<Formula> one_primitive_formulas() {
  std::vector<Formula> formulas;
  const Node x = Node::make_terminal(1);
  const Node y = Node::make_terminal(3);
  const Node c = Node::make_constant(-0.75F);
  for (std::size_t code = static_cast<std::size_t>(Op::add); code < op_count; ++code) {
    const Node op = Node::make_primitive(static_cast<Op>(code));
    if (arity(op.op) == 1) {
      formulas.push_back(completed({x, op}));
      formulas.push_back(completed({c, op}));
    } else {
      formulas.push_back(completed({x, y, op}));
      formulas.push_back(completed({x, c, op}));
      formulas.push_back(completed({c, y, op}));
      formulas.push_back(completed({c, c, op}));
    }
  }
  return formulas;
}

void expect_reference_values(const std::vector<EvaluationProblem>& problems, const std::vector<Formula>& formulas) {
  PopulationEvaluator evaluator(problems, terminals, {});
  for (const Formula& formula : formulas) {
    for (std::size_t p = 0; p < problems.size(); ++p) {
      const std::vector<float> values = evaluator.values(formula, p);
      const std::vector<float> expected = reference_values(formula, problems[p]);
      ASSERT_EQ(values.size(), expected.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        ASSERT_EQ(portable::bit_cast<std::uint32_t>(values[i]), portable::bit_cast<std::uint32_t>(expected[i]))
            << values[i] << " instead of " << expected[i] << " in row " << i << " of " << problems[p].name;
      }
    }
  }
}

TEST(FormulaValues, OfEveryPrimitiveEqualTheReferenceBitForBit) {
  expect_reference_values({random_problem(100, Ties::none, 1), random_problem(333, Ties::some, 2)},
                          one_primitive_formulas());
}

TEST(FormulaValues, OfRandomFormulasEqualTheReferenceBitForBit) {
  expect_reference_values(
      {random_problem(33, Ties::some, 3), random_problem(0, Ties::none, 4), random_problem(1500, Ties::none, 5)},
      random_formulas(300, 1));
}

TEST(FormulaValues, OfSpecialFeaturesEqualTheReferenceBitForBit) {
  EvaluationProblem problem{.name = "special", .features = {}, .accuracies = {}};
  const float special[] = {0.0F,   -0.0F,   infinity, -infinity, std::numeric_limits<float>::quiet_NaN(),
                           1e-40F, -1e-40F, 3e38F,    -3e38F,    1e-6F,
                           88.0F,  -90.0F};
  for (std::size_t t = 0; t < terminals; ++t) {
    for (std::size_t i = 0; i < std::size(special); ++i) {
      problem.features.push_back(special[(i * (t + 1) + t) % std::size(special)]);
    }
  }
  problem.accuracies.assign(std::size(special), 1.0);
  expect_reference_values({problem}, one_primitive_formulas());
}

TEST(FormulaValues, OfTheLongestFormulasEqualTheReference) {
  // A comb to the left, a comb to the right and a full tree, which need the fewest and the most slots.
  Formula left{Node::make_terminal(0)};
  Formula right(32, Node::make_terminal(2));
  Formula full;
  const auto terminal = [](std::size_t k) { return Node::make_terminal(static_cast<std::uint16_t>(k % terminals)); };
  for (std::size_t k = 0; k < 31; ++k) {
    left.push_back(terminal(k));
    append_operator(left, Op::sub);
    append_operator(right, Op::aq);
  }
  for (std::size_t leaf = 1; leaf <= 32; ++leaf) {
    full.push_back(terminal(leaf));
    for (std::size_t done = leaf; done % 2 == 0; done /= 2) {
      append_operator(full, done % 4 == 0 ? Op::sub : Op::max);
    }
  }
  ASSERT_EQ(full.size(), 63U);
  expect_reference_values({random_problem(100, Ties::none, 6)}, {left, right, full});
}

struct Case {
  Statistic statistic;
  std::size_t rows;
  Ties ties;
};

std::string name_of(const testing::TestParamInfo<Case>& sample) {
  return std::string(to_text(sample.param.statistic)) + "_" + std::to_string(sample.param.rows) + "_rows_" +
         (sample.param.ties == Ties::some ? "with_ties" : "without_ties");
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const Statistic statistic : all_statistics) {
    for (const std::size_t rows : {0U, 1U, 2U, 31U, 32U, 33U, 100U, 250U, 1000U, 4722U}) {
      cases.push_back({statistic, rows, Ties::none});
      cases.push_back({statistic, rows, Ties::some});
    }
  }
  return cases;
}

class Scores : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Evaluator, Scores, testing::ValuesIn(all_cases()), name_of);

TEST_P(Scores, EqualTheReferenceExactly) {
  const auto& [statistic, rows, ties] = GetParam();
  const std::size_t count = rows > 1000 ? 4 : (rows > 100 ? 20 : 100);
  for (const auto value_ties : {ValueTies::rewarded, ValueTies::unrewarded}) {
    expect_reference_scores({random_problem(rows, ties, 7)}, random_formulas(count, 2),
                            {.statistic = statistic, .value_ties = value_ties});
  }
}

TEST_P(Scores, DoNotDependOnTheWayOfCounting) {
  const auto& [statistic, rows, ties] = GetParam();
  const std::vector<EvaluationProblem> problems{random_problem(rows, ties, 8)};
  const std::vector<Formula> formulas = random_formulas(50, 3);
  PopulationEvaluator sorting(problems, terminals, {.statistic = statistic, .all_pairs_limit = 1});
  PopulationEvaluator pairing(problems, terminals, {.statistic = statistic, .all_pairs_limit = 1'000'000});
  EXPECT_EQ(scores_of(sorting, formulas), scores_of(pairing, formulas));
}

TEST(Evaluator, ScoresAreTheSameWithoutSharedSubtrees) {
  const std::vector<EvaluationProblem> problems{random_problem(100, Ties::some, 14),
                                                random_problem(700, Ties::none, 15)};
  // Each formula with all that begin like it, so that there is something to share.
  std::vector<Formula> formulas = random_formulas(100, 5);
  for (std::size_t k = 0; k < 100; ++k) {
    formulas.push_back(formulas[k]);
    append_operator(formulas.back(), Op::abs);
  }
  PopulationEvaluator sharing(problems, terminals, {});
  PopulationEvaluator apart(problems, terminals, {.common_subtrees = CommonSubtrees::run_each});
  EXPECT_EQ(scores_of(sharing, formulas), scores_of(apart, formulas));
}

TEST(Evaluator, TakesManyProblemsOfDifferentSizes) {
  std::vector<EvaluationProblem> problems;
  std::uint32_t index = 20;
  for (const std::size_t rows : {100U, 0U, 33U, 1U, 700U, 2U, 100U, 65U, 16U}) {
    problems.push_back(random_problem(rows, index % 2 == 0 ? Ties::some : Ties::none, index));
    ++index;
  }
  for (const Statistic statistic : all_statistics) {
    expect_reference_scores(problems, random_formulas(60, 4), {.statistic = statistic, .all_pairs_limit = 64});
  }
}

TEST(Evaluator, TakesFormulasOfOneNodeAndOfAThousand) {
  const std::vector<EvaluationProblem> problems{random_problem(300, Ties::some, 30)};
  expect_reference_scores(problems, {{Node::make_terminal(1)}, {Node::make_constant(2.0F)}, {Node::make_terminal(0)}},
                          {.max_nodes = 1});
  std::vector<Formula> formulas;
  for (std::uint32_t k = 0; k < 40; ++k) {
    RandomStream random({.seed = 12, .index = k});
    formulas.push_back(test::random_formula(k % 4 == 0 ? 1000 : 1 + random.below(30), terminals, random));
  }
  expect_reference_scores(problems, formulas, {.max_nodes = 1000});
}

TEST(Evaluator, TakesProblemsWhoseRowsAllTie) {
  EvaluationProblem problem = random_problem(200, Ties::none, 9);
  std::fill(problem.accuracies.begin(), problem.accuracies.end(), 0.5);
  PopulationEvaluator evaluator(std::vector{problem}, terminals, {});
  EXPECT_EQ(scores_of(evaluator, {{Node::make_terminal(0)}}), std::vector<double>{0.0});
}

TEST(Evaluator, ScoresALeafAConstantAndAnInfiniteConstant) {
  const std::vector<EvaluationProblem> problems{random_problem(100, Ties::none, 10)};
  const std::vector<Formula> formulas{{Node::make_terminal(2)},
                                      {Node::make_constant(3.0F)},
                                      completed({Node::make_constant(3e38F), Node::make_primitive(Op::square)})};
  expect_reference_scores(problems, formulas, {});
  PopulationEvaluator evaluator(problems, terminals, {});
  EXPECT_EQ(scores_of(evaluator, formulas)[1], 0.0);
}

TEST(Evaluator, TakesAnEmptyBatchAndNoProblems) {
  PopulationEvaluator evaluator(std::vector{random_problem(10, Ties::none, 11)}, terminals, {});
  EXPECT_TRUE(scores_of(evaluator, {}).empty());
  PopulationEvaluator without_problems({}, terminals, {});
  EXPECT_TRUE(scores_of(without_problems, random_formulas(3, 5)).empty());
}

TEST(Evaluator, GivesAFormulaTheSameScoresInEveryBatch) {
  const std::vector<EvaluationProblem> problems{random_problem(100, Ties::some, 12),
                                                random_problem(1000, Ties::none, 13)};
  PopulationEvaluator evaluator(problems, terminals, {});
  std::vector<Formula> formulas = random_formulas(1000, 6);
  const std::vector<double> together = scores_of(evaluator, formulas);
  std::reverse(formulas.begin(), formulas.end());
  const std::vector<double> reversed = scores_of(evaluator, formulas);
  std::reverse(formulas.begin(), formulas.end());
  for (std::size_t f = 0; f < formulas.size(); ++f) {
    const std::vector<double> expected(together.begin() + static_cast<std::ptrdiff_t>(2 * f),
                                       together.begin() + static_cast<std::ptrdiff_t>(2 * f + 2));
    const std::size_t place = formulas.size() - 1 - f;
    ASSERT_EQ(reversed[2 * place], expected[0]);
    ASSERT_EQ(reversed[2 * place + 1], expected[1]);
    if (f % 50 == 0) {
      ASSERT_EQ(scores_of(evaluator, {formulas[f]}), expected);
      ASSERT_EQ(scores_of(evaluator, {formulas[f], formulas[0]})[1], expected[1]);
    }
  }
}

TEST(Evaluator, RanksDownToAFloorAndNoFurther) {
  if (device_count() > 0) {
    GTEST_SKIP() << "a device ranks all";
  }
  // Problems that are compared pair by pair, in lanes and alone, and one that is sorted; blocks of some formulas.
  const std::vector<EvaluationProblem> problems{
      random_problem(100, Ties::some, 40), random_problem(500, Ties::none, 41), random_problem(33, Ties::none, 42)};
  const std::vector<std::uint32_t> problem_order{2, 0, 1};
  for (const Statistic statistic : all_statistics) {
    PopulationEvaluator evaluator(problems, terminals, {.statistic = statistic});
    const std::vector<Formula> formulas = random_formulas(500, 8);
    const std::vector<double> all = scores_of(evaluator, formulas);
    std::vector<double> floors;
    for (std::size_t f = 0; f < formulas.size(); ++f) {
      floors.push_back(f % 10 == 0 ? -infinity : 0.1 * static_cast<double>(f % 5) - 0.2);
    }
    std::vector<double> scores(all.size());
    PopulationEvaluator never_stops(problems, terminals, {.statistic = statistic, .early_stop = EarlyStop::nowhere});
    never_stops.score_down_to(views(formulas), {floors, problem_order}, scores);
    EXPECT_EQ(scores, all);
    EXPECT_EQ(never_stops.rankings(), all.size());
    EXPECT_TRUE(evaluator.stops_early() && !never_stops.stops_early());
    const std::uint64_t rankings_before = evaluator.rankings();
    evaluator.score_down_to(views(formulas), {floors, problem_order}, scores);
    std::vector<std::size_t> ranked(problems.size() + 1);
    for (std::size_t f = 0; f < formulas.size(); ++f) {
      bool is_decided = false;
      std::size_t looked_at = 0;
      for (const std::uint32_t p : problem_order) {
        const double score = all[f * problems.size() + p];
        ASSERT_EQ(scores[f * problems.size() + p], is_decided ? 1.0 : score) << "formula " << f << ", problem " << p;
        looked_at += is_decided ? 0 : 1;
        is_decided = is_decided || score < floors[f];
      }
      ++ranked[looked_at];
    }
    EXPECT_GT(ranked[1], 50U);
    EXPECT_GT(ranked[2], 10U);
    EXPECT_GT(ranked[3], 50U);
    EXPECT_EQ(evaluator.rankings() - rankings_before, ranked[1] + 2 * ranked[2] + 3 * ranked[3]);
  }
}

TEST(Evaluator, ChargesItsTimeToEvaluationAndRanking) {
  PopulationEvaluator evaluator(std::vector{random_problem(1000, Ties::none, 14)}, terminals, {});
  const std::vector<Formula> formulas = random_formulas(100, 7);
  std::vector<double> scores(formulas.size());
  PhaseClock clock;
  clock.switch_to(Phase::variation);
  evaluator.score(views(formulas), scores, &clock);
  EXPECT_EQ(clock.switch_to(Phase::rest), Phase::variation);
  const auto seconds = clock.seconds();
  EXPECT_GT(seconds[static_cast<std::size_t>(Phase::evaluation)], 0.0);
  EXPECT_GT(seconds[static_cast<std::size_t>(Phase::ranking)], 0.0);
}

#if defined(ZCMPI_CONTRACTS)
TEST(Evaluator, RefusesAFormulaThatIsTooLongOrReadsUnknownTerminals) {
  PopulationEvaluator evaluator(std::vector{random_problem(10, Ties::none, 15)}, terminals, {.max_nodes = 2});
  const std::vector<Formula> too_long{
      completed({Node::make_terminal(0), Node::make_terminal(1), Node::make_primitive(Op::add)})};
  const std::vector<Formula> unknown_terminal{{Node::make_terminal(terminals)}};
  EXPECT_THROW(scores_of(evaluator, too_long), ContractError);
  EXPECT_THROW(scores_of(evaluator, unknown_terminal), ContractError);
}
#endif

}  // namespace
}  // namespace zcmpi
