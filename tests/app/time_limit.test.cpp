#include "time_limit.hpp"

#include <gtest/gtest.h>

namespace zcmpi {
namespace {

TEST(TimeLimit, CountsFromTheStartThatItIsGiven) {
  const auto start = TimeLimit::Clock::now() - std::chrono::minutes(40);
  const double left = TimeLimit(1.0, start).seconds_left().value();
  EXPECT_LE(left, 1200.0);
  EXPECT_GT(left, 1100.0);
  EXPECT_LT(TimeLimit(0.5, start).seconds_left().value(), 0.0);
}

TEST(TimeLimit, OfNoHoursIsNone) { EXPECT_FALSE(TimeLimit(0.0).seconds_left()); }

}  // namespace
}  // namespace zcmpi
