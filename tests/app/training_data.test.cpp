#include "zcmpi/app/training_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "support.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsNan;
using testing::SizeIs;

using Rows = std::vector<std::uint32_t>;

/// Ten architectures with two terminals and both accuracies; `shift` tells problems apart.
Problem make_problem(const std::string& task, double shift = 0.0) {
  Problem problem;
  problem.space = "s";
  problem.task = task;
  problem.terminals = {"nwot", "flops"};
  problem.features.resize(20);
  for (int i = 0; i < 10; ++i) {
    const auto place = static_cast<std::size_t>(i);
    problem.architectures.push_back("net" + std::to_string(i));
    problem.features[place] = 0.1 * i + shift;
    problem.features[10 + place] = 100.0 - i;
    problem.val_accuracy.push_back(50.0 + i);
    problem.test_accuracy.push_back(40.0 - i);
  }
  problem.costs_seconds = {1.0, 2.0};
  return problem;
}

void write_problem(const TestFolder& folder, const Problem& problem) {
  write_table(folder.path() / (problem.space + "_" + problem.task + ".h5"), std::vector{problem});
}

class TrainingDataTest : public testing::Test {
 protected:
  void SetUp() override {
    write_problem(folder, make_problem("a"));
    write_problem(folder, make_problem("b", 1.0));
    configuration.run.seed = 7;
    configuration.data.problems = {"s_a", "s_b"};
    configuration.data.folders = {folder.path().string()};
    configuration.data.train_architectures = 6;
    configuration.data.validation_share = 0.34;
    configuration.data.transform = Transform::raw;
  }

  TrainingData load() const { return load_training_data(configuration); }

  const TestFolder folder;
  Configuration configuration;
};

using LoadTrainingData = TrainingDataTest;

TEST_F(LoadTrainingData, ProblemsComeInTheOrderOfTheConfiguration) {
  EXPECT_THAT(load().problem_names(), ElementsAre("s/a", "s/b"));
  configuration.data.problems = {"s_b", "s_a"};
  EXPECT_THAT(load().problem_names(), ElementsAre("s/b", "s/a"));
}

TEST_F(LoadTrainingData, ATableGivesAllOfItsProblems) {
  write_table(folder.path() / "both.h5", std::vector{make_problem("y"), make_problem("x")});
  configuration.data.problems = {"s_a", "both"};
  EXPECT_THAT(load().problem_names(), ElementsAre("s/a", "s/y", "s/x"));
}

TEST_F(LoadTrainingData, EveryProblemIsSplitAsTheConfigurationSays) {
  const auto data = load();
  ASSERT_THAT(data.splits, SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto expected =
        make_split(data.dataset.problems[i], {.train_architectures = 6, .validation_share = 0.34, .seed = 7});
    EXPECT_EQ(data.splits[i].train, expected.train);
    EXPECT_EQ(data.splits[i].validation, expected.validation);
    EXPECT_EQ(data.splits[i].test, expected.test);
    EXPECT_THAT(data.splits[i].train, SizeIs(4));
    EXPECT_THAT(data.splits[i].validation, SizeIs(2));
  }
}

TEST_F(LoadTrainingData, TheDatasetIsMadeAsTheConfigurationSays) {
  Problem partial = make_problem("c");
  partial.terminals = {"flops", "zen"};
  write_problem(folder, partial);
  configuration.data.problems = {"s_a", "s_c"};
  configuration.data.transform = Transform::signed_log;
  configuration.data.target = Target::test_accuracy;
  configuration.data.missing = MissingPolicy::intersection;
  const auto common = load().dataset;
  EXPECT_THAT(common.terminals, ElementsAre("flops"));
  EXPECT_EQ(common.transform, Transform::signed_log);
  EXPECT_DOUBLE_EQ(common.problems[0].feature(0)[0], std::log(101.0));
  EXPECT_EQ(common.problems[0].accuracies, make_problem("a").test_accuracy);
  configuration.data.missing = MissingPolicy::constant;
  configuration.data.terminals = {"zen", "nwot"};
  EXPECT_THAT(load().dataset.terminals, ElementsAre("zen", "nwot"));
}

TEST_F(LoadTrainingData, AProblemThatIsNotThereIsAnInputErrorThatNamesIt) {
  configuration.data.problems = {"s_a", "s_missing"};
  EXPECT_THAT(input_error_of([&] { load(); }), HasSubstr("s_missing"));
}

TEST_F(LoadTrainingData, ProblemsOfWhichNoPairIsLeftToTestOnAreNamedInOneWarning) {
  const auto warnings = [&] { return warnings_of(folder.path(), [&] { load(); }); };
  configuration.data.train_architectures = 8;
  EXPECT_EQ(warnings(), "");
  for (const auto& number : {std::optional<std::uint32_t>(9), std::optional<std::uint32_t>()}) {
    configuration.data.train_architectures = number;
    const auto text = warnings();
    EXPECT_THAT(text, HasSubstr("fewer than 2 architectures are left to test on (s/a, s/b)"));
    EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
  }
}

