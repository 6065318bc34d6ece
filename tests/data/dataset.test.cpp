#include "zcmpi/data/dataset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/portable_math.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::DoubleEq;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

/// A problem of `terminals`, each with the values given.
Problem problem_of(std::string task, std::vector<std::string> terminals, std::vector<double> features) {
  Problem problem;
  problem.space = "s";
  problem.task = std::move(task);
  const std::size_t n = features.size() / terminals.size();
  for (std::size_t i = 0; i < n; ++i) {
    problem.architectures.push_back(std::to_string(i));
    problem.val_accuracy.push_back(static_cast<double>(i));
  }
  problem.costs_seconds.assign(terminals.size(), nan_value);
  problem.terminals = std::move(terminals);
  problem.features = std::move(features);
  return problem;
}

std::string error_of(std::span<const Problem> problems, const DatasetOptions& options) {
  return message_of<InputError>([&] { static_cast<void>(make_dataset(problems, options)); });
}

/// Two problems that share "x" only.
const std::vector<Problem>& unequal_problems() {
  static const std::vector problems{problem_of("1", {"x", "y"}, {1, 2, 3, 4}),
                                    problem_of("2", {"z", "x"}, {5, 6, 7, 8})};
  return problems;
}

TEST(Dataset, RawLeavesValuesAsTheyAre) {
  const std::vector problems{problem_of("1", {"x"}, {-2.5, nan_value, 1e300})};
  const auto dataset = make_dataset(problems, {.transform = Transform::raw});
  EXPECT_THAT(dataset.problems[0].features, ElementsAre(-2.5, IsNan(), 1e300));
  EXPECT_EQ(dataset.problems[0].name, "s/1");
  EXPECT_EQ(dataset.problems[0].digest, problems[0].digest());
  EXPECT_TRUE(dataset.problems[0].standards.empty());
}

TEST(Dataset, SignedLogIsOddAndKeepsWhatIsMissing) {
  const std::vector problems{problem_of("1", {"x"}, {0.0, 1.0, -1.0, 1e5, -1e5, nan_value})};
  const auto dataset = make_dataset(problems, {.transform = Transform::signed_log});
  EXPECT_THAT(dataset.problems[0].features, ElementsAre(0.0, DoubleEq(std::log(2.0)), DoubleEq(-std::log(2.0)),
                                                        portable::log1p(1e5), -portable::log1p(1e5), IsNan()));
}

TEST(Dataset, StandardisedHasMeanZeroAndDeviationOneOverTheRowsThatAreThere) {
  const std::vector problems{problem_of("1", {"x"}, {3.0, nan_value, 40.0, -5.0, 0.0})};
  const auto dataset = make_dataset(problems, {.transform = Transform::standardised});
  double sum = 0.0;
  double squares = 0.0;
  const auto values = dataset.problems[0].feature(0);
  for (const std::size_t i : {0U, 2U, 3U, 4U}) {
    sum += values[i];
    squares += values[i] * values[i];
  }
  EXPECT_THAT(sum, DoubleNear(0.0, 1e-15));
  EXPECT_THAT(squares / 4.0, DoubleNear(1.0, 1e-15));
  EXPECT_THAT(values[1], IsNan());
}

TEST(Dataset, AStandardIsMeanAndPopulationDeviationOfTheSignedLog) {
  const std::vector problems{problem_of("1", {"x"}, {0.0, 3.0})};
  const auto dataset = make_dataset(problems, {.transform = Transform::standardised});
  ASSERT_EQ(dataset.problems[0].standards.size(), 1U);
  EXPECT_DOUBLE_EQ(dataset.problems[0].standards[0].mean, std::log(2.0));
  EXPECT_DOUBLE_EQ(dataset.problems[0].standards[0].deviation, std::log(2.0));
}

