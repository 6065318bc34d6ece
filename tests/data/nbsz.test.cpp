#include "zcmpi/data/nbsz.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "support.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

const NbszOptions toy{"toy", "task"};

class Nbsz : public InFolder {
 protected:
  [[nodiscard]] std::vector<Problem> read(std::string_view text, const NbszOptions& options = toy) const {
    return read_nbsz(write("f.json", text), options);
  }
  [[nodiscard]] std::string error_of(std::string_view text, const NbszOptions& options = toy) const {
    return message_of<InputError>([&] { static_cast<void>(read(text, options)); });
  }
};

TEST_F(Nbsz, TheReleaseLayoutIsRead) {
  const auto problems = read(R"json({"CIFAR10": {
      "(0, 1)": {"idx": "7", "arch": "(0, 1)", "flops": {"score": 1.5, "time": 0.25}, "val_accuracy": 90},
      "(0, 2)": {
  "idx" : "8", "arch" : "(0, 2)", "flops" : {"score" : 2.5, "time" : 0.75}, "val_accuracy" : 91, "nwot" : {
    "score" : -3, "time" : 1
  }}},
    "jigsaw": {
  "(0, 1)" : { "nwot" : {"time" : 2.0, "score" : 5}, "val_accuracy" : -0.5 }
}
})json");
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].name(), "toy/cifar10");
  EXPECT_THAT(problems[0].architectures, ElementsAre("(0, 1)", "(0, 2)"));
  EXPECT_THAT(problems[0].terminals, ElementsAre("flops", "nwot"));
  EXPECT_THAT(problems[0].features, ElementsAre(1.5, 2.5, IsNan(), -3.0));
  EXPECT_THAT(problems[0].costs_seconds, ElementsAre(0.5, 1.0));
  EXPECT_THAT(problems[0].val_accuracy, ElementsAre(90.0, 91.0));
  EXPECT_EQ(problems[1].name(), "toy/jigsaw");
  EXPECT_THAT(problems[1].features, ElementsAre(5.0));
}

TEST_F(Nbsz, TheLayoutWithALevelOfSpacesIsRead) {
  const auto problems = read(R"json({"nasbench101": {"cifar10": {
      "(1, 0)": {"flops": 1.5, "val_accuracy": 90}, "(1, 1)": {
    "val_accuracy" : 91, "flops" : 2}
}
}
, "other" : {
  "cifar10" : {
    "x" : { "flops" : 3, "val_accuracy" : 1 }
  }
}
})json");
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].name(), "nb101/cifar10");
  EXPECT_THAT(problems[0].architectures, ElementsAre("(1, 0)", "(1, 1)"));
  EXPECT_THAT(problems[0].features, ElementsAre(1.5, 2.0));
  EXPECT_THAT(problems[0].costs_seconds, ElementsAre(IsNan()));
  EXPECT_EQ(problems[1].name(), "other/cifar10");
}

TEST_F(Nbsz, TheListOfARunIsRead) {
  const auto problems = read(R"json([
      {"idx": "3", "arch": "(0, 1)", "flops": {"score": 1.5, "time": 0.25}, "val_accuracy": 90},
      {"idx": 4, "arch": "(0, 2)", "flops": {"score": 2, "time": 0.75}, "val_accuracy": 80}])json");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].name(), "toy/task");
  EXPECT_THAT(problems[0].architectures, ElementsAre("(0, 1)", "(0, 2)"));
  EXPECT_THAT(problems[0].features, ElementsAre(1.5, 2.0));
}

TEST_F(Nbsz, AProxyThatComesFirstDoesNotHideTheLayout) {
  EXPECT_EQ(read(R"json({"t": {"a": {"x": {"score": 1, "time": 2}, "val_accuracy": 3}}})json").at(0).name(), "toy/t");
}

