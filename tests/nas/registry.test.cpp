#include <gmock/gmock.h>

#include <algorithm>

#include "support.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {
namespace {

using testing_support::message_of;

TEST(TheRegistry, HoldsTheFiveSpacesByName) {
  std::vector<std::string> names;
  for (const auto& space : search_spaces()) {
    names.emplace_back(space->name());
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"nb101", "nb201", "nb301", "tnb101-macro", "tnb101-micro"}));
  EXPECT_TRUE(std::ranges::is_sorted(names));
}

TEST(TheRegistry, FindsASpaceByItsName) {
  for (const auto& space : search_spaces()) {
    EXPECT_EQ(&find_space(space->name()), space.get());
  }
}

TEST(TheRegistry, CorrectsAMistypedName) {
  EXPECT_EQ(message_of([] { find_space("nb210"); }), "unknown search space 'nb210': did you mean 'nb201'?");
}

TEST(TheRegistry, ListsTheNamesWhenNoneIsNear) {
  EXPECT_THAT(message_of([] { find_space("mobilenet"); }),
              testing::StartsWith("unknown search space 'mobilenet': expected one of nb101, nb201, nb301,"));
}

TEST(TheSizes, AreThoseOfTheBenchmarks) {
  EXPECT_EQ(find_space("nb101").size(), 423'624U);
  EXPECT_EQ(find_space("nb201").size(), 15'625U);
  // (2 over 2) (3 over 2) (4 over 2) (5 over 2) input pairs and 7^8 operations, for each of two cells.
  EXPECT_EQ(find_space("nb301").size(), 1'037'664'180ULL * 1'037'664'180ULL);
  EXPECT_EQ(find_space("tnb101-micro").size(), 4'096U);
  EXPECT_EQ(find_space("tnb101-macro").size(), 3'256U);
}

}  // namespace
}  // namespace zcmpi