TEST(Dataset, AConstantTerminalIsZeroWhenStandardised) {
  // Three times ln(1.1) does not add up to exactly three times its value.
  const std::vector problems{problem_of("1", {"x", "y"}, {0.1, 0.1, 0.1, 0.1, nan_value, 0.1})};
  const auto dataset = make_dataset(problems, {.transform = Transform::standardised});
  EXPECT_THAT(dataset.problems[0].features, ElementsAre(0.0, 0.0, 0.0, 0.0, IsNan(), 0.0));
}

TEST(Dataset, StandardsNeverDependOnAccuracies) {
  std::vector problems{problem_of("1", {"x"}, {1.0, 2.0, 4.0})};
  const auto before = make_dataset(problems, {.transform = Transform::standardised});
  problems[0].val_accuracy = {7.0, -3.0, 0.0};
  const auto after = make_dataset(problems, {.transform = Transform::standardised});
  EXPECT_EQ(before.problems[0].features, after.problems[0].features);
}

TEST(Dataset, KnownStandardsScoreNewRowsAsTheFormulaWasEvolved) {
  const std::vector all{problem_of("1", {"x"}, {1.0, 2.0, 4.0, 8.0})};
  const auto evolved = make_dataset(all, {.terminals = {"x"}, .transform = Transform::standardised});
  const std::vector some{problem_of("1", {"x"}, {4.0, 8.0})};
  const auto scored = make_dataset(some, {.terminals = {"x"},
                                          .transform = Transform::standardised,
                                          .known_standards = {{"s/1", evolved.problems[0].standards}}});
  EXPECT_THAT(scored.problems[0].features,
              ElementsAre(evolved.problems[0].features[2], evolved.problems[0].features[3]));
  EXPECT_EQ(scored.problems[0].standards[0].mean, evolved.problems[0].standards[0].mean);
}

TEST(Dataset, KnownStandardsOfOtherProblemsAreNotUsed) {
  const std::vector problems{problem_of("2", {"x"}, {1.0, 2.0, 4.0})};
  const auto own = make_dataset(problems, {.terminals = {"x"}, .transform = Transform::standardised});
  const auto given = make_dataset(
      problems,
      {.terminals = {"x"}, .transform = Transform::standardised, .known_standards = {{"s/1", {Standard{5.0, 1.0}}}}});
  EXPECT_EQ(given.problems[0].features, own.problems[0].features);
}

TEST(Dataset, KnownStandardsFollowTheTerminalsThatStay) {
  const auto dataset = make_dataset(unequal_problems(), {.terminals = {"z", "x"},
                                                         .transform = Transform::standardised,
                                                         .missing = MissingPolicy::intersection,
                                                         .known_standards = {{"s/1", {{1.0, 2.0}, {3.0, 4.0}}}}});
  EXPECT_THAT(dataset.terminals, ElementsAre("x"));
  EXPECT_EQ(dataset.problems[0].standards.at(0).mean, 3.0);
}

TEST(Dataset, KnownStandardsThatDoNotFitAreAnError) {
  EXPECT_EQ(
      error_of(unequal_problems(), {.transform = Transform::standardised, .known_standards = {{"s/1", {Standard{}}}}}),
      "the standards do not fit the terminals (s/1): 1 for 0 terminals; expected one each");
}

TEST(Dataset, ByDefaultAnAbsentTerminalIsZeroAfterTheTransformation) {
  for (const auto transform : {Transform::raw, Transform::signed_log, Transform::standardised}) {
    const auto dataset = make_dataset(unequal_problems(), {.transform = transform});
    EXPECT_THAT(dataset.terminals, ElementsAre("x", "y", "z"));
    EXPECT_THAT(dataset.problems[0].feature(2), Each(0.0));
    EXPECT_THAT(dataset.problems[1].feature(1), Each(0.0));
    EXPECT_THAT(dataset.problems[1].absent_terminals, ElementsAre("y"));
  }
}

TEST(Dataset, ATerminalWithoutAnyValueIsAbsent) {
  const std::vector problems{problem_of("1", {"x", "y"}, {1.0, 2.0, nan_value, nan_value})};
  const auto dataset = make_dataset(problems, {});
  EXPECT_THAT(dataset.problems[0].absent_terminals, ElementsAre("y"));
  EXPECT_THAT(dataset.problems[0].feature(1), Each(0.0));
}

