#include "zcmpi/app/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::Gt;
using testing::HasSubstr;
using testing::Le;
using testing::Optional;

/// 2024-02-03 12:00:00 UTC, a Saturday.
const WallTime noon = std::chrono::system_clock::from_time_t(1706961600);

class ProgressTexts : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

Progress halfway() {
  Progress progress;
  progress.generation = 100;
  progress.last_generation = 200;
  progress.best_fitness = 0.59123;
  progress.median_fitness = 0.554;
  progress.evaluations = 400'000;
  progress.elapsed_seconds = 40.0;
  return progress;
}

TEST_F(ProgressTexts, TheLineHasAllParts) {
  EXPECT_EQ(progress_line(halfway(), noon, 100),
            "generation 100/200  best 0.5912  median 0.5540  10k formulas/s  40 s left");
}

TEST_F(ProgressTexts, ANarrowLineLosesWholePartsFromItsEnd) {
  EXPECT_EQ(progress_line(halfway(), noon, 50), "generation 100/200  best 0.5912  median 0.5540");
  EXPECT_EQ(progress_line(halfway(), noon, 5), "gener");
  EXPECT_EQ(progress_line(halfway(), noon, 0), "");
}

TEST_F(ProgressTexts, BeforeTheFirstGenerationNeitherTimeNorSpeedIsPromised) {
  Progress progress;
  progress.last_generation = 200;
  progress.evaluations = 1000;
  progress.elapsed_seconds = 1e-6;
  EXPECT_EQ(seconds_left(progress), std::nullopt);
  EXPECT_EQ(progress_line(progress, noon, 100), "generation 0/200  best 0.0000  median 0.0000");
}

TEST_F(ProgressTexts, AResumedRunCountsItsOwnPartOnly) {
  Progress progress = halfway();
  progress.first_generation = 90;
  EXPECT_DOUBLE_EQ(seconds_left(progress).value(), 400.0);
}

TEST_F(ProgressTexts, TheWallTimeLimitEndsTheRunFirst) {
  Progress progress = halfway();
  progress.seconds_to_limit = 10.0;
  EXPECT_DOUBLE_EQ(seconds_left(progress).value(), 10.0);
  progress.seconds_to_limit = -1.0;
  EXPECT_DOUBLE_EQ(seconds_left(progress).value(), 0.0);
}

TEST_F(ProgressTexts, TimeLeftIsSecondsWhenNearAndADateWhenFar) {
  EXPECT_EQ(describe_time_left(0.0, noon), "0 s left");
  EXPECT_EQ(describe_time_left(119.0, noon), "119 s left");
  EXPECT_EQ(describe_time_left(600.0, noon), "10 min left");
  EXPECT_EQ(describe_time_left(7200.0, noon), "until Sat 3 Feb 14:00");
  EXPECT_EQ(describe_time_left(2 * 86400.0, noon), "until Mon 5 Feb 12:00");
  EXPECT_EQ(describe_time_left(1e10, noon), "more than ten years left");
}

TEST_F(ProgressTexts, CountsAreShort) {
  EXPECT_EQ(describe_count(0.0), "0");
  EXPECT_EQ(describe_count(999.0), "999");
  EXPECT_EQ(describe_count(12'345.0), "12.3k");
  EXPECT_EQ(describe_count(4.56e6), "4.56M");
  EXPECT_EQ(describe_count(2e9), "2G");
}

TEST_F(ProgressTexts, DurationsHaveTheUnitsThatFit) {
  EXPECT_EQ(describe_duration(8.54), "8.5 s");
  EXPECT_EQ(describe_duration(750.0), "12 min 30 s");
  EXPECT_EQ(describe_duration(11'040.0), "3 h 04 min");
}

TEST_F(ProgressTexts, ALineIsNoLongerThanItsWidth) {
  ProgressDisplay display(0.0, 57);
  EXPECT_THAT(display.update(halfway(), noon)->size(), AllOf(Gt(20U), Le(57U)));
}

TEST_F(ProgressTexts, ThereIsOneLineAPeriod) {
  ProgressDisplay display(10.0, 1000);
  Progress progress = halfway();
  EXPECT_EQ(display.update(progress, noon), progress_line(progress, noon, 1000));
  progress.elapsed_seconds += 9.9;
  EXPECT_EQ(display.update(progress, noon), std::nullopt);
  progress.elapsed_seconds += 0.2;
  EXPECT_THAT(display.update(progress, noon), Optional(HasSubstr("generation 100/200")));
}

TEST_F(ProgressTexts, TheLastGenerationIsAlwaysShown) {
  ProgressDisplay display(1000.0, 100);
  Progress progress = halfway();
  EXPECT_NE(display.update(progress, noon), std::nullopt);
  progress.generation = 200;
  EXPECT_THAT(display.update(progress, noon), Optional(HasSubstr("generation 200/200")));
}

WorkProgress half_the_work() {
  WorkProgress progress;
  progress.done = 120;
  progress.total = 200;
  progress.done_before = 40;
  progress.elapsed_seconds = 40.0;
  return progress;
}

TEST_F(ProgressTexts, TheLineOfWorkHasCountRateAndTimeLeft) {
  EXPECT_EQ(progress_line(half_the_work(), noon, 100), "architectures 120/200  2/s  40 s left");
  EXPECT_EQ(progress_line(half_the_work(), noon, 27), "architectures 120/200  2/s");
  auto progress = half_the_work();
  progress.done = 40;
  EXPECT_EQ(progress_line(progress, noon, 100), "architectures 40/200");
}

TEST_F(ProgressTexts, TheRateOfWorkIsOfThisPartAlone) {
  auto progress = half_the_work();
  progress.seconds_before = 24.0;
  EXPECT_EQ(progress_line(progress, noon, 100), "architectures 120/200  5/s  16 s left");
  progress.seconds_before = 40.0;
  EXPECT_EQ(progress_line(progress, noon, 100), "architectures 120/200");
}

TEST_F(ProgressTexts, WorkThatIsNotReportedYetIsInTheRateAndNotInTheCount) {
  auto progress = half_the_work();
  progress.not_reported = 20.0;
  EXPECT_EQ(progress_line(progress, noon, 100), "architectures 120/200  2.5/s  24 s left");
}

TEST_F(ProgressTexts, WorkOfUnevenCostIsPromisedByItsShare) {
  auto progress = half_the_work();
  progress.share = 0.8;
  EXPECT_DOUBLE_EQ(seconds_left(progress).value(), 10.0);
  progress.seconds_to_limit = 4.0;
  EXPECT_DOUBLE_EQ(seconds_left(progress).value(), 4.0);
}

TEST_F(ProgressTexts, ThatAllWorkIsDoneIsAlwaysShown) {
  ProgressDisplay display(1000.0, 100);
  auto progress = half_the_work();
  EXPECT_TRUE(display.update(progress, noon).has_value());
  EXPECT_FALSE(display.update(progress, noon).has_value());
  progress.done = 200;
  EXPECT_TRUE(display.update(progress, noon).has_value());
}

}  // namespace
}  // namespace zcmpi