TEST_F(LoadTrainingData, AProblemWhoseTrainingAccuraciesAreAllEqualIsNamedInAWarningBesideOneThatCanBeRanked) {
  Problem level = make_problem("b");
  level.val_accuracy.assign(level.size(), 10.0);
  write_problem(folder, level);
  const auto text = warnings_of(folder.path(), [&] { load(); });
  EXPECT_THAT(text, HasSubstr("all training architectures have the same val_accuracy (s/b): "));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
  level.val_accuracy[load().splits[1].train[0]] = 11.0;
  write_problem(folder, level);
  EXPECT_EQ(warnings_of(folder.path(), [&] { load(); }), "");
}

TEST_F(LoadTrainingData, TrainingAccuraciesThatAreAllEqualInEveryProblemAreAnError) {
  for (const char* task : {"a", "b"}) {
    Problem level = make_problem(task);
    level.val_accuracy.assign(level.size(), 10.0);
    write_problem(folder, level);
  }
  EXPECT_THAT(input_error_of([&] { load(); }),
              HasSubstr("all training architectures have the same val_accuracy (s/a, s/b): expected different ones"));
  configuration.data.target = Target::test_accuracy;
  load();
}

class TrainingDigest : public TrainingDataTest {
 protected:
  std::string digest_of_a() const { return load().problem_digests().at("s/a"); }
};

TEST_F(TrainingDigest, IsTheSameWheneverTheSameIsLoaded) {
  EXPECT_EQ(load().digest(), load().digest());
  EXPECT_EQ(load().problem_digests(), load().problem_digests());
}

TEST_F(TrainingDigest, TellsApartWhateverChangesTraining) {
  std::set<std::string> of_problem{digest_of_a()};
  std::set<std::uint64_t> of_all{load().digest()};
  const auto expect_another = [&](const char* what) {
    EXPECT_TRUE(of_problem.insert(digest_of_a()).second) << what;
    EXPECT_TRUE(of_all.insert(load().digest()).second) << what;
  };
  configuration.run.seed = 8;
  expect_another("the seed of the split");
  configuration.data.train_architectures = 7;
  expect_another("the number of training rows");
  configuration.data.validation_share = 0.0;
  expect_another("the share of validation rows");
  configuration.data.terminals = {"flops", "nwot"};
  expect_another("the order of terminals");
  configuration.data.terminals = {"flops"};
  expect_another("the choice of terminals");
  configuration.data.transform = Transform::standardised;
  expect_another("the transformation");
  Problem changed = make_problem("a");
  changed.val_accuracy[3] = 53.5;
  write_problem(folder, changed);
  expect_another("an accuracy");
  changed.features[13] = 97.5;
  write_problem(folder, changed);
  expect_another("a feature");
  changed.architectures[3] = "other";
  write_problem(folder, changed);
  expect_another("an architecture");
}

TEST_F(TrainingDigest, TellsTerminalsOfEqualValuesApart) {
  Problem equal = make_problem("a");
  std::copy_n(equal.features.begin(), equal.size(), equal.features.begin() + 10);
  write_problem(folder, equal);
  configuration.data.problems = {"s_a"};
  configuration.data.terminals = {"nwot", "flops"};
  const auto before = digest_of_a();
  configuration.data.terminals = {"flops", "nwot"};
  EXPECT_NE(digest_of_a(), before);
}

TEST_F(TrainingDigest, TellsWhetherARowIsForTrainingValidationOrTest) {
  const TrainingData data = load();
  ASSERT_FALSE(data.splits[0].validation.empty());
  auto moved = data;
  moved.splits[0].test.insert(moved.splits[0].test.begin(), moved.splits[0].validation.back());
  moved.splits[0].validation.pop_back();
  EXPECT_NE(moved.problem_digests().at("s/a"), data.problem_digests().at("s/a"));
  auto swapped = data;
  std::swap(swapped.splits[0].train, swapped.splits[0].test);
  EXPECT_NE(swapped.problem_digests().at("s/a"), data.problem_digests().at("s/a"));
}

TEST_F(TrainingDigest, OfAProblemIsTheSameWhateverTheOthersAre) {
  const auto before = load();
  write_problem(folder, make_problem("b", 2.0));
  configuration.data.problems = {"s_b", "s_a"};
  const auto after = load();
  EXPECT_EQ(after.problem_digests().at("s/a"), before.problem_digests().at("s/a"));
  EXPECT_NE(after.problem_digests().at("s/b"), before.problem_digests().at("s/b"));
}