TEST(Dataset, IntersectionKeepsWhatEveryProblemHas) {
  const auto dataset =
      make_dataset(unequal_problems(), {.transform = Transform::raw, .missing = MissingPolicy::intersection});
  EXPECT_THAT(dataset.terminals, ElementsAre("x"));
  EXPECT_THAT(dataset.problems[1].features, ElementsAre(7, 8));
  EXPECT_TRUE(dataset.problems[1].absent_terminals.empty());
}

TEST(Dataset, AnEmptyIntersectionIsAnError) {
  const std::vector problems{problem_of("1", {"x"}, {1, 2}), problem_of("2", {"y"}, {1, 2})};
  EXPECT_THAT(error_of(problems, {.missing = MissingPolicy::intersection}), HasSubstr("no terminal is left"));
}

TEST(Dataset, WithTheErrorPolicyAnAbsentTerminalIsNamedWithItsProblem) {
  EXPECT_THAT(error_of(unequal_problems(), {.missing = MissingPolicy::error}),
              AllOf(HasSubstr("the problem lacks a terminal (s/2)"), HasSubstr("'y'")));
  EXPECT_NO_THROW(make_dataset(unequal_problems(), {.terminals = {"x"}, .missing = MissingPolicy::error}));
}

TEST(Dataset, TerminalsComeInTheOrderTheyAreNamedIn) {
  const auto dataset = make_dataset(unequal_problems(), {.terminals = {"z", "x"}, .transform = Transform::raw});
  EXPECT_THAT(dataset.terminals, ElementsAre("z", "x"));
  EXPECT_THAT(dataset.problems[1].features, ElementsAre(5, 6, 7, 8));
}

TEST(Dataset, ATerminalThatNoProblemHasIsAnErrorWithASuggestion) {
  const std::vector problems{problem_of("1", {"nwot", "synflow"}, {1, 2, 3, 4})};
  EXPECT_EQ(error_of(problems, {.terminals = {"nwott"}}), "no problem has the terminal 'nwott': did you mean 'nwot'?");
  EXPECT_EQ(error_of(problems, {.terminals = {"zen"}}),
            "no problem has the terminal 'zen': expected one of nwot, synflow");
}

TEST(Dataset, RepeatedNamesAndNoProblemsAreErrors) {
  EXPECT_THAT(error_of(unequal_problems(), {.terminals = {"x", "x"}}), HasSubstr("the terminal 'x' is named twice"));
  EXPECT_THAT(error_of({}, {}), HasSubstr("there is no problem"));
  const std::vector twice{unequal_problems()[0], unequal_problems()[0]};
  EXPECT_THAT(error_of(twice, {}), HasSubstr("the problem is given twice (s/1)"));
}

TEST(Dataset, TheTargetChoosesTheAccuracies) {
  std::vector problems{problem_of("1", {"x"}, {1, 2})};
  EXPECT_THAT(error_of(problems, {.target = Target::test_accuracy}), HasSubstr("no test accuracies (s/1)"));
  problems[0].test_accuracy = {8.0, 9.0};
  EXPECT_THAT(make_dataset(problems, {.target = Target::test_accuracy}).problems[0].accuracies, ElementsAre(8.0, 9.0));
}

TEST(Dataset, CostsAreMeansOverTheProblemsThatKnowThem) {
  auto problems = unequal_problems();
  problems[0].costs_seconds = {1.0, nan_value};
  problems[1].costs_seconds = {4.0, 2.0};
  EXPECT_THAT(make_dataset(problems, {}).costs_seconds, ElementsAre(1.5, IsNan(), 4.0));
}

TEST(Dataset, NamesOfTransformsAndPoliciesAreReadBack) {
  for (const auto transform : {Transform::raw, Transform::signed_log, Transform::standardised}) {
    EXPECT_EQ(parse_transform(to_text(transform)), transform);
  }
  for (const auto policy : {MissingPolicy::constant, MissingPolicy::intersection, MissingPolicy::error}) {
    EXPECT_EQ(parse_missing_policy(to_text(policy)), policy);
  }
  EXPECT_EQ(parse_transform("log"), std::nullopt);
  EXPECT_EQ(parse_missing_policy(""), std::nullopt);
}

