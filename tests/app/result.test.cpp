#include "zcmpi/app/result.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "support.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/expr/primitive.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

RunResult example() {
  RunResult result;
  result.formula = "nwot + synflow";
  result.formula_simplified = "synflow + nwot";
  result.latex = "\\mathrm{nwot}";
  result.size = 3;
  result.fitness = 0.1 + 0.2;
  result.seed = 18'446'744'073'709'551'615ULL;
  result.islands = 8;
  result.generations = 200;
  result.evaluations = 30;
  result.duplicates = 10;
  result.stopped_by = StoppedBy::max_hours;
  result.terminals = {"nwot", "synflow"};
  result.transform = Transform::standardised;
  result.missing = MissingPolicy::intersection;
  result.target = Target::test_accuracy;
  result.formula_language = formula_language_version;
  result.program_version = "1.2.3";
  result.wall_seconds = 12.5;
  result.phase_seconds = {1, 2, 3, 4, 5, 6, 7};
  ProblemResult problem;
  problem.problem = "nb201/cifar10";
  problem.n_train = 100;
  problem.tau_train = 1.0 / 3.0;
  problem.tau_train_low = 0.25;
  problem.tau_train_high = 0.75;
  problem.n_validation = 20;
  problem.tau_validation = 0.375;
  problem.n_test = 4622;
  problem.tau_test = 0.25;
  problem.tau_test_low = 0.125;
  problem.tau_test_high = 0.375;
  problem.rho_test = 0.5;
  problem.best_terminal = "nwot";
  problem.best_terminal_tau_test = 0.2;
  problem.standards = {{1.5, 0.5}, {-2.0, 1.0 / 3.0}};
  result.problems.push_back(problem);
  result.best_single_terminal = {"synflow", 1.0 / 7.0};
  return result;
}

TEST(Result, WrittenAndReadAgainItIsTheSameToTheLastBit) {
  const TestFolder folder;
  const auto path = folder.path() / "result.json";
  write_result(path, example());
  const RunResult read = read_result(path);
  EXPECT_EQ(to_json(read), to_json(example()));
  EXPECT_EQ(read.seed, example().seed);
  EXPECT_EQ(read.fitness, example().fitness);
  EXPECT_EQ(read.problems.at(0).tau_train, 1.0 / 3.0);
  EXPECT_EQ(read.best_single_terminal.formula, "synflow");
  EXPECT_EQ(read.problems.at(0).standards.at(1).deviation, 1.0 / 3.0);
}

TEST(Result, FromBeforeMigrationWasTimedIsRead) {
  const TestFolder folder;
  const auto path = folder.path() / "result.json";
  auto json = nlohmann::json::parse(to_json(example()));
  json["phase_seconds"].erase("migration");
  std::ofstream(path) << json;
  EXPECT_EQ(read_result(path).phase_seconds, (std::array<double, phase_count>{1, 2, 3, 0, 5, 6, 7}));
}

TEST(Result, AProblemWithoutTestRowsHasNullsThatReadBackAsNone) {
  const TestFolder folder;
  RunResult result = example();
  result.problems[0].tau_test = ProblemResult::none;
  const auto path = folder.path() / "result.json";
  write_result(path, result);
  EXPECT_TRUE(nlohmann::json::parse(read_file(path))["problems"][0]["tau_test"].is_null());
  EXPECT_TRUE(std::isnan(read_result(path).problems[0].tau_test));
}

TEST(Result, StandardsAreThereForStandardisedTerminalsOnly) {
  RunResult result = example();
  EXPECT_THAT(to_json(result), HasSubstr("standards"));
  result.transform = Transform::raw;
  result.problems[0].standards.clear();
  EXPECT_EQ(to_json(result).find("standards"), std::string::npos);
}

/// All keys at any depth whose values differ.
void collect_differences(const nlohmann::json& a, const nlohmann::json& b, std::vector<std::string>& keys) {
  for (const auto& [key, value] : a.items()) {
    if (value != b.at(key)) {
      keys.push_back(key);
    }
  }
}

TEST(Result, TimesAreUnderKeysThatEndInSeconds) {
  RunResult slower = example();
  slower.wall_seconds *= 2;
  slower.phase_seconds[0] *= 2;
  std::vector<std::string> different;
  collect_differences(nlohmann::json::parse(to_json(example())), nlohmann::json::parse(to_json(slower)), different);
  EXPECT_THAT(different, ElementsAre("phase_seconds", "wall_seconds"));
}

