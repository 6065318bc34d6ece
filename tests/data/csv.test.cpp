#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <cmath>

#include "support.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

class Csv : public InFolder {
 protected:
  [[nodiscard]] Problem read(std::string_view text) const { return read_csv(write("t.csv", text), "s", "t"); }
  [[nodiscard]] std::string error_of(std::string_view text) const {
    return message_of<InputError>([&] { static_cast<void>(read(text)); });
  }
};

TEST_F(Csv, ColumnsAreTakenByName) {
  const auto problem = read("flops,test_accuracy,arch,val_accuracy,nwot\n1,60,a,50,3\n2,61,b,51,4\n");
  EXPECT_EQ(problem.name(), "s/t");
  EXPECT_THAT(problem.terminals, ElementsAre("flops", "nwot"));
  EXPECT_THAT(problem.architectures, ElementsAre("a", "b"));
  EXPECT_THAT(problem.features, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(problem.val_accuracy, ElementsAre(50, 51));
  EXPECT_THAT(problem.test_accuracy, ElementsAre(60, 61));
  EXPECT_TRUE(std::ranges::all_of(problem.costs_seconds, [](double x) { return std::isnan(x); }));
}

TEST_F(Csv, ColumnsMayHaveOtherNamesAndBeLeftOut) {
  const auto path = write("t.csv", "hash,cell,nwot,acc,time (s),val_accuracy\nf00,a,1,50,9 s,7\nf01,b,2,51,,8\n");
  const auto problem = read_csv(path, "s", "t",
                                {.architecture = "cell",
                                 .val_accuracy = "acc",
                                 .test_accuracy = "val_accuracy",
                                 .left_out = {"hash", "time (s)"}});
  EXPECT_THAT(problem.architectures, ElementsAre("a", "b"));
  EXPECT_THAT(problem.terminals, ElementsAre("nwot"));
  EXPECT_THAT(problem.features, ElementsAre(1, 2));
  EXPECT_THAT(problem.val_accuracy, ElementsAre(50, 51));
  EXPECT_THAT(problem.test_accuracy, ElementsAre(7, 8));
}

TEST_F(Csv, ColumnsThatAreNamedMustBeThereAndBeOneThing) {
  const auto path = write("t.csv", "cell,nwot,acc\na,1,50\na,2,60\n");
  const auto error = [&](const CsvColumns& columns) {
    return message_of<InputError>([&] { static_cast<void>(read_csv(path, "s", "t", columns)); });
  };
  EXPECT_THAT(error({}), HasSubstr("no column 'arch' (" + path.string() +
                                   ", line 1): expected arch,<terminals>,val_accuracy[,test_accuracy]"));
  EXPECT_THAT(error({.architecture = "cell"}), HasSubstr("no column 'val_accuracy'"));
  EXPECT_THAT(error({.architecture = "cell", .val_accuracy = "acc", .test_accuracy = "test"}),
              AllOf(HasSubstr("no column 'test'"), HasSubstr("expected cell,<terminals>,acc[,test]")));
  EXPECT_THAT(error({.architecture = "cell", .val_accuracy = "acc", .left_out = {"time"}}),
              HasSubstr("no column 'time'"));
  EXPECT_THAT(error({.architecture = "cell", .val_accuracy = "acc", .left_out = {"acc"}}),
              HasSubstr("the column 'acc' is named for two things"));
  EXPECT_THAT(error({.architecture = "cell", .val_accuracy = "acc"}),
              AllOf(HasSubstr("'a' occurs twice"), HasSubstr("line 3, column 'cell'")));
}

TEST_F(Csv, AHeaderAloneIsAProblemWithoutArchitectures) {
  EXPECT_EQ(read("arch,x,val_accuracy\n").size(), 0U);
  EXPECT_EQ(read("arch,x,val_accuracy").size(), 0U);
}

TEST_F(Csv, AProblemMayHaveNoTerminals) { EXPECT_EQ(read("arch,val_accuracy\na,1\n").size(), 1U); }

TEST_F(Csv, QuotedFieldsMayHoldCommasQuotesAndLineBreaks) {
  const auto problem = read("arch,x,val_accuracy\n\"(0, 1)\",\"2\",3\n\"say \"\"b\"\"\",2,3\n\"two\nlines\",2,3\n");
  EXPECT_THAT(problem.architectures, ElementsAre("(0, 1)", "say \"b\"", "two\nlines"));
  EXPECT_THAT(problem.features, ElementsAre(2, 2, 2));
}

TEST_F(Csv, LineEndsByteOrderMarkAndAMissingLastNewlineDoNotMatter) {
  const auto plain = read("arch,x,val_accuracy\na,1,2\nb,3,4\n").digest();
  EXPECT_EQ(read("arch,x,val_accuracy\r\na,1,2\r\nb,3,4\r\n").digest(), plain);
  EXPECT_EQ(read("arch,x,val_accuracy\na,1,2\nb,3,4").digest(), plain);
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "arch,x,val_accuracy\na,1,2\nb,3,4\n")
                .digest(),
            plain);
}

