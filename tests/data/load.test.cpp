#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "support.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class LoadingProblems : public InFolder {
 protected:
  [[nodiscard]] std::vector<std::string> names(const std::string& reference,
                                               const std::vector<std::filesystem::path>& folders = {}) const {
    std::vector<std::string> found;
    for (const auto& problem : load_problems(reference, folders)) {
      found.push_back(problem.name());
    }
    return found;
  }
  [[nodiscard]] std::string error(const std::string& reference,
                                  const std::vector<std::filesystem::path>& folders = {}) const {
    return message_of<InputError>([&] { static_cast<void>(load_problems(reference, folders)); });
  }
  std::filesystem::path write_csv(const std::string& name, double accuracy = 1.0) const {
    return write(name, "arch,x,val_accuracy\na,1," + std::to_string(accuracy) + "\n");
  }

  const std::vector<Problem> two{small_problem("nb201", "cifar10"), small_problem("nb201", "cifar100")};
};

TEST_F(LoadingProblems, ATableMeansAllOfItsProblems) {
  write_table(folder / "t.h5", two);
  EXPECT_THAT(names(folder / "t.h5"), ElementsAre("nb201/cifar10", "nb201/cifar100"));
}

TEST_F(LoadingProblems, OneProblemOfATableIsNamedAfterAColon) {
  write_table(folder / "t.h5", two);
  EXPECT_THAT(names((folder / "t.h5").string() + ":nb201/cifar100"), ElementsAre("nb201/cifar100"));
}

TEST_F(LoadingProblems, ACsvIsNamedByItsFileSplitAtTheFirstUnderscore) {
  EXPECT_THAT(names(write_csv("tnb101-macro_class_object.csv")), ElementsAre("tnb101-macro/class_object"));
  EXPECT_THAT(names(write_csv("nb201_imagenet16-120.csv")), ElementsAre("nb201/imagenet16-120"));
}

TEST_F(LoadingProblems, ABareNameIsLookedForInTheFoldersInTheirOrder) {
  std::filesystem::create_directories(folder / "1");
  std::filesystem::create_directories(folder / "2");
  write_csv("2/a_b.csv", 2.0);
  EXPECT_EQ(load_problems("a_b", std::vector{folder / "1", folder / "2"}).at(0).val_accuracy.at(0), 2.0);
  write_csv("1/a_b.csv", 1.0);
  EXPECT_EQ(load_problems("a_b", std::vector{folder / "1", folder / "2"}).at(0).val_accuracy.at(0), 1.0);
}

TEST_F(LoadingProblems, ATableIsPreferredToACsvOfTheSameName) {
  write_csv("nb201_cifar10.csv");
  write_table(folder / "nb201_cifar10.h5", std::vector{two[0]});
  EXPECT_EQ(load_problems("nb201_cifar10", std::vector{folder}).at(0).size(), 3U);
}

TEST_F(LoadingProblems, AFileNameIsLookedForInTheFoldersToo) {
  write_csv("nb201_cifar10.csv");
  EXPECT_THAT(names("nb201_cifar10.csv", {folder}), ElementsAre("nb201/cifar10"));
}

TEST_F(LoadingProblems, WhatIsThereButNoTableIsSaidToBeNone) {
  EXPECT_THAT(error(write("result.json", "{}").string()),
              AllOf(HasSubstr("not a table (" + (folder / "result.json").string() + "): its name ends in neither"),
                    Not(HasSubstr("not found"))));
  EXPECT_THAT(error(folder.string(), {folder}), HasSubstr("it is a folder"));
}

TEST_F(LoadingProblems, WhatIsNotFoundListsWhereItLooked) {
  EXPECT_THAT(error("a_b", {folder / "1", folder / "2"}),
              AllOf(HasSubstr("the table was not found (a_b): looked for " + (folder / "1/a_b.h5").string() + ", " +
                              (folder / "1/a_b.csv").string() + ", " + (folder / "2/a_b.h5").string()),
                    HasSubstr("--data")));
  EXPECT_THAT(error((folder / "x.h5").string()), HasSubstr("looked for " + (folder / "x.h5").string()));
  EXPECT_THAT(error("a_b"), HasSubstr("there is no folder to look in"));
}

TEST_F(LoadingProblems, AMistypedNameIsCorrected) {
  write_csv("nb201_cifar10.csv");
  EXPECT_THAT(error("nb201_cifra10", {folder}), HasSubstr("did you mean 'nb201_cifar10'?"));
  write_table(folder / "t.h5", two);
  EXPECT_THAT(
      error((folder / "t.h5").string() + ":nb201/cifar1000"),
      AllOf(HasSubstr("the table has no problem 'nb201/cifar1000'"), HasSubstr("did you mean 'nb201/cifar100'?")));
  EXPECT_THAT(error((folder / "t.h5").string() + ":"), HasSubstr("expected one of nb201/cifar10, nb201/cifar100"));
}

TEST_F(LoadingProblems, ACsvWhoseNameSaysNoTaskIsAnError) {
  EXPECT_THAT(error(write_csv("table.csv")), HasSubstr("expected <space>_<task>.csv"));
}

TEST_F(LoadingProblems, ADamagedTableIsAnErrorAndNotPassedOver) {
  write("nb201_cifar10.h5", "nonsense");
  write_csv("nb201_cifar10.csv");
  EXPECT_THAT(error("nb201_cifar10", {folder}), HasSubstr("not an HDF5 file"));
}

TEST(LoadingRealProblems, AllThirteenAreFoundByTheirNames) {
  ZCMPI_SKIP_WITHOUT_REAL_DATA();
  const std::vector folders{real_data_folder()};
  std::size_t rows = 0;
  for (const auto* name :
       {"nb101_cifar10", "nb201_cifar10", "nb201_cifar100", "nb201_imagenet16-120", "nb301_cifar10",
        "tnb101-macro_class_object", "tnb101-macro_class_scene", "tnb101-macro_jigsaw", "tnb101-macro_room_layout",
        "tnb101-micro_class_object", "tnb101-micro_class_scene", "tnb101-micro_jigsaw", "tnb101-micro_room_layout"}) {
    rows += load_problems(name, folders).at(0).size();
  }
  EXPECT_EQ(rows, 13120U);
}

}  // namespace
}  // namespace zcmpi
