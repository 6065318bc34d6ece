#include "schedule.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "networks/builder.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using Place = NetworkBuilder::Place;

constexpr ImageShape image{4, 8, 8};

TEST(Schedule, ComputesALayerOnceThatIsThereTwice) {
  NetworkBuilder builder(image);
  const Place first = builder.relu(NetworkBuilder::input());
  const Place second = builder.relu(NetworkBuilder::input());
  const Place sum = builder.add(std::vector{first, second});
  const Schedule schedule(builder.finish(sum, 2));
  EXPECT_TRUE(schedule.is_computed(first));
  EXPECT_FALSE(schedule.is_computed(second));
  EXPECT_EQ(schedule.multiplicity(first), 2U);
  EXPECT_THAT(schedule.inputs(sum), ElementsAre(first, first));
  EXPECT_EQ(schedule.readers(first), 2U);
  EXPECT_EQ(schedule.readers(NetworkBuilder::input()), 1U);
}

TEST(Schedule, TellsPoolsOfDifferentWindowsApart) {
  NetworkBuilder builder(image);
  const Place narrow = builder.average_pool(NetworkBuilder::input(), 1, 1, 0);
  const Place wide = builder.average_pool(NetworkBuilder::input(), 3, 1, 1);
  const Place largest = builder.max_pool(NetworkBuilder::input(), 3, 1, 1);
  const Schedule schedule(builder.finish(builder.add(std::vector{narrow, wide, largest}), 2));
  EXPECT_TRUE(schedule.is_computed(narrow) && schedule.is_computed(wide) && schedule.is_computed(largest));
}

TEST(Schedule, NeverJoinsLayersWithWeights) {
  NetworkBuilder builder(image);
  const Place first = builder.convolution(NetworkBuilder::input(), {.channels = 4});
  const Place second = builder.convolution(NetworkBuilder::input(), {.channels = 4});
  const Schedule schedule(builder.finish(builder.add(std::vector{first, second}), 2));
  EXPECT_TRUE(schedule.is_computed(first) && schedule.is_computed(second));
}

}  // namespace
}  // namespace zcmpi