TEST_F(Csv, WhatIsNoUsableNumberIsAMissingFeature) {
  const auto problem =
      read("arch,x,val_accuracy\na,,1\nb,nan,1\nc,NaN,1\nd,inf,1\ne,-inf,1\nf,-1e8,1\ng,-100000000.0,1\nh, ,1\n");
  EXPECT_TRUE(std::ranges::all_of(problem.features, [](double x) { return std::isnan(x); }));
}

TEST_F(Csv, NumbersAreReadToTheLastBit) {
  EXPECT_THAT(read("arch,x,val_accuracy\na,0.1,+1.5\nb, -2.5e-3 ,5e-324\n").features, ElementsAre(0.1, -2.5e-3));
}

TEST_F(Csv, TheLocaleDoesNotMatter) {
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  if (std::setlocale(LC_NUMERIC, "de_DE.UTF-8") == nullptr) {
    GTEST_SKIP() << "the locale de_DE.UTF-8 is not installed";
  }
  const auto problem = read("arch,x,val_accuracy\na,0.5,1\n");
  std::setlocale(LC_NUMERIC, before.c_str());
  EXPECT_THAT(problem.features, ElementsAre(0.5));
}

TEST_F(Csv, ItsProvenanceNamesTheSourceAndItsDigest) {
  const auto provenance = read("arch,val_accuracy\na,1\n").provenance;
  EXPECT_EQ(provenance.at("source"), "t.csv");
  EXPECT_EQ(provenance.at("source_format"), "CSV");
  EXPECT_EQ(provenance.at("source_digest").size(), 16U);
}

TEST_F(Csv, AFieldThatIsNoNumberIsNamedWithLineAndColumn) {
  EXPECT_THAT(error_of("arch,x,val_accuracy\na,1,2\nb,1.5.2,2\n"),
              AllOf(HasSubstr("'1.5.2' is not a number"), HasSubstr("t.csv, line 3, column 'x')")));
  EXPECT_THAT(error_of("arch,x,val_accuracy\na,0x10,2\n"), HasSubstr("'0x10' is not a number"));
  EXPECT_THAT(error_of("arch,x,val_accuracy\na,1e999,2\n"), HasSubstr("'1e999' is not a number"));
  EXPECT_THAT(error_of("arch,x,val_accuracy\na,+-1,2\n"), HasSubstr("'+-1' is not a number"));
}

TEST_F(Csv, LinesAreCountedThroughQuotedLineBreaks) {
  EXPECT_THAT(error_of("arch,x,val_accuracy\n\"a\n\n\",1,2\nb,oops,2\n"), HasSubstr("line 5, column 'x'"));
}

TEST_F(Csv, ADifferentNumberOfFieldsIsAnError) {
  EXPECT_THAT(error_of("arch,x,val_accuracy\na,1\n"),
              AllOf(HasSubstr("the record has 2 fields"), HasSubstr("line 2): expected 3 as in the header")));
  EXPECT_THAT(error_of("arch,x,val_accuracy\na,1,2,3\n"), HasSubstr("the record has 4 fields"));
  EXPECT_THAT(error_of("arch,x,val_accuracy\n\na,1,2\n"), HasSubstr("the record has 1 field ("));
}