class DatasetWarnings : public InFolder {};

TEST_F(DatasetWarnings, EachAbsentTerminalIsReportedOnceWithItsProblem) {
  const auto log = warnings_of(folder, [] { make_dataset(unequal_problems(), {}); });
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
  EXPECT_THAT(log, AllOf(HasSubstr("s/1 lacks the terminal 'z': it is 0 there"),
                         HasSubstr("s/2 lacks the terminal 'y': it is 0 there")));
}

TEST_F(DatasetWarnings, AllThatAProblemLacksIsOneLine) {
  auto problems = unequal_problems();
  problems[0].terminals.push_back("extra");
  problems[0].features.insert(problems[0].features.end(), problems[0].size(), 1.0);
  problems[0].costs_seconds.push_back(1.0);
  const auto log = warnings_of(folder, [&] { make_dataset(problems, {}); });
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
  EXPECT_THAT(log, AllOf(HasSubstr("s/2 lacks the terminals '"), HasSubstr("': they are 0 there")));
}

TEST_F(DatasetWarnings, ManyTerminalsAreCountedInstead) {
  auto problems = unequal_problems();
  for (int i = 0; i < 70; ++i) {
    problems[0].terminals.push_back("op" + std::to_string(i));
    problems[0].features.insert(problems[0].features.end(), problems[0].size(), 1.0);
    problems[0].costs_seconds.push_back(1.0);
  }
  const auto log = warnings_of(folder, [&] { make_dataset(problems, {}); });
  EXPECT_THAT(log, AllOf(HasSubstr("s/2 lacks the terminals '"), HasSubstr("' and 66 more: they are 0 there")));
}

TEST_F(DatasetWarnings, ATerminalThatSeveralProblemsLackIsNamedOnceWithAll) {
  auto problems = unequal_problems();
  problems.push_back(problem_of("3", {"x"}, {7, 8}));
  const auto log = warnings_of(folder, [&] { make_dataset(problems, {}); });
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
  EXPECT_THAT(log, AllOf(HasSubstr("s/1, s/3 lack the terminal 'z': it is 0 there"),
                         HasSubstr("s/2, s/3 lack the terminal 'y': it is 0 there")));
}

TEST_F(DatasetWarnings, NothingIsWarnedOfBeforeAnError) {
  const auto log = warnings_of(
      folder, [] { EXPECT_THROW(make_dataset(unequal_problems(), {.target = Target::test_accuracy}), InputError); });
  EXPECT_EQ(log, "");
}

TEST_F(DatasetWarnings, ATerminalLeftOutOfTheIntersectionIsReported) {
  const auto log =
      warnings_of(folder, [] { make_dataset(unequal_problems(), {.missing = MissingPolicy::intersection}); });
  EXPECT_THAT(log, AllOf(HasSubstr("'y' is left out, because s/2 lacks it"),
                         HasSubstr("'z' is left out, because s/1 lacks it")));
}

TEST(RealDataset, WhatTheBenchmarksLackIsAbsent) {
  ZCMPI_SKIP_WITHOUT_REAL_DATA();
  std::vector<Problem> problems;
  for (const auto* name : {"nb101_cifar10", "nb201_cifar10", "nb301_cifar10"}) {
    problems.push_back(load_problems(name, std::vector{real_data_folder()}).at(0));
  }
  const auto dataset = make_dataset(problems, {});
  EXPECT_EQ(dataset.terminals.size(), 13U);
  EXPECT_THAT(dataset.problems[0].absent_terminals, testing::UnorderedElementsAre("nwot", "zen"));
  EXPECT_TRUE(dataset.problems[1].absent_terminals.empty());
  EXPECT_THAT(dataset.problems[2].absent_terminals, ElementsAre("zen"));
}

}  // namespace
}  // namespace zcmpi
