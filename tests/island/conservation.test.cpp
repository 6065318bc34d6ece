#include <gtest/gtest.h>

#include "../mpi/small_run.hpp"
#include "zcmpi/island/archipelago.hpp"

namespace zcmpi {
namespace {

/// 500 epochs of one generation each, the shortest there are.
class FiveHundredEpochs : public testing::TestWithParam<TopologyKind> {};

TEST_P(FiveHundredEpochs, LoseNoMigrantAndLeaveNoMessage) {
  constexpr std::uint32_t epochs = 500;
  Communicator world(MPI_COMM_WORLD);
  test::SmallRun run;
  run.gp = test::small_parameters(4);
  run.gp.tuning_interval = 0;
  run.gp.max_size = 5;
  run.migration = test::small_migration(GetParam(), 1);
  const auto archipelago = run.make(world);
  archipelago->initialise();
  test::Recorder recorder;
  archipelago->run({epochs, 0}, recorder);

  std::uint64_t edges = 0;
  const Topology topology(GetParam(), run.islands);
  for (std::uint32_t island = 0; island < run.islands; ++island) {
    edges += topology.targets(island).size();
  }
  const IslandCounters counters = archipelago->total_counters();
  EXPECT_EQ(counters.emigrants_sent, epochs * edges * run.migration.migrants);
  EXPECT_EQ(counters.immigrants_received, counters.emigrants_sent);

  std::uint64_t taken_in = 0;
  for (const MigrationRecord& record : recorder.migrations) {
    taken_in += record.count;
  }
  std::uint64_t in_inboxes = 0;
  for (const IslandSnapshot& snapshot : archipelago->snapshots()) {
    for (const Population& immigrants : snapshot.inbox) {
      in_inboxes += immigrants.size();
    }
  }
  EXPECT_EQ(world.sum(taken_in) + world.sum(in_inboxes), counters.immigrants_received);

  world.barrier();
  int is_waiting = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, world.native(), &is_waiting, MPI_STATUS_IGNORE);
  EXPECT_EQ(is_waiting, 0);
}

INSTANTIATE_TEST_SUITE_P(Topologies, FiveHundredEpochs,
                         testing::Values(TopologyKind::none, TopologyKind::ring, TopologyKind::two_way_ring,
                                         TopologyKind::torus, TopologyKind::fully_connected),
                         [](const auto& tested) { return std::string(to_text(tested.param)); });

}  // namespace
}  // namespace zcmpi
