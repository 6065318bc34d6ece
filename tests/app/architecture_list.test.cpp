#include "architecture_list.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "support.hpp"
#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSubsetOf;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAreArray;

class ArchitectureList : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] std::vector<std::string> list(const std::string& spec) const {
    return list_architectures(space, spec, {});
  }
  [[nodiscard]] std::string error(const std::string& spec) const {
    return input_error_of([&] { static_cast<void>(list(spec)); });
  }
  [[nodiscard]] Problem forty() const {
    Problem problem;
    for (std::uint64_t i = 0; i < 40; ++i) {
      problem.architectures.push_back(space.print(space.at(100 * i)));
    }
    return problem;
  }
  [[nodiscard]] std::string write(const std::string& name, const std::string& content) const {
    replace_file(folder / name, content);
    return (folder / name).string();
  }

  const SearchSpace& space = find_space("tnb101-micro");
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("zcmpi_list_" + std::to_string(::getpid()));
};

TEST_F(ArchitectureList, AllIsTheWholeSpace) { EXPECT_THAT(list("all"), SizeIs(space.size())); }

TEST_F(ArchitectureList, RandomOnesDifferAndDependOnTheSeed) {
  const auto drawn = list("random:500");
  EXPECT_THAT(std::set(drawn.begin(), drawn.end()), SizeIs(500));
  EXPECT_EQ(list("random:500:1"), drawn);
  EXPECT_NE(list("random:500:2"), drawn);
  EXPECT_THAT(list("random:4096"), SizeIs(4096));
  EXPECT_THAT(error("random:4097"), HasSubstr("at most 4096 can be drawn"));
  EXPECT_THAT(error("random:x"), HasSubstr("expected random:N or random:N:SEED"));
  EXPECT_THAT(error("random:0"), HasSubstr("there is no architecture in it"));
}

TEST_F(ArchitectureList, RandomOnesAmongThoseWithAnAccuracyDependOnTheSeedAndNotOnTheOrderOfTheTable) {
  Problem known = forty();
  const auto draw = [&](const std::string& spec) { return list_architectures(space, spec, {}, known, "t.csv"); };
  const auto drawn = draw("random:20");
  EXPECT_THAT(std::set(drawn.begin(), drawn.end()), SizeIs(20));
  EXPECT_THAT(drawn, IsSubsetOf(known.architectures));
  EXPECT_NE(draw("random:20:2"), drawn);
  EXPECT_THAT(draw("random:40"), UnorderedElementsAreArray(known.architectures));
  EXPECT_THAT(input_error_of([&] { draw("random:41"); }),
              AllOf(HasSubstr("40 architectures have an accuracy (t.csv)"), HasSubstr("at most 40 can be drawn")));
  EXPECT_THAT(draw("all"), SizeIs(space.size()));
  std::ranges::reverse(known.architectures);
  EXPECT_EQ(draw("random:20:1"), drawn);
}

TEST_F(ArchitectureList, MoreRandomOnesBeginWithTheFewer) {
  const Problem known = forty();
  for (const bool among_known : {false, true}) {
    const auto draw = [&](const std::string& spec) {
      return among_known ? list_architectures(space, spec, {}, known, "t.csv") : list(spec);
    };
    auto more = draw("random:30");
    more.resize(10);
    EXPECT_EQ(more, draw("random:10"));
  }
}

TEST_F(ArchitectureList, AFileHasOneALineAndEachComesOnceAsTheSpacePrintsIt) {
  const auto first = space.print(space.at(5));
  const auto second = space.print(space.at(3));
  EXPECT_THAT(list(write("a.txt", "# mine\n  # and\n \n" + first + "\n\n" + second + " \r\n" + first + "\n")),
              ElementsAre(first, second));
}

TEST_F(ArchitectureList, AByteOrderMarkIsPassedOver) {
  const auto first = space.print(space.at(5));
  EXPECT_THAT(list(write("a.txt", "\xef\xbb\xbf" + first + "\n")), ElementsAre(first));
}

TEST_F(ArchitectureList, OneArchitectureIsAListOfOneUnlessAFileHasItsName) {
  const auto first = space.print(space.at(5));
  EXPECT_THAT(list(first), ElementsAre(first));
  EXPECT_THAT(list(" " + space.text_forms(space.at(5)).back().text), ElementsAre(first));
}

TEST_F(ArchitectureList, AWrongLineIsNamed) {
  const auto path = write("a.txt", space.print(space.at(5)) + "\nno architecture\n");
  EXPECT_THAT(error(path), HasSubstr(path + ", line 2: "));
}

