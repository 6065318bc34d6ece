#include "zcmpi/data/table.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>

#include "support.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/hdf5.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::HasSubstr;

void expect_equal(const Problem& actual, const Problem& expected) {
  EXPECT_EQ(actual.name(), expected.name());
  EXPECT_EQ(actual.digest(), expected.digest());
  EXPECT_EQ(actual.architectures, expected.architectures);
  EXPECT_EQ(actual.terminals, expected.terminals);
  EXPECT_THAT(actual.features, testing::Pointwise(testing::NanSensitiveDoubleEq(), expected.features));
  EXPECT_THAT(actual.costs_seconds, testing::Pointwise(testing::NanSensitiveDoubleEq(), expected.costs_seconds));
  EXPECT_EQ(actual.val_accuracy, expected.val_accuracy);
  EXPECT_EQ(actual.test_accuracy, expected.test_accuracy);
  EXPECT_EQ(actual.provenance, expected.provenance);
}

/// Two seeds and three epochs of the three architectures of small_problem; what was not measured is NaN.
LearningCurves small_curves() {
  LearningCurves curves;
  curves.seeds = {7, 8};
  curves.epochs = 3;
  curves.accuracy = {1, 2, 3, 4, 5, 6};
  curves.loss.resize(18);
  std::iota(curves.loss.begin(), curves.loss.end(), 0.25);
  curves.training_accuracy.assign(18, 50.0);
  curves.validation_accuracy.assign(18, std::nan(""));
  curves.validation_accuracy.back() = 6.0;
  return curves;
}

/// Large enough for every dataset to be compressed, over more than one chunk.
Problem large_problem() {
  constexpr std::size_t n = 20000;
  Problem problem;
  problem.space = "large";
  problem.task = "task";
  problem.terminals = {"x", "y"};
  problem.costs_seconds = {1.0, 2.0};
  for (std::size_t i = 0; i < n; ++i) {
    problem.architectures.push_back("architecture " + std::to_string(i));
  }
  problem.features.resize(2 * n);
  std::iota(problem.features.begin(), problem.features.end(), 0.5);
  problem.val_accuracy.assign(problem.features.begin(), problem.features.begin() + n);
  return problem;
}

class Table : public InFolder {
 protected:
  /// Writes a table of small_problem and lets `change` alter the file.
  void damage(const std::function<void(const hdf5::Handle& file)>& change) const {
    write_table(path, std::vector{small_problem()});
    const hdf5::Handle file{H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose};
    change(file);
  }
  static void remove(const hdf5::Handle& file, const std::string& name) {
    hdf5::check(H5Ldelete(file.id(), name.c_str(), H5P_DEFAULT), "remove", file.id());
  }
  [[nodiscard]] std::string error() const {
    return message_of<InputError>([&] { static_cast<void>(read_table(path)); });
  }

  const std::filesystem::path path = folder / "t.h5";
};

TEST_F(Table, LearningCurvesComeBack) {
  Problem problem = small_problem();
  problem.curves = small_curves();
  write_table(path, std::span(&problem, 1));
  const auto read = read_table(path).at(0).curves;
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->seeds, small_curves().seeds);
  EXPECT_EQ(read->epochs, 3U);
  EXPECT_EQ(read->accuracy, small_curves().accuracy);
  EXPECT_EQ(read->loss, small_curves().loss);
  EXPECT_EQ(read->training_accuracy, small_curves().training_accuracy);
  EXPECT_THAT(read->validation_accuracy,
              testing::Pointwise(testing::NanSensitiveDoubleEq(), small_curves().validation_accuracy));
}

TEST_F(Table, ReasonsOfMissingValuesComeBack) {
  Problem problem = small_problem();
  problem.missing_reasons.add(1, 1, "no path");
  write_table(path, std::span(&problem, 1));
  const auto read = read_table(path).at(0).missing_reasons;
  EXPECT_THAT(read.reasons, testing::ElementsAre("no path"));
  ASSERT_EQ(read.places.size(), 1U);
  EXPECT_EQ(read.places[0].terminal, 1U);
  EXPECT_EQ(read.places[0].architecture, 1U);
  EXPECT_EQ(read.places[0].reason, 0U);
}

