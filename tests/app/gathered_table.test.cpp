#include "gathered_table.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace zcmpi {
namespace {

class GatheredTables : public testing::Test {
 protected:
  [[nodiscard]] std::string own() const { return fmt::format("\"{}\" of rank {}", "a b", world.rank()); }

  const Communicator world{MPI_COMM_WORLD};
};

TEST_F(GatheredTables, HoldWhatEachRankComputedToTheBitOnTheFirst) {
  const double number = 1.0 / 3.0 + world.rank();
  ComputedTable table;
  table.set(own(), "snip", {number, 0.1, {}});
  table.set(own(), "zen", {.seconds = 0.2, .reason = "no path"});
  table.set(own(), "loss", {.value = std::numeric_limits<double>::infinity()});
  table.set("known to all", "snip", {5.0, 0.25, {}});
  const auto all = gather_table(world, table);
  if (world.rank() != 0) {
    EXPECT_TRUE(all.architectures().empty());
    return;
  }
  EXPECT_EQ(all.architectures().size(), static_cast<std::size_t>(world.size()) + 1);
  for (int rank = 0; rank < world.size(); ++rank) {
    const auto name = fmt::format("\"a b\" of rank {}", rank);
    EXPECT_EQ(all.find(name, "snip")->value, 1.0 / 3.0 + rank);
    EXPECT_EQ(all.find(name, "snip")->seconds, 0.1);
    EXPECT_EQ(all.find(name, "zen")->reason, "no path");
    EXPECT_EQ(all.find(name, "zen")->seconds, 0.2);
    EXPECT_EQ(all.find(name, "loss")->value, std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(all.find(name, "loss")->seconds));
    EXPECT_FALSE(all.has(name, "nwot"));
  }
  EXPECT_FALSE(all.has("known to all", "zen"));
  EXPECT_EQ(all.find("known to all", "snip")->value, 5.0);
}

TEST_F(GatheredTables, PreferWhatIsFinal) {
  ComputedTable table;
  const bool is_last = world.rank() == world.size() - 1;
  table.set("a", "snip", is_last ? ComputedValue{.value = 3.0} : ComputedValue{.reason = std::string(no_memory)});
  const auto all = gather_table(world, table);
  if (world.rank() == 0) {
    EXPECT_EQ(all.find("a", "snip")->value, 3.0);
  }
}

TEST_F(GatheredTables, OfRanksThatComputedNothingAreEmpty) {
  ComputedTable table;
  if (world.rank() == world.size() - 1) {
    table.set("a", "snip", {1.0});
  }
  const auto all = gather_table(world, table);
  EXPECT_EQ(all.has("a", "snip"), world.rank() == 0);
  EXPECT_TRUE(gather_table(world, {}).architectures().empty());
}

}  // namespace
}  // namespace zcmpi