TEST_F(ArchitectureList, ALineOfAnotherSpaceHasAHintWhichItIs) {
  const auto path = write("a.txt", std::string(find_space("nb201").example()) + "\n");
  EXPECT_THAT(error(path), AllOf(HasSubstr(path + ", line 1: "), HasSubstr("this one looks like nb201 (--space)")));
  EXPECT_THAT(error(write("b.txt", "no architecture\n")), Not(HasSubstr("looks like")));
}

TEST_F(ArchitectureList, AFileThatIsNotThereIsSaidToBeReadAsOneAndWhatListsAre) {
  for (const std::string name : {"absent.txt", "absent"}) {
    const auto path = (folder / name).string();
    EXPECT_THAT(error(path), AllOf(HasSubstr("--archs " + path + ": read as the name of a file, which does not exist"),
                                   HasSubstr("expected all, random:N, random:N:SEED, a table")));
  }
  EXPECT_THAT(error(folder.string()), HasSubstr("read as the name of a file, which is none"));
}

TEST_F(ArchitectureList, AMistypedArchitectureIsToldAsOne) {
  EXPECT_THAT(error("(2, 0, 3, 1, 2, 5)"), AllOf(HasSubstr("--archs: "), HasSubstr("at column 17")));
  EXPECT_THAT(error("|none~0|+|none~0|none~1|+|none~0|none~1|none~3|"), HasSubstr("tnb101-micro architecture"));
  EXPECT_THAT(error("(1, 2, 4, 2)"), HasSubstr("this one looks like tnb101-macro (--space)"));
  EXPECT_THAT(error("64-1242-basic"), HasSubstr("this one looks like tnb101-macro (--space)"));
  EXPECT_THAT(error("(2.0, 0, 3, 1, 2, 3)"), HasSubstr("at column 3"));
  EXPECT_THAT(error("|none~0|+|none~0|none/~1|+|none~0|none~1|none~2|"), HasSubstr("tnb101-micro architecture"));
  EXPECT_THAT(error("nb2O1_cifar10"), HasSubstr("the table was not found"));
  // Longer than the name of a file.
  EXPECT_THAT(error("(" + std::string(300, '1') + ")"), HasSubstr("tnb101-micro architecture"));
  EXPECT_THAT(error(std::string(300, 'x')), Not(HasSubstr("tnb101-micro architecture")));
  const auto first = space.print(space.at(5));
  const auto table = write("2024_run.csv", "arch,x,val_accuracy\n\"" + first + "\",1,1\n");
  EXPECT_THAT(input_error_of([&] { list_architectures(space, "2024_run", std::vector{folder}); }),
              HasSubstr("the table has no problem of the space tnb101-micro"))
      << table;
}

TEST_F(ArchitectureList, WhatIsWrongIsToldOfTheSettingThatSaidIt) {
  const auto said = [&](const std::string& spec) {
    return input_error_of(
        [&] { static_cast<void>(list_architectures(space, spec, {}, forty(), "t.csv", "architectures")); });
  };
  EXPECT_THAT(said("random:none"), StartsWith("architectures random:none: expected random:N"));
  EXPECT_THAT(said("random:41"), StartsWith("architectures random:41: 40 architectures have an accuracy (t.csv)"));
  EXPECT_THAT(said("absent.txt"), StartsWith("architectures absent.txt: read as the name of a file"));
  EXPECT_THAT(said("(1, 2, 4, 9)"), StartsWith("architectures: "));
}

TEST_F(ArchitectureList, ATableGivesItsArchitectures) {
  const auto first = space.print(space.at(5));
  EXPECT_THAT(list(write("t.csv", "arch,val_accuracy\n\"" + first + "\",1\n")), ElementsAre(first));
  EXPECT_THAT(error((folder / "absent.h5").string()), HasSubstr("the table was not found"));
}

TEST_F(ArchitectureList, OfACsvTheColumnArchIsEnough) {
  const auto first = space.print(space.at(5));
  const auto second = space.print(space.at(7));
  EXPECT_THAT(list(write("a.csv", "number, arch ,note\n1,\"" + first + "\",a word\n2,\"" + second + "\",\n")),
              ElementsAre(first, second));
  EXPECT_THAT(error(write("b.csv", "number,name\n1,2\n")), HasSubstr("the header has no column 'arch'"));
  EXPECT_THAT(error(write("c.csv", "number,arch\n1\n")), HasSubstr("the architecture is missing"));
  const auto path = write("d.csv", "arch,val_accuracy\nno architecture,1\n");
  EXPECT_THAT(error(path), HasSubstr(path + ", row 1: "));
}

}  // namespace
}  // namespace zcmpi