TEST_F(Nbsz, WhatIsNoUsableScoreIsMissing) {
  const auto problem = read(R"json([
      {"arch": "a", "x": {"score": -1e8, "time": 1}, "val_accuracy": 1},
      {"arch": "b", "x": {"score": -100000000, "time": 3}, "val_accuracy": 1},
      {"arch": "c", "x": {"score": NaN, "time": NaN}, "val_accuracy": 1},
      {"arch": "d", "x": {"score": Infinity, "time": null}, "val_accuracy": 1},
      {"arch": "e", "x": {"score":-Infinity}, "val_accuracy": 1},
      {"arch": "f", "x": null, "val_accuracy": 1},
      {"arch": "g", "val_accuracy": 1},
      {"arch": "h", "x": {"score": 5, "time": 2}, "val_accuracy": 1}])json")
                           .at(0);
  EXPECT_THAT(problem.features, ElementsAre(IsNan(), IsNan(), IsNan(), IsNan(), IsNan(), IsNan(), IsNan(), 5.0));
  EXPECT_THAT(problem.costs_seconds, ElementsAre(2.0));
}

TEST_F(Nbsz, TextThatLooksLikeALiteralStaysText) {
  const auto problem =
      read(R"json([{"arch": "NaN \"Infinity\" -Infinity \\", "NaN": 2, "val_accuracy": 1}])json").at(0);
  EXPECT_THAT(problem.architectures, ElementsAre(R"json(NaN "Infinity" -Infinity \)json"));
  EXPECT_THAT(problem.terminals, ElementsAre("NaN"));
}

TEST_F(Nbsz, ABrokenLiteralIsASyntaxError) {
  for (const std::string broken : {"Na", "NaNN", "Inf", "-Inf5", "-NaN", "1NaN", "Infinity1"}) {
    EXPECT_THAT(error_of(R"json([{"arch": "a", "x": )json" + broken + "}]"), HasSubstr("not valid JSON")) << broken;
  }
}

TEST_F(Nbsz, LiteralsAreFoundAcrossTheBlocksOfTheStream) {
  // Every alignment of the literal to the end of a block of 64 KiB.
  for (std::size_t shift = 0; shift < 12; ++shift) {
    const std::string start = R"json([{"arch": "a", "x":)json";
    const std::string padding(65536 - start.size() - shift, ' ');
    const auto problem = read(start + padding + R"json(-Infinity, "y": 2, "val_accuracy": 1}])json").at(0);
    EXPECT_THAT(problem.features, ElementsAre(IsNan(), 2.0)) << shift;
  }
}

TEST_F(Nbsz, TestAccuracyIsTakenWhenEveryRowHasIt) {
  const auto complete = read(R"json([{"arch": "a", "val_accuracy": 1, "test_accuracy": 2}])json").at(0);
  EXPECT_THAT(complete.test_accuracy, ElementsAre(2.0));
  const auto log = warnings_of(folder, [&] {
    const auto partial =
        read(R"json([{"arch": "a", "val_accuracy": 1, "test_accuracy": 2}, {"arch": "b", "val_accuracy": 1}])json")
            .at(0);
    EXPECT_TRUE(partial.test_accuracy.empty());
  });
  EXPECT_THAT(log, HasSubstr("test_accuracy is left out, because 1 of 2 rows lack it"));
}

TEST_F(Nbsz, RowsWithoutAccuracyAreLeftOutAndCounted) {
  const auto log = warnings_of(folder, [&] {
    const auto problem = read(R"json([{"arch": "a", "x": 1}, {"arch": "b", "x": 2, "val_accuracy": 5},
                                  {"arch": "c", "x": 3, "val_accuracy": NaN}])json")
                             .at(0);
    EXPECT_THAT(problem.architectures, ElementsAre("b"));
    EXPECT_THAT(problem.features, ElementsAre(2.0));
  });
  EXPECT_THAT(log, HasSubstr("2 rows without val_accuracy left out"));
}

TEST_F(Nbsz, TheSpaceComesFromTheFilesName) {
  const std::map<std::string, std::string> spaces{{"zc_nasbench101.json", "nb101"},
                                                  {"zc_nasbench101_full.json", "nb101"},
                                                  {"zc_nasbench201.json", "nb201"},
                                                  {"zc_nasbench301.json", "nb301"},
                                                  {"zc_transbench101_micro.json", "tnb101-micro"},
                                                  {"zc_transbench101_macro.json", "tnb101-macro"}};
  for (const auto& [file, space] : spaces) {
    const auto path = write(file, R"json({"t": {"a": {"val_accuracy": 1}}})json");
    EXPECT_EQ(read_nbsz(path, {}).at(0).space, space);
  }
}