TEST_F(Table, AReasonOfAValueThatIsThereOrOfNoneIsRefused) {
  Problem problem = small_problem();
  problem.missing_reasons.add(0, 1, "no path");
  EXPECT_THAT(message_of<InputError>([&] { write_table(path, std::span(&problem, 1)); }),
              HasSubstr("the value of flops of the architecture '(1, 2)' is there"));
  problem = small_problem();
  problem.missing_reasons.add(2, 1, "no path");
  EXPECT_THAT(message_of<InputError>([&] { write_table(path, std::span(&problem, 1)); }), HasSubstr("is out of range"));
}

TEST_F(Table, ReasonsWithoutTheirPlacesAreDamage) {
  Problem problem = small_problem();
  problem.missing_reasons.add(1, 1, "no path");
  write_table(path, std::span(&problem, 1));
  const hdf5::Handle file{H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose};
  remove(file, problem.name() + "/missing/architecture");
  EXPECT_THAT(error(), AllOf(HasSubstr("missing"), HasSubstr("the dataset 'architecture' is missing")));
}

TEST_F(Table, LearningCurvesOfOtherSizesAreRefusedBeforeAnythingIsWritten) {
  Problem problem = small_problem();
  problem.curves = small_curves();
  problem.curves->loss.pop_back();
  const std::string said = message_of<InputError>([&] { write_table(path, std::span(&problem, 1)); });
  EXPECT_THAT(said, HasSubstr("it has 17 losses, expected 18"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Table, LearningCurvesThatDoNotFitTheArchitecturesAreDamage) {
  Problem problem = small_problem();
  problem.curves = small_curves();
  write_table(path, std::span(&problem, 1));
  const hdf5::Handle file{H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose};
  remove(file, problem.name() + "/trainings/accuracy");
  EXPECT_THAT(error(), AllOf(HasSubstr("trainings"), HasSubstr("the dataset 'accuracy' is missing")));
}

TEST_F(Table, ProblemsComeBackInTheirOrder) {
  Problem second = small_problem("a", "b");
  second.test_accuracy = {1.0, 2.0, 3.0};
  second.provenance = {{"source", "x.csv"}, {"empty", ""}};
  const std::vector problems{small_problem(), second, large_problem()};
  write_table(path, problems);
  const auto read = read_table(path);
  ASSERT_EQ(read.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    expect_equal(read[i], problems[i]);
  }
}

TEST_F(Table, ATableOfNoProblemsAndProblemsOfNothingComeBack) {
  write_table(path, {});
  EXPECT_TRUE(read_table(path).empty());
  Problem empty;
  empty.space = "s";
  empty.task = "t";
  write_table(path, std::vector{empty});
  expect_equal(read_table(path).at(0), empty);
}

TEST_F(Table, LargeDatasetsAreCompressed) {
  const auto problem = large_problem();
  write_table(path, std::vector{problem});
  EXPECT_LT(std::filesystem::file_size(path), problem.features.size() * sizeof(double));
}

TEST_F(Table, EqualProblemsGiveEqualFiles) {
  write_table(path, std::vector{small_problem(), large_problem()});
  write_table(folder / "again.h5", std::vector{small_problem(), large_problem()});
  EXPECT_EQ(read_file(path), read_file(folder / "again.h5"));
}

TEST_F(Table, WritingLeavesNoTemporaryFile) {
  write_table(path, std::vector{small_problem()});
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(Table, AFailedWriteKeepsTheOldTable) {
  write_table(path, std::vector{small_problem()});
  // A folder in the place of the temporary file.
  std::filesystem::create_directories(folder / "t.h5.tmp");
  EXPECT_THAT(message_of<std::runtime_error>([&] { write_table(path, std::vector{small_problem("other")}); }),
              HasSubstr("cannot open (" + path.string()));
  expect_equal(read_table(path).at(0), small_problem());
}

TEST_F(Table, AFullDiskKeepsTheOldTableAndNothingElse) {
  const std::vector other{small_problem("other")};
  write_table(path, other);
  const auto size = std::filesystem::file_size(path);
  write_table(path, std::vector{small_problem()});
  // At whatever place the disk is full.
  for (rlim_t room = 0; room < size; room += size / 7) {
    const SmallDisk disk(room);
    EXPECT_THAT(message_of<std::runtime_error>([&] { write_table(path, other); }), HasSubstr(path.string()));
    expect_equal(read_table(path).at(0), small_problem());
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  }
}

TEST_F(Table, WritingIntoAMissingFolderNamesTheFile) {
  EXPECT_THAT(
      message_of<std::runtime_error>([&] { write_table(folder / "no" / "t.h5", std::vector{small_problem()}); }),
      HasSubstr("no/t.h5"));
}

TEST_F(Table, AProblemCannotBeWrittenTwice) {
  EXPECT_EQ(message_of<InputError>([&] {
              write_table(path, std::vector{small_problem(), small_problem()});
            }),
            "a table cannot hold a problem twice (toy/task): give one of the two another task");
}

TEST_F(Table, AMissingFileSaysSo) {
  EXPECT_EQ(error(), fmt::format("the feature table does not exist ({})", path.string()));
}

TEST_F(Table, AFileOfAnotherKindSaysSo) {
  write("t.h5", "arch,val_accuracy\n");
  EXPECT_EQ(error(),
            fmt::format("not an HDF5 file ({}): expected a feature table as zcmpi import writes it", path.string()));
}

TEST_F(Table, AnHdf5FileOfAnotherFormatSaysSo) {
  { const auto file = hdf5::create_file(path); }
  EXPECT_THAT(error(), HasSubstr("not a feature table (" + path.string() + "): its attribute 'format' is ''"));
  {
    const auto file = hdf5::create_file(path);
    hdf5::write_text_attribute(file, "format", "zcmpi checkpoint");
  }
  EXPECT_THAT(error(), HasSubstr("its attribute 'format' is 'zcmpi checkpoint', expected 'zcmpi feature table'"));
}

TEST_F(Table, ANewerVersionSaysSo) {
  damage([](const hdf5::Handle& file) {
    H5Adelete(file.id(), "version");
    hdf5::write_attribute<std::uint32_t>(file, "version", 2);
  });
  EXPECT_THAT(error(), AllOf(HasSubstr("is of format version 2 (" + path.string()),
                             HasSubstr("reads up to version 1; use a newer zcmpi")));
}

TEST_F(Table, AMissingPartIsNamed) {
  for (const std::string dataset : {"architectures", "terminals", "features", "costs_seconds"}) {
    damage([&](const hdf5::Handle& file) { remove(file, "toy/task/" + dataset); });
    EXPECT_EQ(error(), fmt::format("the feature table is damaged ({}, toy/task): the dataset '{}' is missing; import "
                                   "it again",
                                   path.string(), dataset));
  }
  damage([](const hdf5::Handle& file) { remove(file, "toy/task"); });
  EXPECT_THAT(error(), HasSubstr("toy/task): the problem's group is missing"));
  damage([](const hdf5::Handle& file) { remove(file, "problems"); });
  EXPECT_THAT(error(), HasSubstr("the dataset 'problems' is missing"));
  damage([](const hdf5::Handle& file) { H5Adelete(file.id(), "version"); });
  EXPECT_THAT(error(), HasSubstr("the attribute 'version' is missing"));
  damage([](const hdf5::Handle& file) { H5Adelete(hdf5::open_group(file, "toy/task").id(), "digest"); });
  EXPECT_THAT(error(), HasSubstr("toy/task): the attribute 'digest' is missing"));
}

TEST_F(Table, AProblemOfFeaturesOnlyComesBackAndIsRefusedWhereAccuraciesAreNeeded) {
  Problem problem = small_problem();
  problem.val_accuracy.clear();
  write_table(path, std::vector{problem});
  const auto read = read_table(path).at(0);
  expect_equal(read, problem);
  EXPECT_THAT(message_of<InputError>([&] { static_cast<void>(read.accuracies(Target::val_accuracy)); }),
              HasSubstr("the problem has features only (toy/task)"));
}

TEST_F(Table, AccuraciesThatWereTakenOutAreMissed) {
  damage([](const hdf5::Handle& file) { remove(file, "toy/task/val_accuracy"); });
  EXPECT_THAT(error(), HasSubstr("its content does not match its digest"));
}

TEST_F(Table, AWrongShapeIsShownBesideTheRightOne) {
  damage([](const hdf5::Handle& file) {
    remove(file, "toy/task/features");
    const std::array<hsize_t, 2> extents{3, 2};
    hdf5::write_array<double>(file, "toy/task/features", std::vector<double>(6), extents, hdf5::contiguous_storage());
  });
  EXPECT_THAT(error(), HasSubstr("toy/task): the dataset 'features' has the extents [3, 2], expected [2, 3]"));
}

TEST_F(Table, AWrongTypeIsAnError) {
  damage([](const hdf5::Handle& file) {
    remove(file, "toy/task/val_accuracy");
    hdf5::write_strings(file, "toy/task/val_accuracy", std::vector<std::string>{"a", "b", "c"}, false);
  });
  EXPECT_THAT(error(), HasSubstr("the feature table cannot be read (" + path.string()));
}

TEST_F(Table, AnAlteredValueIsDetected) {
  damage([](const hdf5::Handle& file) {
    remove(file, "toy/task/val_accuracy");
    const std::array<hsize_t, 1> extents{3};
    hdf5::write_array<double>(file, "toy/task/val_accuracy", std::vector{90.0, 91.5, 89.0}, extents,
                              hdf5::contiguous_storage());
  });
  EXPECT_THAT(error(), HasSubstr("toy/task): its content does not match its digest"));
}

TEST_F(Table, ATruncatedFileIsDetected) {
  write_table(path, std::vector{small_problem()});
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_THAT(error(), AllOf(HasSubstr("cannot be read (" + path.string()), HasSubstr("truncated file")));
}

/// The code block of docs/formats.md that reads a table with h5py.
std::string documented_reader() {
  const auto document = read_file(ZCMPI_FORMATS_DOCUMENT);
  const std::string opening = "```python\n";
  const auto start = document.find(opening, document.find("## Feature tables (HDF5)")) + opening.size();
  return document.substr(start, document.find("```", start) - start);
}

/// A Python with h5py; the first `python3` may be another than the system's. Empty when there is none.
std::string python_with_h5py() {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    if (std::system((python + " -c 'import h5py, numpy' > /dev/null 2>&1").c_str()) == 0) {
      return python;
    }
  }
  return {};
}

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer{};
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), count);
  }
  ::pclose(pipe);
  return output;
}

