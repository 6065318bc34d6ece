#include "zcmpi/data/computed_table.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ComputedValue failed{.seconds = 0.5, .reason = "no path"};

TEST(ComputedTable, ACellIsNotComputedAValueOrMissingWithAReason) {
  ComputedTable table;
  table.set("a", "snip", {1.5, 0.25, {}});
  table.set("b", "zen", failed);
  ASSERT_TRUE(table.find("a", "snip"));
  EXPECT_EQ(table.find("a", "snip")->value, 1.5);
  EXPECT_EQ(table.find("a", "snip")->seconds, 0.25);
  EXPECT_EQ(table.find("a", "snip")->reason, "");
  ASSERT_TRUE(table.find("b", "zen"));
  EXPECT_TRUE(std::isnan(table.find("b", "zen")->value));
  EXPECT_EQ(table.find("b", "zen")->seconds, 0.5);
  EXPECT_EQ(table.find("b", "zen")->reason, "no path");
  EXPECT_FALSE(table.has("a", "zen"));
  EXPECT_FALSE(table.has("b", "snip"));
  EXPECT_FALSE(table.has("c", "snip"));
  EXPECT_EQ(table.find("a", "nwot"), std::nullopt);
}

TEST(ComputedTable, RowsAndColumnsStayInTheOrderInWhichTheyCame) {
  ComputedTable table;
  table.set("z", "snip", {1.0});
  table.set("a", "nwot", {2.0});
  table.set("z", "nwot", failed);
  EXPECT_THAT(table.architectures(), ElementsAre("z", "a"));
  EXPECT_THAT(table.columns(), ElementsAre("snip", "nwot"));
  ASSERT_EQ(table.column(0).size(), 2U);
  EXPECT_EQ(table.column(0)[1].state, ComputedTable::State::not_computed);
  EXPECT_EQ(table.column(1)[0].state, ComputedTable::State::missing);
  EXPECT_EQ(table.column(1)[1].state, ComputedTable::State::value);
}

TEST(ComputedTable, AReasonIsKeptOnceHoweverOftenItOccurs) {
  ComputedTable table;
  for (const char* architecture : {"a", "b", "c"}) {
    table.set(architecture, "snip", failed);
    table.set(architecture, "zen", failed);
  }
  EXPECT_THAT(table.reasons(), ElementsAre("no path"));
}

TEST(ComputedTable, ASecondValueReplacesTheFirst) {
  ComputedTable table;
  table.set("a", "snip", failed);
  table.set("a", "snip", {2.0});
  EXPECT_EQ(table.find("a", "snip")->value, 2.0);
  EXPECT_EQ(table.find("a", "snip")->reason, "");
}

TEST(ComputedTable, MergingTakesWhatIsNotThereYet) {
  ComputedTable table;
  table.set("a", "snip", {1.0});
  ComputedTable other;
  other.set("a", "snip", {9.0});
  other.set("a", "zen", failed);
  other.set("b", "zen", {2.0});
  table.merge(other);
  EXPECT_EQ(table.find("a", "snip")->value, 1.0);
  EXPECT_EQ(table.find("a", "zen")->reason, "no path");
  EXPECT_EQ(table.find("b", "zen")->value, 2.0);
  EXPECT_FALSE(table.has("b", "snip"));
  table.merge(ComputedTable());
  EXPECT_THAT(table.architectures(), ElementsAre("a", "b"));
}

TEST(ComputedTable, MergingPrefersWhatIsFinalToWhatTheMemoryDidNotSufficeFor) {
  const ComputedValue no_room{.seconds = 0.5, .reason = std::string(no_memory)};
  ComputedTable table;
  table.set("a", "snip", no_room);
  table.set("b", "snip", no_room);
  table.set("c", "snip", {1.0});
  table.set("d", "snip", no_room);
  ComputedTable other;
  other.set("a", "snip", {2.0});
  other.set("b", "snip", failed);
  other.set("c", "snip", no_room);
  other.set("d", "snip", no_room);
  table.merge(other);
  EXPECT_EQ(table.find("a", "snip")->value, 2.0);
  EXPECT_EQ(table.find("b", "snip")->reason, "no path");
  EXPECT_EQ(table.find("c", "snip")->value, 1.0);
  EXPECT_EQ(table.find("d", "snip")->reason, no_memory);
}

TEST(ComputedTable, ReasonsOfTheMachineAreNotFinal) {
  EXPECT_TRUE(ComputedValue{.value = 1.0}.is_final());
  EXPECT_TRUE(failed.is_final());
  EXPECT_FALSE(ComputedValue{.reason = std::string(no_memory)}.is_final());
  EXPECT_FALSE(ComputedValue{.reason = std::string(no_memory) + ", it seems (LibTorch: cuDNN error)"}.is_final());
  EXPECT_FALSE(ComputedValue{.reason = std::string(accident) + "LibTorch: CUDA error"}.is_final());
}

TEST(ComputedTable, AnEmptyOneHasNothing) {
  EXPECT_THAT(ComputedTable().architectures(), IsEmpty());
  EXPECT_FALSE(ComputedTable().has("a", "b"));
}

#if defined(ZCMPI_CONTRACTS)
TEST(ComputedTable, AValueThatIsNoNumberNeedsAReason) {
  ComputedTable table;
  EXPECT_THROW(table.set("a", "snip", {std::nan("")}), ContractError);
  EXPECT_THROW(table.set("a", "snip", {1.0, 0.0, "why"}), ContractError);
  EXPECT_THROW(table.set("", "snip", {1.0}), ContractError);
}
#endif

}  // namespace
}  // namespace zcmpi