TEST_F(Nbsz, AnUnknownSpaceOrTaskIsAnError) {
  EXPECT_THAT(error_of(R"json({"t": {"a": {"val_accuracy": 1}}})json", {}),
              AllOf(HasSubstr("the search space is not known"), HasSubstr("f.json"), HasSubstr("--space")));
  EXPECT_THAT(error_of(R"json([{"arch": "a", "val_accuracy": 1}])json", {"s", ""}),
              AllOf(HasSubstr("the task is not known"), HasSubstr("--task")));
}

TEST_F(Nbsz, ItsProvenanceNamesTheSourceAndItsDigest) {
  const auto provenance = read(R"json([{"arch": "a", "val_accuracy": 1}])json").at(0).provenance;
  EXPECT_EQ(provenance.at("source"), "f.json");
  EXPECT_THAT(provenance.at("source_format"), HasSubstr("list of a run"));
  EXPECT_EQ(provenance.at("source_digest").size(), 16U);
}

TEST_F(Nbsz, FilesThatBreakOffAreNamedWithTheByte) {
  const std::string whole = R"json({"t": {"a": {"x": {"score": 1, "time": 2}, "val_accuracy": 1}}})json";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(error_of(whole.substr(0, size)),
                AllOf(HasSubstr("not valid JSON"), HasSubstr("f.json, byte " + std::to_string(size) + ")")));
  }
}

TEST_F(Nbsz, TextAfterTheEndIsAnError) {
  EXPECT_THAT(error_of(R"json([{"arch": "a", "val_accuracy": 1}] x)json"), HasSubstr("not valid JSON"));
}

TEST_F(Nbsz, JsonOfAnotherShapeIsAnErrorThatSaysWhere) {
  EXPECT_THAT(error_of("1"), HasSubstr("a plain value is not expected here"));
  EXPECT_THAT(error_of(R"json({"t": 1})json"),
              AllOf(HasSubstr("a plain value is not expected here"), HasSubstr("at t)")));
  EXPECT_THAT(error_of(R"json({"t": {"a": [1]}})json"),
              AllOf(HasSubstr("a list is not expected here"), HasSubstr("t > a")));
  EXPECT_THAT(error_of("[[1]]"), HasSubstr("a list is not expected here"));
  EXPECT_THAT(error_of(R"json([{"x": 1}])json"), HasSubstr("a row has no 'arch'"));
  EXPECT_THAT(error_of(R"json([{"arch": "a", "x": "high"}])json"), HasSubstr("a text is not expected here"));
  EXPECT_THAT(error_of(R"json([{"arch": "a", "x": true}])json"), HasSubstr("a truth value is not expected here"));
  EXPECT_THAT(error_of(R"json([{"arch": "a", "x": {"value": 1}}])json"), HasSubstr("list > x > value"));
  EXPECT_THAT(error_of(R"json({"1":{"2":{"3":{"4":{"5":{"6":1}}}}}})json"), HasSubstr("nested too deeply"));
}

TEST_F(Nbsz, AFileWithoutRowsIsAnError) {
  for (const auto* text : {"{}", "[]", R"({"t": {}})", R"({"t": {"a": {}}})"}) {
    EXPECT_THAT(error_of(text), HasSubstr("no architecture with a val_accuracy was found"));
  }
}

TEST_F(Nbsz, AnArchitectureThatOccursTwiceIsAnError) {
  EXPECT_THAT(error_of(R"json([{"arch": "a", "val_accuracy": 1}, {"arch": "a", "val_accuracy": 2}])json"),
              AllOf(HasSubstr("f.json, toy/task"), HasSubstr("the architecture 'a' occurs twice")));
}

TEST_F(Nbsz, AMissingFileIsNamed) {
  EXPECT_THAT(message_of<InputError>([&] { static_cast<void>(read_nbsz(folder / "none.json", {})); }),
              HasSubstr("none.json"));
}

