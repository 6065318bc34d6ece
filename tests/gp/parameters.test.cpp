#include "zcmpi/gp/parameters.hpp"

#include <gtest/gtest.h>

#include <array>

namespace zcmpi {
namespace {

const std::array<double, 3> scores{0.6, -0.3, 0.3};

TEST(Aggregate, OfNoScoresIsZero) { EXPECT_EQ(aggregate(Aggregate::mean, {}, {}), 0.0); }
TEST(Aggregate, MeanWeighsProblemsAlike) { EXPECT_DOUBLE_EQ(aggregate(Aggregate::mean, scores, {}), 0.2); }
TEST(Aggregate, MinimumIsTheWorstProblem) { EXPECT_EQ(aggregate(Aggregate::minimum, scores, {}), -0.3); }
TEST(Aggregate, OnlyRatiosOfWeightsMatter) {
  const std::array<double, 3> weights{2, 0, 4};
  const std::array<double, 3> scaled{1, 0, 2};
  EXPECT_DOUBLE_EQ(aggregate(Aggregate::weighted_mean, scores, weights), 0.4);
  EXPECT_DOUBLE_EQ(aggregate(Aggregate::weighted_mean, scores, scaled), 0.4);
}

}  // namespace
}  // namespace zcmpi