TEST_F(Csv, AMissingAccuracyIsAnError) {
  for (const std::string bad : {"", "nan", "inf", "-1e8"}) {
    EXPECT_THAT(error_of("arch,x,val_accuracy\na,1," + bad + "\n"),
                AllOf(HasSubstr("the accuracy '" + bad + "' is missing"), HasSubstr("line 2, column 'val_accuracy'")));
  }
  EXPECT_THAT(error_of("arch,val_accuracy,test_accuracy\na,1,\n"), HasSubstr("line 2, column 'test_accuracy'"));
}

TEST_F(Csv, AnArchitectureThatOccursTwiceIsNamedWithBothLines) {
  EXPECT_THAT(error_of("arch,val_accuracy\na,1\nb,1\na,2\n"),
              AllOf(HasSubstr("the architecture 'a' occurs twice"), HasSubstr("line 4"), HasSubstr("on line 2 too")));
  EXPECT_THAT(error_of("arch,val_accuracy\n,1\n"), HasSubstr("the architecture is missing"));
}

TEST_F(Csv, AHeaderWithoutANeededColumnIsAnError) {
  EXPECT_THAT(error_of("architecture,x,val_accuracy\n"), HasSubstr("the header has no column 'arch'"));
  EXPECT_THAT(error_of("arch,x,accuracy\n"), AllOf(HasSubstr("the header has no column 'val_accuracy'"),
                                                   HasSubstr("`zcmpi import csv` can be told other names of columns")));
  EXPECT_THAT(error_of(""), HasSubstr("the file is empty"));
}

TEST_F(Csv, AHeaderWithUnusableNamesIsAnError) {
  EXPECT_THAT(error_of("arch,x,x,val_accuracy\n"), HasSubstr("the column 'x' occurs twice"));
  EXPECT_THAT(error_of("arch,my proxy,val_accuracy\n"),
              AllOf(HasSubstr("line 1, column 2"), HasSubstr("'my proxy' is no name for a terminal")));
}

TEST_F(Csv, BrokenQuotingIsAnError) {
  EXPECT_THAT(error_of("arch,val_accuracy\n\"a,1\n"), HasSubstr("a quoted field does not end"));
  EXPECT_THAT(error_of("arch,val_accuracy\n\"a\"b,1\n"), HasSubstr("text follows a closing quotation mark"));
  EXPECT_THAT(error_of("arch,val_accuracy\na\"b\",1\n"), HasSubstr("a quotation mark stands inside a field"));
  EXPECT_THAT(error_of("arch,val_accuracy\ra,1\r"), HasSubstr("a carriage return stands alone"));
}

TEST_F(Csv, AMissingFileIsNamed) {
  EXPECT_THAT(message_of<InputError>([&] { static_cast<void>(read_csv(folder / "none.csv", "s", "t")); }),
              HasSubstr("none.csv"));
}

TEST(RealCsv, EveryBenchmarkTableIsRead) {
  ZCMPI_SKIP_WITHOUT_REAL_DATA();
  const auto folder = real_data_folder();
  const auto nb101 = read_csv(folder / "nb101_cifar10.csv", "nb101", "cifar10");
  EXPECT_EQ(nb101.size(), 146U);
  EXPECT_EQ(nb101.terminals.size(), 11U);
  EXPECT_THAT(nb101.architectures[0], EndsWith("4, 2, 3, 3, 2, 1)"));
  EXPECT_EQ(nb101.feature(*nb101.find_terminal("flops"))[0], 268.100288);

  const auto nb201 = read_csv(folder / "nb201_cifar10.csv", "nb201", "cifar10");
  EXPECT_EQ(nb201.size(), 4722U);
  EXPECT_EQ(nb201.terminals.size(), 13U);
  EXPECT_EQ(nb201.val_accuracy[0], 84.26);
  EXPECT_EQ(nb201.test_accuracy[0], 88.21666666666668);
}

}  // namespace
}  // namespace zcmpi