/// Every value of the JSON's problem that a row of the CSV has too, must be there as the CSV has it; the CSVs went
/// through a decimal number of fewer digits. Returns how many values were compared.
std::size_t expect_values_of(const Problem& json, const Problem& csv) {
  std::map<std::string, std::size_t> rows;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    rows.emplace(csv.architectures[i], i);
  }
  std::size_t compared = 0;
  for (std::size_t i = 0; i < json.size(); ++i) {
    // nb301's JSON writes lists where the CSV has tuples.
    std::string architecture = json.architectures[i];
    std::ranges::replace(architecture, '[', '(');
    std::ranges::replace(architecture, ']', ')');
    const auto row = rows.find(architecture);
    if (row == rows.end()) {
      continue;
    }
    EXPECT_NEAR(json.val_accuracy[i], csv.val_accuracy[row->second], 1e-12 * std::abs(json.val_accuracy[i]));
    for (std::size_t t = 0; t < json.terminals.size(); ++t) {
      const double value = csv.feature(*csv.find_terminal(json.terminals[t]))[row->second];
      EXPECT_NEAR(json.feature(t)[i], value, 1e-12 * std::abs(value)) << json.terminals[t] << " of " << architecture;
      ++compared;
    }
  }
  return compared;
}

TEST(RealNbsz, EveryFileIsRead) {
  ZCMPI_SKIP_WITHOUT_REAL_DATA();
  std::map<std::string, std::size_t> sizes;
  for (const auto* file : {"zc_nasbench101_oldschema", "zc_nasbench201", "zc_nasbench301", "zc_transbench101_macro",
                           "zc_transbench101_micro"}) {
    for (const auto& problem : read_nbsz(real_data_folder() / "nbsz" / (file + std::string(".json")), {})) {
      sizes[problem.name()] = problem.size();
    }
  }
  EXPECT_EQ(sizes, (std::map<std::string, std::size_t>{{"nb101/cifar10", 146},
                                                       {"nb201/cifar10", 244},
                                                       {"nb201/cifar100", 362},
                                                       {"nb201/imagenet16-120", 225},
                                                       {"nb301/cifar10", 362},
                                                       {"tnb101-macro/class_object", 331},
                                                       {"tnb101-macro/class_scene", 331},
                                                       {"tnb101-macro/jigsaw", 362},
                                                       {"tnb101-macro/room_layout", 362},
                                                       {"tnb101-micro/class_object", 355},
                                                       {"tnb101-micro/class_scene", 355},
                                                       {"tnb101-micro/jigsaw", 355},
                                                       {"tnb101-micro/room_layout", 355}}));
}

TEST(RealNbsz, ValuesEqualThoseOfTheCsvTables) {
  ZCMPI_SKIP_WITHOUT_REAL_DATA();
  const auto folder = real_data_folder();
  const auto nb101 = read_nbsz(folder / "nbsz/zc_nasbench101_oldschema.json", {}).at(0);
  EXPECT_EQ(expect_values_of(nb101, read_csv(folder / "nb101_cifar10.csv", "nb101", "cifar10")), 146U * 11U);
  const auto nb301 = read_nbsz(folder / "nbsz/zc_nasbench301.json", {}).at(0);
  EXPECT_EQ(expect_values_of(nb301, read_csv(folder / "nb301_cifar10.csv", "nb301", "cifar10")), 362U * 11U);
}

TEST(RealNbsz, TheFirstNetOfNb201HasItsScoresAndSeconds) {
  ZCMPI_SKIP_WITHOUT_REAL_DATA();
  const auto problem = read_nbsz(real_data_folder() / "nbsz/zc_nasbench201.json", {}).at(0);
  EXPECT_EQ(problem.architectures[0], "(4, 0, 4, 1, 2, 0)");
  EXPECT_EQ(problem.val_accuracy[0], 83.62);
  EXPECT_EQ(problem.feature(*problem.find_terminal("flops"))[0], 46.343872);
  EXPECT_EQ(problem.feature(*problem.find_terminal("synflow"))[0], 50.552935028232156);
  const double seconds = problem.costs_seconds[*problem.find_terminal("grasp")];
  EXPECT_GT(seconds, 0.1);
  EXPECT_LT(seconds, 10.0);
}

}  // namespace
}  // namespace zcmpi