TEST_F(Table, TheDocumentedLinesReadItWithH5py) {
  const auto python = python_with_h5py();
  if (python.empty()) {
    GTEST_SKIP() << "python3 with h5py is not installed (Debian: python3-h5py)";
  }
  Problem problem = small_problem();
  problem.provenance = {{"source", "x.csv"}};
  problem.features[4] = 3.5;
  problem.costs_seconds[1] = 2.0;
  write_table(folder / "table.h5", std::vector{problem});
  write("read.py", documented_reader());
  EXPECT_EQ(output_of(fmt::format("cd '{}' && {} -W error read.py", folder.string(), python)),
            "toy/task flops {'a': 1.0, '(1, 2)': -2.5, 'c': 10000000000.0} 0.5\n"
            "toy/task nwot {'a': 0.25, '(1, 2)': 3.5, 'c': 0.75} 2.0\n"
            "toy/task [90.   91.5  89.25] {'source': 'x.csv'}\n");
  problem.val_accuracy.clear();
  write_table(folder / "table.h5", std::vector{problem});
  EXPECT_THAT(output_of(fmt::format("cd '{}' && {} -W error read.py", folder.string(), python)),
              HasSubstr("\ntoy/task None {'source': 'x.csv'}\n"));
}

}  // namespace
}  // namespace zcmpi