TEST(Result, TheFormulaComesFirst) {
  EXPECT_TRUE(to_json(example()).starts_with("{\n  \"formula\": \"nwot + synflow\""));
}

TEST(Result, TheShareOfDuplicatesIsOfAllOffspring) {
  EXPECT_EQ(example().duplicate_share(), 0.25);
  EXPECT_EQ(RunResult().duplicate_share(), 0.0);
}

TEST(Result, AMeanIsOverTheProblemsThatHaveTheFigure) {
  std::vector<ProblemResult> problems(3);
  problems[0].tau_test = 0.25;
  problems[1].tau_test = 0.75;
  EXPECT_EQ(mean_over_problems(problems).tau_test, 0.5);
  EXPECT_TRUE(std::isnan(mean_over_problems(problems).rho_test));
  EXPECT_TRUE(std::isnan(mean_over_problems({}).tau_test));
}

class DamagedResult : public testing::Test {
 protected:
  /// The error that reading the example gives after `change`.
  template <class Change>
  std::string error_after(Change change) const {
    auto json = nlohmann::json::parse(to_json(example()));
    change(json);
    const auto path = folder_.write("result.json", json.dump());
    return input_error_of([&] { read_result(path); });
  }

  TestFolder folder_;
};

TEST_F(DamagedResult, AMissingKeyIsNamed) {
  EXPECT_THAT(error_after([](auto& json) { json.erase("transform"); }),
              AllOf(HasSubstr("result.json"), HasSubstr("\"transform\" is missing")));
}

TEST_F(DamagedResult, AKeyOfAProblemIsNamedWithItsPlace) {
  EXPECT_THAT(error_after([](auto& json) { json["problems"][0]["n_test"] = "many"; }),
              AllOf(HasSubstr("\"problems[0].n_test\" is \"many\""), HasSubstr("expected an integer")));
}

TEST_F(DamagedResult, AnUnknownTransformListsTheKnownOnes) {
  EXPECT_THAT(error_after([](auto& json) { json["transform"] = "log"; }),
              HasSubstr("one of \"raw\", \"signed_log\", \"standardised\""));
}

TEST_F(DamagedResult, AMissingStandardIsNamed) {
  EXPECT_THAT(error_after([](auto& json) { json["problems"][0]["standards"].erase("synflow"); }),
              HasSubstr("missing for synflow"));
}

TEST_F(DamagedResult, AnotherFormulaLanguageIsRefused) {
  EXPECT_THAT(error_after([](auto& json) { json["formula_language"] = formula_language_version + 1; }),
              HasSubstr("formula language"));
}

TEST_F(DamagedResult, WhatIsNotJsonIsSaidToBeNone) {
  const auto path = folder_.write("result.json", "{\"formula\": ");
  EXPECT_THAT(input_error_of([&] { read_result(path); }), AllOf(HasSubstr("result.json"), HasSubstr("not JSON")));
}

TEST_F(DamagedResult, AListIsNoResult) {
  const auto path = folder_.write("result.json", "[]");
  EXPECT_THAT(input_error_of([&] { read_result(path); }), HasSubstr("not an object"));
}

TEST_F(DamagedResult, AMissingFileIsNamed) {
  EXPECT_THAT(input_error_of([&] { read_result(folder_.path() / "none.json"); }), HasSubstr("none.json"));
}

TEST(HallOfFame, FormulasWithCommasAreQuoted) {
  const std::vector<HallOfFameEntry> entries{{1, 0.5, 0.25, "nwot"}, {3, 0.75, ProblemResult::none, "min(nwot, zen)"}};
  EXPECT_EQ(to_csv(entries),
            "size,fitness_train,mean_tau_test,formula\r\n"
            "1,0.5,0.25,nwot\r\n"
            "3,0.75,,\"min(nwot, zen)\"\r\n");
}

TEST(HallOfFame, AnEmptyOneIsAHeader) { EXPECT_EQ(to_csv({}), "size,fitness_train,mean_tau_test,formula\r\n"); }

}  // namespace
}  // namespace zcmpi
