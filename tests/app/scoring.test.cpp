#include "zcmpi/app/scoring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support.hpp"
#include "zcmpi/app/result.hpp"
#include "zcmpi/expr/primitive.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Eight architectures; `up` rises with accuracy, `down` falls, `bend` rises and falls.
Problem make_problem(const std::string& task) {
  Problem problem;
  problem.space = "s";
  problem.task = task;
  problem.terminals = {"up", "down", "bend"};
  const std::vector<double> up{1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<double> down{8, 7, 6, 5, 4, 3, 2, 1};
  const std::vector<double> bend{1, 2, 3, 4, 4, 3, 2, 1};
  for (const auto* column : {&up, &down, &bend}) {
    problem.features.insert(problem.features.end(), column->begin(), column->end());
  }
  problem.costs_seconds.assign(3, std::nan(""));
  for (int i = 0; i < 8; ++i) {
    problem.architectures.push_back("a" + std::to_string(i));
    problem.val_accuracy.push_back(50.0 + i);
  }
  return problem;
}

std::vector<ProblemScore> score(const std::string& formula) {
  const std::vector<Problem> problems{make_problem("t")};
  return score_formula(definition_from_text(formula), problems);
}

TEST(ScoreFormula, AFormulaThatRisesWithAccuracyHasTauOne) {
  const auto scores = score("up");
  ASSERT_EQ(scores.size(), 1U);
  EXPECT_EQ(scores[0].problem, "s/t");
  EXPECT_EQ(scores[0].n, 8U);
  EXPECT_EQ(scores[0].tau, 1.0);
  EXPECT_EQ(scores[0].rho, 1.0);
  EXPECT_EQ(scores[0].tau_low, 1.0);
  EXPECT_EQ(scores[0].tau_high, 1.0);
}

TEST(ScoreFormula, TheSignCounts) {
  EXPECT_EQ(score("down")[0].tau, -1.0);
  EXPECT_EQ(score("-down")[0].tau, 1.0);
}

TEST(ScoreFormula, AConstantHasNoCorrelation) { EXPECT_EQ(score("1 + 2")[0].tau, 0.0); }

TEST(ScoreFormula, TheIntervalHoldsTheTau) {
  const auto scores = score("bend + 0.5 * up");
  EXPECT_LT(scores[0].tau_low, scores[0].tau);
  EXPECT_GT(scores[0].tau_high, scores[0].tau);
}

TEST(ScoreFormula, ProblemsStayInTheirOrder) {
  const std::vector<Problem> problems{make_problem("z"), make_problem("a")};
  const auto scores = score_formula(definition_from_text("up"), problems);
  ASSERT_EQ(scores.size(), 2U);
  EXPECT_EQ(scores[0].problem, "s/z");
  EXPECT_EQ(scores[1].problem, "s/a");
}

TEST(ScoreFormula, ATerminalThatNoProblemHasIsAnErrorForATypedFormula) {
  EXPECT_THAT(input_error_of([] { score("up + upp"); }), HasSubstr("upp"));
}

TEST(ScoreFormula, ATerminalThatOnlyTheRunsOwnProblemsHadIsZeroForARecordedFormula) {
  FormulaDefinition definition = definition_from_text("zen + up * up - zen");
  definition.absent = AbsentTerminals::zero;
  const std::vector<Problem> problems{make_problem("t")};
  EXPECT_EQ(score_formula(definition, problems)[0].tau, 1.0);
}

TEST(ScoreFormula, WithoutAnyTerminalLeftItIsAConstant) {
  FormulaDefinition definition = definition_from_text("zen");
  definition.absent = AbsentTerminals::zero;
  const std::vector<Problem> problems{make_problem("t")};
  EXPECT_EQ(score_formula(definition, problems)[0].tau, 0.0);
}

TEST(ScoreFormula, TerminalsThatNoProblemHasAreNamedInOneWarningAndThoseThatItDoesNotReadInNone) {
  const TestFolder folder;
  FormulaDefinition definition = definition_from_text("zen + nwot * zen");
  definition.absent = AbsentTerminals::zero;
  auto other = make_problem("u");
  other.terminals[0] = "another";
  const std::vector<Problem> problems{make_problem("t"), other};
  const auto text = warnings_of(folder.path(), [&] { score_formula(definition, problems); });
  EXPECT_THAT(text, HasSubstr("no problem here has the terminals 'zen', 'nwot': they are 0\n"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
}

TEST(ScoreFormula, TheTransformIsApplied) {
  FormulaDefinition definition = definition_from_text("exp(up) - 60 * up");
  const std::vector<Problem> problems{make_problem("t")};
  definition.transform = Transform::raw;
  const double raw = score_formula(definition, problems)[0].tau;
  definition.transform = Transform::signed_log;
  const double signed_log = score_formula(definition, problems)[0].tau;
  // exp(x) - 60 x falls up to x = ln 60 = 4.09: raw values pass it after the fourth architecture, logarithms (at most
  // 2.2) never.
  EXPECT_EQ(signed_log, -1.0);
  EXPECT_GT(raw, -1.0);
}

TEST(ScoreFormula, RecordedStandardsAreUsedForTheProblemsTheyBelongTo) {
  FormulaDefinition definition = definition_from_text("abs(up)");
  definition.transform = Transform::standardised;
  const std::vector<Problem> problems{make_problem("t")};
  // Centred on its own rows |up| falls, then rises; with a mean below all values it rises throughout.
  EXPECT_LT(score_formula(definition, problems)[0].tau, 1.0);
  definition.standards["s/t"] = {{-1.0, 1.0}};
  EXPECT_EQ(score_formula(definition, problems)[0].tau, 1.0);
  definition.standards = {{"s/other", {{-1.0, 1.0}}}};
  EXPECT_LT(score_formula(definition, problems)[0].tau, 1.0);
}

RunResult example_result() {
  RunResult result;
  result.formula = "down - up";
  result.size = 3;
  result.terminals = {"bend", "up", "down"};
  result.transform = Transform::standardised;
  result.target = Target::test_accuracy;
  result.formula_language = formula_language_version;
  ProblemResult problem;
  problem.problem = "s/t";
  problem.standards = {{1.0, 10.0}, {2.0, 20.0}, {3.0, 30.0}};
  result.problems.push_back(problem);
  return result;
}

TEST(DefinitionFromResult, TakesTheStandardsOfTheTerminalsThatTheFormulaReads) {
  const TestFolder folder;
  write_result(folder.path() / "result.json", example_result());
  const FormulaDefinition definition = definition_from_result(folder.path() / "result.json");
  EXPECT_THAT(definition.terminals, ElementsAre("down", "up"));
  EXPECT_EQ(definition.transform, Transform::standardised);
  EXPECT_EQ(definition.target, Target::test_accuracy);
  ASSERT_EQ(definition.standards.at("s/t").size(), 2U);
  EXPECT_EQ(definition.standards.at("s/t")[0].mean, 3.0);
  EXPECT_EQ(definition.standards.at("s/t")[1].mean, 2.0);
}

TEST(DefinitionFromResult, AFormulaOverOtherTerminalsThanItsOwnIsAnError) {
  const TestFolder folder;
  RunResult result = example_result();
  result.formula = "left - up";
  write_result(folder.path() / "result.json", result);
  EXPECT_THAT(input_error_of([&] { definition_from_result(folder.path() / "result.json"); }), HasSubstr("\"left\""));
}

TEST(ScoresAsJson, HaveTheFieldsInOrder) {
  const std::vector<ProblemScore> scores{{"s/t", 8, 0.5, 0.25, 0.75, 0.625}};
  EXPECT_EQ(to_json(scores), R"([
  {
    "problem": "s/t",
    "n": 8,
    "tau": 0.5,
    "tau_low": 0.25,
    "tau_high": 0.75,
    "rho": 0.625
  }
]
)");
  EXPECT_EQ(to_json(std::span<const ProblemScore>()), "[]\n");
}

}  // namespace
}  // namespace zcmpi
