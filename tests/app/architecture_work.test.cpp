#include "architecture_work.hpp"

#include <gmock/gmock.h>
#include <mpi.h>

#include <csignal>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "zcmpi/core/signals.hpp"

namespace zcmpi {
namespace {

using testing::Each;
using testing::ElementsAre;

void wait_milliseconds(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

class Work : public testing::Test {
 protected:
  /// How often each item was computed, over all ranks, on every rank.
  [[nodiscard]] std::vector<int> over_ranks(std::vector<int> times) const {
    if (!times.empty()) {
      MPI_Allreduce(MPI_IN_PLACE, times.data(), static_cast<int>(times.size()), MPI_INT, MPI_SUM, world.native());
    }
    return times;
  }

  const Communicator world{MPI_COMM_WORLD};
  /// Forgets the signals of the test before.
  const ScopedStopSignals signals;
};

TEST_F(Work, EveryItemIsComputedExactlyOnce) {
  for (const std::size_t items : {0UL, 1UL, 2UL, 3UL, 50UL, 1000UL}) {
    std::vector<int> times(items);
    ArchitectureWork work(world, items);
    const auto outcome = work.run([&](std::size_t item) { ++times[item]; });
    EXPECT_THAT(over_ranks(times), Each(1)) << items;
    EXPECT_EQ(outcome.end, WorkEnd::finished);
    EXPECT_EQ(outcome.done, items);
    EXPECT_EQ(outcome.signal, 0);
  }
}

TEST_F(Work, UnevenItemsTooAndEveryRankTakesPart) {
  constexpr std::size_t items = 60;
  std::vector<int> times(items);
  std::uint64_t here = 0;
  ArchitectureWork work(world, items);
  static_cast<void>(work.run([&](std::size_t item) {
    // Rank 0 is slow in some items, and lets itself be asked meanwhile.
    for (int part = 0; part < (item % 7 == 0 ? 5 : 1); ++part) {
      wait_milliseconds(1);
      work.answer();
    }
    ++times[item];
    ++here;
  }));
  EXPECT_THAT(over_ranks(times), Each(1));
  EXPECT_EQ(world.sum(std::uint64_t{here > 0 ? 1U : 0U}), static_cast<std::uint64_t>(world.size()));
}

TEST_F(Work, OfARankThatIsBusyTheOthersTakeOverTheRest) {
  constexpr std::size_t items = 40;
  std::uint64_t here = 0;
  // The first item that the last rank gets takes as long as all others.
  ArchitectureWork work(world, items);
  static_cast<void>(work.run([&](std::size_t) {
    wait_milliseconds(world.size() > 1 && world.rank() == world.size() - 1 && here == 0 ? 400 : 2);
    ++here;
  }));
  EXPECT_EQ(world.sum(here), items);
  if (world.size() > 1 && world.rank() == world.size() - 1) {
    EXPECT_LT(here, items / static_cast<std::size_t>(world.size()));
  }
}

TEST_F(Work, ProgressGrowsToAllItemsOnRank0) {
  std::vector<std::size_t> seen;
  ArchitectureWork work(world, 30, {.on_progress = [&](const WorkDone& done) { seen.push_back(done.items); }});
  static_cast<void>(work.run([](std::size_t) {}));
  if (world.rank() == 0) {
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back(), 30U);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
  } else {
    EXPECT_TRUE(seen.empty());
  }
}

TEST_F(Work, ProgressReckonsWithWhatOtherRanksHaveDoneAndNotYetTold) {
  const auto items = 3 * static_cast<std::size_t>(world.size());
  std::vector<WorkDone> seen;
  ArchitectureWork work(world, items, {.on_progress = [&](const WorkDone& done) { seen.push_back(done); }});
  static_cast<void>(work.run([](std::size_t) { wait_milliseconds(20); }));
  if (world.rank() != 0) {
    return;
  }
  ASSERT_FALSE(seen.empty());
  // Rank 0 has done one; what the others told when they began is that they had none.
  EXPECT_EQ(seen.front().items, 1U);
  EXPECT_GE(1.0 + seen.front().not_reported, static_cast<double>(world.size()));
  for (const WorkDone& done : seen) {
    EXPECT_GE(done.not_reported, 0.0);
    EXPECT_LE(static_cast<double>(done.items) + done.not_reported, static_cast<double>(items));
  }
  EXPECT_EQ(seen.back().items, items);
  EXPECT_EQ(seen.back().not_reported, 0.0);
}

TEST_F(Work, ASignalOnTheLastRankStopsAllAfterWhatTheyCompute) {
  constexpr std::size_t items = 100'000;
  std::vector<int> times(items);
  std::size_t here = 0;
  ArchitectureWork work(world, items);
  const auto outcome = work.run([&](std::size_t item) {
    ++times[item];
    if (world.rank() == world.size() - 1 && ++here == 5) {
      std::raise(SIGUSR1);
    }
  });
  EXPECT_EQ(outcome.end, WorkEnd::stopped);
  EXPECT_EQ(outcome.signal, SIGUSR1);
  const auto total = over_ranks(times);
  EXPECT_EQ(static_cast<std::size_t>(std::accumulate(total.begin(), total.end(), 0)), outcome.done);
  EXPECT_LT(outcome.done, items);
  EXPECT_THAT(total, Each(testing::Le(1)));
  if (world.rank() == world.size() - 1) {
    EXPECT_EQ(here, 5U) << "the rank that got the signal went on";
  }
  // No rank ends before the others have heard of it.
  world.barrier();
}

TEST_F(Work, TheLimitStopsAllRanks) {
  ArchitectureWork work(world, 1'000'000, {.seconds_limit = 0.05});
  const auto outcome = work.run([](std::size_t) { wait_milliseconds(1); });
  EXPECT_EQ(outcome.end, WorkEnd::stopped);
  EXPECT_EQ(outcome.signal, 0);
  ArchitectureWork none(world, 10, {.seconds_limit = 0.0});
  EXPECT_EQ(none.run([](std::size_t) { FAIL() << "an item was begun"; }).done, 0U);
}

TEST_F(Work, WhatMustNotBeLostIsAskedForBeforeWaiting) {
  int asked = 0;
  ArchitectureWork work(world, 8, {.before_waiting = [&] { ++asked; }});
  // The other ranks are slow, so rank 0 waits for them.
  static_cast<void>(work.run([&](std::size_t) { wait_milliseconds(world.rank() == 0 ? 1 : 50); }));
  if (world.rank() == 0 && world.size() > 1) {
    EXPECT_GT(asked, 0);
  }
}

TEST_F(Work, OneRunFollowsTheOther) {
  for (int run = 0; run < 20; ++run) {
    std::vector<int> times(7);
    ArchitectureWork work(world, times.size());
    static_cast<void>(work.run([&](std::size_t item) { ++times[item]; }));
    EXPECT_THAT(over_ranks(times), Each(1));
  }
}

TEST_F(Work, AFailureOnAnyRankStopsAllAndIsThrownByAll) {
  for (int failing = 0; failing < world.size(); ++failing) {
    constexpr std::size_t items = 1000;
    std::vector<int> times(items);
    std::string message;
    ArchitectureWork work(world, items);
    try {
      static_cast<void>(work.run([&](std::size_t item) {
        wait_milliseconds(2);
        if (world.rank() == failing) {
          throw std::runtime_error("the device of a rank failed");
        }
        ++times[item];
      }));
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "the device of a rank failed");
    // What was begun elsewhere was finished, and hardly anything was begun after that.
    const auto all = over_ranks(times);
    EXPECT_LT(std::accumulate(all.begin(), all.end(), 0), static_cast<int>(items / 2));
    // Nothing of it is under way any more.
    ArchitectureWork next(world, 10);
    EXPECT_EQ(next.run([](std::size_t) {}).done, 10U);
  }
}

TEST_F(Work, AFailureBeforeWaitingIsOneToo) {
  if (world.size() == 1) {
    GTEST_SKIP() << "one rank never waits for others";
  }
  ArchitectureWork work(world, 20, {.before_waiting = [&] {
                          if (world.rank() == world.size() - 1) {
                            throw std::runtime_error("the disk of a rank is full");
                          }
                        }});
  std::string message;
  try {
    // The last rank waits for an item while rank 0 is at one.
    static_cast<void>(work.run([&](std::size_t) { wait_milliseconds(world.rank() == 0 ? 20 : 0); }));
  } catch (const std::runtime_error& error) {
    message = error.what();
  }
  EXPECT_EQ(message, "the disk of a rank is full");
}

TEST(SerialWork, NeedsNoMpiAndPassesExceptionsOn) {
  const Communicator serial;
  std::vector<std::size_t> items;
  ArchitectureWork work(serial, 3);
  EXPECT_EQ(work.run([&](std::size_t item) { items.push_back(item); }).done, 3U);
  EXPECT_THAT(items, ElementsAre(0, 1, 2));
  ArchitectureWork failing(serial, 3);
  EXPECT_THROW(static_cast<void>(failing.run([](std::size_t) { throw std::runtime_error("it failed"); })),
               std::runtime_error);
}

TEST(LargestFirst, SortsFromTheLargestAndKeepsEqualsInOrder) {
  EXPECT_THAT(largest_first(std::vector{1.0, 5.0, 1.0, 7.0}), ElementsAre(3, 1, 0, 2));
  EXPECT_TRUE(largest_first({}).empty());
}

}  // namespace
}  // namespace zcmpi
