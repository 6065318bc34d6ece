#include "zcmpi/island/archipelago.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "../mpi/small_run.hpp"

namespace zcmpi {
namespace {

using test::digests_of;
using test::Recorder;
using test::serial_digests;
using test::share_of;
using test::SmallRun;
using testing::ElementsAre;
using testing::IsEmpty;

/// A run on all ranks, from generation 0.
class ArchipelagoOnRanks : public testing::Test {
 protected:
  void start() {
    archipelago = run.make(world);
    archipelago->initialise();
  }
  RunEnd start_and_run(const RunLimits& limits) {
    start();
    return archipelago->run(limits, recorder);
  }
  [[nodiscard]] bool is_last_rank() const { return world.rank() + 1 == world.size(); }

  Communicator world{MPI_COMM_WORLD};
  SmallRun run;
  Recorder recorder;
  std::unique_ptr<Archipelago> archipelago;
};

/// Equal to the same islands without MPI, for one way of migrating.
class EightIslands : public ArchipelagoOnRanks,
                     public testing::WithParamInterface<std::tuple<TopologyKind, SelectionPolicy, ReplacementPolicy>> {
 protected:
  EightIslands() { std::tie(run.migration.topology, run.migration.selection, run.migration.replacement) = GetParam(); }
};

TEST_P(EightIslands, AreTheSameOnAnyNumberOfRanks) {
  start_and_run({11, 4});
  EXPECT_EQ(digests_of(archipelago->snapshots()), share_of(serial_digests(run, 11), world));
}

TEST_F(ArchipelagoOnRanks, AccountForTheTimeOfMigration) {
  const auto migration_seconds = [&](std::uint32_t epoch_generations) {
    PhaseClock clock;
    run.migration.epoch_generations = epoch_generations;
    const auto clocked = run.make(world, &clock);
    clocked->initialise();
    clocked->run({4, 0}, recorder);
    return clock.seconds()[static_cast<std::size_t>(Phase::migration)];
  };
  EXPECT_EQ(migration_seconds(5), 0.0);
  EXPECT_GT(migration_seconds(2), 0.0);
}

INSTANTIATE_TEST_SUITE_P(
    WaysToMigrate, EightIslands,
    testing::Values(std::tuple(TopologyKind::none, SelectionPolicy::best, ReplacementPolicy::worst_if_better),
                    std::tuple(TopologyKind::ring, SelectionPolicy::best, ReplacementPolicy::worst_if_better),
                    std::tuple(TopologyKind::two_way_ring, SelectionPolicy::random, ReplacementPolicy::random),
                    std::tuple(TopologyKind::torus, SelectionPolicy::tournament, ReplacementPolicy::worst),
                    std::tuple(TopologyKind::fully_connected, SelectionPolicy::best,
                               ReplacementPolicy::random_if_better)),
    [](const auto& tested) { return std::string(to_text(std::get<0>(tested.param))); });

TEST_F(ArchipelagoOnRanks, GathersTheSameHallOfFameAndCountersAsWithoutMpi) {
  start_and_run({7, 0});
  Communicator serial;
  Recorder unused;
  const auto reference = run.make(serial);
  reference->initialise();
  reference->run({7, 0}, unused);
  const Population hall_of_fame = archipelago->gather_hall_of_fame();
  if (world.rank() == 0) {
    EXPECT_EQ(hall_of_fame, reference->gather_hall_of_fame());
  } else {
    EXPECT_EQ(hall_of_fame.size(), 0U);
  }
  EXPECT_EQ(archipelago->total_counters(), reference->total_counters());
}

TEST_F(ArchipelagoOnRanks, GathersTheBestFormulaOfEachSizeOverAllIslands) {
  run.migration.topology = TopologyKind::none;
  start_and_run({3, 0});
  const Population gathered = archipelago->gather_hall_of_fame();
  for (std::size_t place = 0; place < run.gp.max_size; ++place) {
    double own_best = -2.0;
    for (std::uint32_t i = 0; i < archipelago->local_islands().count; ++i) {
      const Population& own = archipelago->island(i).state().hall_of_fame;
      own_best = own.formula(place).empty() ? own_best : std::max(own_best, own.fitness(place));
    }
    const double best = world.max(own_best);
    if (world.rank() == 0) {
      ASSERT_EQ(gathered.formula(place).size(), best > -2.0 ? place + 1 : 0);
      EXPECT_TRUE(best == -2.0 || gathered.fitness(place) == best) << "size " << place + 1;
    }
  }
}

TEST_F(ArchipelagoOnRanks, WithFewerIslandsThanRanksIsTheSameToo) {
  run.islands = 2;
  start_and_run({7, 0});
  EXPECT_EQ(digests_of(archipelago->snapshots()), share_of(serial_digests(run, 7), world));
  EXPECT_EQ(archipelago->generation(), 7U);
}

TEST_F(ArchipelagoOnRanks, OfOneIslandSendsNothing) {
  run.islands = 1;
  start_and_run({7, 0});
  EXPECT_EQ(archipelago->total_counters().emigrants_sent, 0U);
  EXPECT_THAT(recorder.migrations, IsEmpty());
}

TEST_F(ArchipelagoOnRanks, TakesImmigrantsInOneEpochAfterTheyLeft) {
  start_and_run({9, 0});
  ASSERT_EQ(recorder.migrations.size(), 2 * archipelago->local_islands().count);
  for (std::size_t i = 0; i < recorder.migrations.size(); ++i) {
    const MigrationRecord& record = recorder.migrations[i];
    EXPECT_EQ(record.generation, i < archipelago->local_islands().count ? 6U : 9U);
    EXPECT_EQ(record.from, (record.to + run.islands - 1) % run.islands);
    EXPECT_EQ(record.count, run.migration.migrants);
    EXPECT_LE(record.accepted, record.count);
  }
}

TEST_F(ArchipelagoOnRanks, SendsTheBestOfAnIslandToItsNeighbour) {
  start_and_run({3, 0});
  Communicator serial;
  Recorder unused;
  const auto reference = run.make(serial);
  reference->initialise();
  reference->run({3, 0}, unused);
  const auto snapshots = archipelago->snapshots();
  for (std::uint32_t i = 0; i < snapshots.size(); ++i) {
    const std::uint32_t source = (archipelago->local_islands().first + i + run.islands - 1) % run.islands;
    Population expected(run.migration.migrants, snapshots[i].state.population.shape());
    reference->island(source).choose_emigrants(SelectionPolicy::best, run.migration.migrants, expected);
    ASSERT_EQ(snapshots[i].inbox.size(), 1U);
    EXPECT_EQ(snapshots[i].inbox[0], expected);
  }
}

TEST_F(ArchipelagoOnRanks, LeavesNoMessageUnderWay) {
  start_and_run({6, 0});
  world.barrier();
  int is_waiting = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, world.native(), &is_waiting, MPI_STATUS_IGNORE);
  EXPECT_EQ(is_waiting, 0);
}

TEST_F(ArchipelagoOnRanks, TellsTheObserverOfEachGeneration) {
  start_and_run({7, 0});
  EXPECT_THAT(recorder.generations, ElementsAre(0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U));
}

TEST_F(ArchipelagoOnRanks, HandsOverTheReportsOfAllRanksInOrder) {
  run.islands = 2;
  start_and_run({3, 0});
  ASSERT_EQ(recorder.reports.size(), 4U);
  for (std::uint32_t generation = 0; generation < recorder.reports.size(); ++generation) {
    ASSERT_EQ(recorder.reports[generation].size(), static_cast<std::size_t>(world.size()));
    for (int rank = 0; rank < world.size(); ++rank) {
      const RankReport& report = recorder.reports[generation][static_cast<std::size_t>(rank)];
      EXPECT_EQ(report.generation, generation);
      // Ranks from the third on have no islands.
      EXPECT_EQ(std::isnan(report.median_fitness), rank >= 2);
      EXPECT_EQ(std::isinf(report.best_fitness), rank >= 2);
    }
  }
}

TEST_F(ArchipelagoOnRanks, ReportsOnceAnEpochWhereGenerationsAreShort) {
  start_and_run({.generations = 15, .report_seconds = 1e9});
  std::vector<std::uint32_t> reported;
  double seconds = 0.0;
  for (const std::vector<RankReport>& reports : recorder.reports) {
    const RankReport& own = reports.at(static_cast<std::size_t>(world.rank()));
    EXPECT_GE(own.seconds, seconds);
    seconds = own.seconds;
    reported.push_back(own.generation);
  }
  // How long a generation takes is known after two reports; the last generation has one in any case.
  EXPECT_THAT(reported, ElementsAre(0U, 1U, 2U, 5U, 8U, 11U, 14U, 15U));
  EXPECT_EQ(recorder.generations.size(), 16U);
}

TEST_F(ArchipelagoOnRanks, ReportsEachGenerationThatTakesLong) {
  start_and_run({.generations = 4, .report_seconds = 1e-12});
  EXPECT_EQ(recorder.reports.size(), 5U);
}

TEST_F(ArchipelagoOnRanks, ReportsBestAndMedianFitnessOfARank) {
  start_and_run({0, 0});
  std::vector<double> fitnesses;
  std::uint64_t evaluations = 0;
  for (std::uint32_t i = 0; i < archipelago->local_islands().count; ++i) {
    const IslandState& state = archipelago->island(i).state();
    evaluations += state.counters.evaluations;
    for (std::size_t k = 0; k < state.population.size(); ++k) {
      fitnesses.push_back(state.population.fitness(k));
    }
  }
  std::ranges::sort(fitnesses);
  const std::size_t half = fitnesses.size() / 2;
  const RankReport& own = recorder.reports.at(0).at(static_cast<std::size_t>(world.rank()));
  EXPECT_EQ(own.best_fitness, fitnesses.back());
  EXPECT_EQ(own.median_fitness, 0.5 * (fitnesses[half - 1] + fitnesses[half]));
  EXPECT_EQ(own.evaluations, evaluations);
}

TEST_F(ArchipelagoOnRanks, StopsOneGenerationAfterOneRankWishedIt) {
  recorder.wish_at = is_last_rank() ? 4 : 1000;
  recorder.wish = Wish::stop;
  EXPECT_EQ(start_and_run({20, 0}), RunEnd::stopped);
  EXPECT_EQ(archipelago->generation(), 5U);
  EXPECT_THAT(recorder.checkpoints, ElementsAre(5U));
  EXPECT_EQ(recorder.reports.size(), 6U);
}

TEST_F(ArchipelagoOnRanks, RemembersAWishUntilItIsReported) {
  recorder.wish_at = is_last_rank() ? 3 : 1000;
  recorder.wish = Wish::stop;
  EXPECT_EQ(start_and_run({.generations = 20, .report_seconds = 1e9}), RunEnd::stopped);
  // Reported in generation 5, known in 8.
  EXPECT_EQ(archipelago->generation(), 8U);
}

TEST_F(ArchipelagoOnRanks, MakesOneCheckpointForAWish) {
  recorder.wish_at = is_last_rank() ? 4 : 1000;
  recorder.wish = Wish::checkpoint;
  EXPECT_EQ(start_and_run({8, 0}), RunEnd::generations_reached);
  EXPECT_THAT(recorder.checkpoints, ElementsAre(5U, 8U));
}

TEST_F(ArchipelagoOnRanks, TakesACheckpointByCountForTheOneThatWasWishedBefore) {
  recorder.wish_at = is_last_rank() ? 9 : 1000;
  recorder.wish = Wish::checkpoint;
  // The next report after the wish is that of generation 11.
  start_and_run({.generations = 20, .checkpoint_generations = 10, .report_seconds = 1e9});
  EXPECT_THAT(recorder.checkpoints, ElementsAre(10U, 20U));
}

/// Wishes until it gets, as an observer does that counts minutes.
class Insistent : public Recorder {
 public:
  Wish after_generation(const Archipelago& archipelago) override {
    Recorder::after_generation(archipelago);
    return checkpoints.empty() && archipelago.generation() >= 2 ? Wish::checkpoint : Wish::nothing;
  }
};

TEST_F(ArchipelagoOnRanks, TakesAWishRepeatedUntilTheCheckpointForOne) {
  Insistent insistent;
  start();
  archipelago->run({8, 0}, insistent);
  EXPECT_THAT(insistent.checkpoints, ElementsAre(3U, 8U));
}

TEST_F(ArchipelagoOnRanks, PrefersStoppingToACheckpoint) {
  recorder.wish_at = 2;
  recorder.wish = is_last_rank() ? Wish::stop : Wish::checkpoint;
  EXPECT_EQ(start_and_run({20, 0}), RunEnd::stopped);
  EXPECT_THAT(recorder.checkpoints, ElementsAre(3U));
}

TEST_F(ArchipelagoOnRanks, MakesCheckpointsByCountAndAtTheEndButNotTwice) {
  start_and_run({7, 3});
  EXPECT_THAT(recorder.checkpoints, ElementsAre(3U, 6U, 7U));
  recorder.checkpoints.clear();
  start_and_run({6, 3});
  EXPECT_THAT(recorder.checkpoints, ElementsAre(3U, 6U));
}

TEST_F(ArchipelagoOnRanks, WithoutGenerationsMakesACheckpointOfTheFirstPopulation) {
  EXPECT_EQ(start_and_run({0, 0}), RunEnd::generations_reached);
  EXPECT_THAT(recorder.generations, ElementsAre(0U));
  EXPECT_THAT(recorder.checkpoints, ElementsAre(0U));
}

TEST_F(ArchipelagoOnRanks, GoesOnWhereItStopped) {
  recorder.wish = Wish::stop;
  recorder.wish_at = 3;
  start_and_run({11, 0});
  ASSERT_EQ(archipelago->generation(), 4U);
  recorder.wish = Wish::nothing;
  EXPECT_EQ(archipelago->run({11, 0}, recorder), RunEnd::generations_reached);
  EXPECT_EQ(digests_of(archipelago->snapshots()), share_of(serial_digests(run, 11), world));
  EXPECT_EQ(recorder.generations.size(), 12U);
}

TEST_F(ArchipelagoOnRanks, RestoredFromSnapshotsEqualsAnUndisturbedRun) {
  // Within an epoch, so that there are immigrants in the inboxes.
  start_and_run({7, 0});
  auto snapshots = archipelago->snapshots();
  const auto resumed = run.make(world);
  resumed->restore(std::move(snapshots));
  EXPECT_EQ(resumed->generation(), 7U);
  Recorder second;
  resumed->run({14, 0}, second);
  EXPECT_EQ(digests_of(resumed->snapshots()), share_of(serial_digests(run, 14), world));
  EXPECT_EQ(second.generations.front(), 8U);
}

TEST_F(ArchipelagoOnRanks, RestoredAtTheLimitDoesNothing) {
  start_and_run({4, 0});
  auto snapshots = archipelago->snapshots();
  const auto resumed = run.make(world);
  resumed->restore(std::move(snapshots));
  Recorder second;
  EXPECT_EQ(resumed->run({4, 0}, second), RunEnd::generations_reached);
  EXPECT_THAT(second.generations, IsEmpty());
  EXPECT_THAT(second.checkpoints, IsEmpty());
}

TEST_F(ArchipelagoOnRanks, RestoredWithFewerIslandsThanRanksKnowsItsGenerationEverywhere) {
  run.islands = 1;
  start_and_run({4, 0});
  const auto resumed = run.make(world);
  resumed->restore(archipelago->snapshots());
  EXPECT_EQ(resumed->generation(), 4U);
}

}  // namespace
}  // namespace zcmpi
