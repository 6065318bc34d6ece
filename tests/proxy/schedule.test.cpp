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

TEST(Schedule, AConvolutionIsScaleInvariantWhenAllItsWaysLeadIntoBatchNorms) {
  NetworkBuilder builder(image);
  const Place normalised = builder.convolution(NetworkBuilder::input(), {.channels = 4});
  const Place depthwise = builder.convolution(builder.batch_norm(normalised), {.channels = 4, .groups = 4});
  const Place pointwise = builder.convolution(depthwise, {.channels = 4});
  const Place both = builder.convolution(builder.batch_norm(pointwise), {.channels = 4});
  const Place sum = builder.add(std::vector{both, builder.batch_norm(both)});
  const Schedule schedule(builder.finish(sum, 2));
  EXPECT_TRUE(schedule.is_scale_invariant(normalised));
  EXPECT_TRUE(schedule.is_scale_invariant(depthwise));
  EXPECT_TRUE(schedule.is_scale_invariant(pointwise));
  EXPECT_FALSE(schedule.is_scale_invariant(both)) << "one of its ways leads past the batch norm";
  EXPECT_FALSE(schedule.is_scale_invariant(sum + 2)) << "the classifier's scale changes the logits";
}

TEST(Schedule, APartOfAConcatenationIsScaleInvariantOnlyBeforeABatchNorm) {
  NetworkBuilder builder(image);
  const Place a = builder.convolution(NetworkBuilder::input(), {.channels = 2});
  const Place b = builder.convolution(NetworkBuilder::input(), {.channels = 2});
  const Place joined = builder.batch_norm(builder.concatenate(std::vector{a, b}));
  const Place c = builder.convolution(joined, {.channels = 2});
  const Place d = builder.convolution(joined, {.channels = 2});
  const Place mixed = builder.convolution(builder.concatenate(std::vector{c, d}), {.channels = 4});
  const Schedule schedule(builder.finish(builder.batch_norm(mixed), 2));
  EXPECT_TRUE(schedule.is_scale_invariant(a));
  EXPECT_TRUE(schedule.is_scale_invariant(b));
  EXPECT_FALSE(schedule.is_scale_invariant(c)) << "it is mixed with d, whose scale stays";
  EXPECT_TRUE(schedule.is_scale_invariant(mixed));
}

}  // namespace
}  // namespace zcmpi
