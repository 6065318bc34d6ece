// Clocks are tested by enclosure, so that a busy machine fails nothing.
#include "wall_time.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <thread>

namespace zcmpi {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

double total(const std::array<double, phase_count>& seconds) {
  return std::accumulate(seconds.begin(), seconds.end(), 0.0);
}

void sleep_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

class WallTime : public testing::Test {
 protected:
  [[nodiscard]] bool is_first_rank() const { return communicator.rank() == 0; }

  const Communicator communicator{MPI_COMM_WORLD};
};

TEST_F(WallTime, IncludesWhatTheOthersWaitForTheSlowestRank) {
  communicator.barrier();
  const auto begin = Clock::now();
  PhaseClock clock;
  if (is_first_rank()) {
    sleep_for(0.3);
  }
  const double wall = total(meet_and_read(communicator, clock));
  EXPECT_GE(wall, 0.3);
  EXPECT_LE(wall, communicator.max(seconds_since(begin)));
}

TEST_F(WallTime, BeginsWithTheRankThatStartedFirst) {
  communicator.barrier();
  if (!is_first_rank()) {
    sleep_for(0.3);
  }
  PhaseClock clock;
  const double wall = total(meet_and_read(communicator, clock));
  EXPECT_GE(wall, communicator.size() > 1 ? 0.3 : 0.0);
}

TEST_F(WallTime, IsTheSameOnEveryRankInEveryPart) {
  PhaseClock clock;
  {
    const ScopedPhase evaluation(&clock, Phase::evaluation);
    sleep_for(0.01 * (1 + communicator.rank()));
  }
  for (const double seconds : meet_and_read(communicator, clock)) {
    EXPECT_EQ(communicator.max(seconds), seconds);
    EXPECT_EQ(communicator.max(-seconds), -seconds);
  }
}

TEST_F(WallTime, HasThePartsMeansOverRanks) {
  PhaseClock clock;
  const auto before = Clock::now();
  double at_least = 0.0;
  {
    const ScopedPhase evaluation(&clock, Phase::evaluation);
    const auto begin = Clock::now();
    sleep_for(0.02 * (1 + communicator.rank()));
    at_least = seconds_since(begin);
  }
  const double at_most = seconds_since(before);
  const double mean = meet_and_read(communicator, clock)[static_cast<std::size_t>(Phase::evaluation)];
  EXPECT_GE(mean, communicator.sum(at_least) / communicator.size());
  EXPECT_LE(mean, communicator.sum(at_most) / communicator.size());
}

}  // namespace
}  // namespace zcmpi