TEST_F(TrainingDigest, OfAllDependsOnTheOrderOfProblems) {
  const auto before = load();
  configuration.data.problems = {"s_b", "s_a"};
  const auto after = load();
  EXPECT_EQ(after.problem_digests(), before.problem_digests());
  EXPECT_NE(after.digest(), before.digest());
}

TEST_F(TrainingDigest, IsNoMatterOfCosts) {
  const auto before = load().digest();
  Problem slower = make_problem("a");
  slower.costs_seconds = {3.0, 4.0};
  write_problem(folder, slower);
  EXPECT_EQ(load().digest(), before);
}

TEST(SplitsAsJson, AreListsOfRowsByProblemAndUse) {
  TrainingData data;
  data.dataset.problems.resize(2);
  data.dataset.problems[0].name = "s/z";
  data.dataset.problems[1].name = "s/a";
  data.splits = {{.train = {1, 3}, .validation = {}, .test = {0, 2}}, {.train = {0}, .validation = {2}, .test = {1}}};
  EXPECT_EQ(splits_json(data),
            "{\"s/z\":{\"train\":[1,3],\"validation\":[],\"test\":[0,2]},"
            "\"s/a\":{\"train\":[0],\"validation\":[2],\"test\":[1]}}\n");
}

/// Two terminals over four rows.
Dataset small_dataset() {
  DatasetProblem problem;
  problem.name = "s/t";
  problem.features = {0.1, 0.2, 0.3, std::nan(""), 1.0, 2.0, 3.0, 4.0};
  problem.accuracies = {90.0, 91.0, 92.0, 93.0};
  Dataset dataset;
  dataset.terminals = {"x", "y"};
  dataset.problems = {problem};
  return dataset;
}

TEST(TrainingProblems, HoldTheRowsInTheSplitsOrderTerminalByTerminal) {
  TrainingData data;
  data.dataset = small_dataset();
  data.splits = {{.train = {2, 0, 3}, .validation = {}, .test = {1}}};
  const auto problems = training_problems(data);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].name, "s/t");
  EXPECT_THAT(problems[0].features, ElementsAre(0.3F, 0.1F, IsNan(), 3.0F, 1.0F, 4.0F));
  EXPECT_THAT(problems[0].accuracies, ElementsAre(92.0, 90.0, 93.0));
}

TEST_F(TrainingDataTest, TrainingSeesTheTrainingRowsOfEachProblemAndNoOthers) {
  const auto data = load();
  const auto problems = training_problems(data);
  ASSERT_THAT(problems, SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& train = data.splits[i].train;
    ASSERT_THAT(problems[i].accuracies, SizeIs(train.size()));
    ASSERT_THAT(problems[i].features, SizeIs(2 * train.size()));
    for (std::size_t k = 0; k < train.size(); ++k) {
      // The accuracies 50, 51, ... name their rows.
      EXPECT_EQ(problems[i].accuracies[k], 50.0 + train[k]);
      EXPECT_EQ(problems[i].features[train.size() + k], 100.0F - static_cast<float>(train[k]));
    }
  }
}

TEST(ReportedValues, AreThoseOfTheListedRowsInTheirOrder) {
  const auto dataset = small_dataset();
  const auto formula = parse_formula("y - 2 * x", dataset.terminals);
  EXPECT_THAT(reported_values(formula, dataset.problems[0], Rows{2, 0}), ElementsAre(3.0 - 2 * 0.3, 1.0 - 2 * 0.1));
}

TEST(ReportedValues, AreComputedInDoublePrecision) {
  const auto dataset = small_dataset();
  const auto formula = parse_formula("x * x", dataset.terminals);
  const double value = reported_values(formula, dataset.problems[0], Rows{0}).at(0);
  EXPECT_EQ(value, 0.1 * 0.1);
  EXPECT_NE(value, static_cast<double>(0.1F * 0.1F));
}

TEST(ReportedValues, OfAMissingFeatureAreNotFinite) {
  const auto dataset = small_dataset();
  const auto formula = parse_formula("x + y", dataset.terminals);
  EXPECT_THAT(reported_values(formula, dataset.problems[0], Rows{3}), ElementsAre(IsNan()));
}

TEST(ReportedValues, OfAConstantNeedNoTerminals) {
  DatasetProblem problem;
  problem.accuracies = {1.0, 2.0};
  const auto formula = parse_formula("1.5", {});
  EXPECT_THAT(reported_values(formula, problem, Rows{0, 1}), ElementsAre(1.5, 1.5));
  EXPECT_THAT(reported_values(formula, DatasetProblem(), {}), IsEmpty());
}

TEST(TakenRows, ComeInTheirOrderAndAsOftenAsListed) {
  const std::vector<double> column{10.0, 11.0, 12.0};
  EXPECT_THAT(take_rows(column, Rows{2, 0, 2}), ElementsAre(12.0, 10.0, 12.0));
  EXPECT_THAT(take_rows(column, {}), IsEmpty());
}

}  // namespace
}  // namespace zcmpi
