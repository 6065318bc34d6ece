#include "zcmpi/core/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace zcmpi {
namespace {

using ::testing::ElementsAre;

TEST(EditDistance, CountsSingleEdits) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("island", "ilsand"), 1U);
  EXPECT_EQ(edit_distance("NWOT", "nwot"), 0U);
}

TEST(SuggestNearest, FindsTheNameThatWasMeant) {
  const std::vector<std::string> keys{"population", "generations", "islands", "seed"};
  EXPECT_EQ(suggest_nearest("ilsands", keys), "islands");
  EXPECT_EQ(suggest_nearest("popluation", keys), "population");
  EXPECT_EQ(suggest_nearest("Seeds", keys), "seed");
}

TEST(SuggestNearest, SaysNothingWhenAllAreFar) {
  const std::vector<std::string> keys{"population", "seed", "x"};
  EXPECT_EQ(suggest_nearest("temperature", keys), std::nullopt);
  EXPECT_EQ(suggest_nearest("y", keys), std::nullopt);
  EXPECT_EQ(suggest_nearest("seed", std::vector<std::string>{}), std::nullopt);
}

TEST(SuggestNearest, PrefersTheFirstOfEquals) {
  const std::vector<std::string> keys{"snip1", "snip2"};
  EXPECT_EQ(suggest_nearest("snip3", keys), "snip1");
}

TEST(Suggestion, NamesTheNearestOrSaysWhatElseThereIs) {
  const std::vector<std::string> keys{"population", "seed"};
  EXPECT_EQ(suggestion("sede", keys, "see the list"), "did you mean 'seed'?");
  EXPECT_EQ(suggestion("temperature", keys, "see the list"), "see the list");
  EXPECT_EQ(suggestion("temperature", keys), "expected one of population, seed");
  EXPECT_EQ(suggestion("temperature", std::vector<std::string>{}), "there are none");
}

TEST(SplitAtCommas, KeepsEveryPartWithoutTheBlanksAroundIt) {
  EXPECT_THAT(split_at_commas("a"), ElementsAre("a"));
  EXPECT_THAT(split_at_commas(" a , b c,d\n"), ElementsAre("a", "b c", "d"));
  EXPECT_THAT(split_at_commas("a,,b,"), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split_at_commas(" "), ElementsAre(""));
}

TEST(Join, PutsTheSeparatorBetween) {
  EXPECT_EQ(join(std::vector<std::string>{}, ", "), "");
  EXPECT_EQ(join(std::vector<std::string>{"a"}, ", "), "a");
  EXPECT_EQ(join(std::vector<std::string>{"a", "b", "c"}, ", "), "a, b, c");
}

TEST(CountOf, OneThingIsNoPlural) {
  EXPECT_EQ(count_of(0, "rank"), "0 ranks");
  EXPECT_EQ(count_of(1, "rank"), "1 rank");
  EXPECT_EQ(count_of(2, "rank"), "2 ranks");
}

TEST(ListSome, NamesFiveAndCountsTheOthers) {
  EXPECT_EQ(list_some(std::vector<std::string>{"a"}), "'a'");
  EXPECT_EQ(list_some(std::vector<std::string>{"a", "b", "c", "d", "e"}), "'a', 'b', 'c', 'd', 'e'");
  EXPECT_EQ(list_some(std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g"}),
            "'a', 'b', 'c', 'd', 'e' and 2 more");
}

}  // namespace
}  // namespace zcmpi
