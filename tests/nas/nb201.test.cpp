#include "zcmpi/nas/nb201.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::refusal;

const SearchSpace& space() { return find_space("nb201"); }

TEST(Nb201Cells, HaveTheirKeysInAnotherOrderThanTheirStrings) {
  const std::string string = "|avg_pool_3x3~0|+|skip_connect~0|none~1|+|nor_conv_1x1~0|avg_pool_3x3~1|nor_conv_1x1~2|";
  const Nb201Cell cell = parse_nb201_cell("(4, 0, 3, 1, 4, 3)");
  EXPECT_EQ(to_text(cell), string);
  EXPECT_EQ(to_key(parse_nb201_cell(string)), "(4, 0, 3, 1, 4, 3)");
  EXPECT_EQ(cell.operation(0, 2), Nb201Operation::skip_connect);
  EXPECT_EQ(cell.operation(1, 2), Nb201Operation::none);
  EXPECT_EQ(cell.operation(2, 3), Nb201Operation::nor_conv_1x1);
}

TEST(Nb201Cells, AreReadFromListsAndWithoutSpaces) {
  const Nb201Cell cell = parse_nb201_cell("(4, 0, 3, 1, 4, 3)");
  EXPECT_EQ(parse_nb201_cell("[4,0,3,1,4,3]"), cell);
  EXPECT_EQ(parse_nb201_cell(" ( 4, 0 , 3, 1, 4, 3, ) "), cell);
}

TEST(Nb201Cells, AreReadWithBlanksBetweenTheirNodes) {
  EXPECT_EQ(parse_nb201_cell("|none~0| + |skip_connect~0|none~1| + | none ~0|nor_conv_1x1~1 |none~2|"),
            parse_nb201_cell("|none~0|+|skip_connect~0|none~1|+|none~0|nor_conv_1x1~1|none~2|"));
}

TEST(Nb201Cells, BecomeArchitecturesAndBack) {
  for (std::uint64_t i = 0; i < space().size(); ++i) {
    const Architecture architecture = space().at(i);
    ASSERT_EQ(to_architecture(to_nb201_cell(architecture)), architecture);
  }
}

TEST(Nb201, HasTwentyFourNeighboursOfEachCell) {
  for (std::uint64_t i = 0; i < space().size(); i += 97) {
    EXPECT_EQ(space().neighbours(space().at(i)).size(), 24U);
  }
}

TEST(Nb201, Has6466ClassesAsTheBenchmarkCountsThem) {
  std::set<Architecture> classes;
  for (std::uint64_t i = 0; i < space().size(); ++i) {
    classes.insert(space().canonical(space().at(i)));
  }
  EXPECT_EQ(classes.size(), 6'466U);
}

TEST(Nb201, Has9445CellsWithoutUnreachableOperations) {
  std::size_t count = 0;
  for (std::uint64_t i = 0; i < space().size(); ++i) {
    count += space().unreachable_operations(space().at(i)) == 0 ? 1U : 0U;
  }
  EXPECT_EQ(count, 9'445U);
}

std::size_t unreachable(const char* text) { return space().unreachable_operations(space().parse(text)); }

TEST(UnreachableOperationsOfNb201, LeadNowhereOrComeFromNowhere) {
  EXPECT_EQ(unreachable("|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"), 1U)
      << "node 1 leads nowhere";
  EXPECT_EQ(unreachable("|none~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"), 2U)
      << "nodes 1 and 2 are fed by nothing";
  EXPECT_EQ(unreachable("|skip_connect~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|"), 0U);
}

TEST(UnreachableOperationsOfNb201, AreAllThatThereAreInACellWithoutAPath) {
  EXPECT_EQ(unreachable("|nor_conv_3x3~0|+|avg_pool_3x3~0|skip_connect~1|+|none~0|none~1|none~2|"), 3U);
  EXPECT_EQ(unreachable("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"), 0U);
}

void expect_same(const char* a, const char* b) {
  EXPECT_EQ(space().canonical(space().parse(a)), space().canonical(space().parse(b))) << a << " and " << b;
}

TEST(ClassesOfNb201, SeeThroughSkipConnections) {
  // The same convolution, before or after the skip connection.
  expect_same("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|skip_connect~1|none~2|",
              "|skip_connect~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|none~2|");
}

TEST(ClassesOfNb201, SeeNoOperationOnAnEdgeFromNothing) {
  expect_same("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|avg_pool_3x3~1|none~2|",
              "|none~0|+|none~0|none~1|+|nor_conv_3x3~0|nor_conv_1x1~1|none~2|");
}

TEST(ClassesOfNb201, SumInAnyOrder) {
  // Node 1 is the input itself, so that nodes 2 and 3 may take from either.
  expect_same("|skip_connect~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|none~0|none~1|nor_conv_1x1~2|",
              "|skip_connect~0|+|avg_pool_3x3~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_1x1~2|");
}

TEST(ClassesOfNb201, TellOperationsApart) {
  const auto canonical = [](const char* text) { return space().canonical(space().parse(text)); };
  EXPECT_NE(canonical("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|"),
            canonical("|none~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|"));
}

TEST(Nb201, RefusesAnUnknownOperationAndSuggestsOne) {
  EXPECT_THAT(refusal("nb201", "|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_conect~1|+|none~0|none~1|none~2|"),
              AllOf(HasSubstr("unknown operation 'skip_conect' at column 34, did you mean 'skip_connect'?"),
                    HasSubstr("expected |op~0|+|op~0|op~1|+|op~0|op~1|op~2|")));
}

TEST(Nb201, RefusesAWrongOriginOrSeparatorOrTail) {
  EXPECT_THAT(refusal("nb201", "|none~1|+"), HasSubstr("no '~0' at column 6"));
  EXPECT_THAT(refusal("nb201", "|none~0||none~0|"), HasSubstr("no '+' at column 9"));
  EXPECT_THAT(refusal("nb201", "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|+"),
              HasSubstr("more follows at column 48"));
}

TEST(Nb201, RefusesKeysOfOtherNumbers) {
  EXPECT_THAT(refusal("nb201", "(1, 2, 3)"), HasSubstr("3 operation ids (nb201 architecture '(1, 2, 3)')"));
  EXPECT_THAT(refusal("nb201", "(0, 0, 0, 0, 0, 5)"), HasSubstr("no number of 0 to 4 at column 17"));
  EXPECT_THAT(refusal("nb201", "(0, 0, 0, 0, 0, 'a')"), HasSubstr("no number of 0 to 4 at column 17"));
  EXPECT_THAT(refusal("nb201", "7"), HasSubstr("neither a tuple nor a list"));
}

TEST(Nb201, RefusesGenesBeyondItsChoices) {
  EXPECT_EQ(testing_support::message_of([] {
              space().validate({{0, 1, 2, 5, 0, 0}});
            }),
            "gene 3 is 5 (nb201 architecture '(0, 1, 2, 5, 0, 0)'): expected 0 to 4");
  EXPECT_EQ(testing_support::message_of([] {
              space().validate({{0, 1}});
            }),
            "2 genes (nb201 architecture '(0, 1)'): expected 6");
}

}  // namespace
}  // namespace zcmpi
