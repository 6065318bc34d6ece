#include <gmock/gmock.h>

#include "made_checkpoint.hpp"

namespace zcmpi {
namespace {

using test::digests_of;
using test::SmallRun;

/// A communicator over the first ranks; empty on the others.
std::optional<Communicator> first_ranks(const Communicator& world, int count) {
  MPI_Comm part = MPI_COMM_NULL;
  MPI_Comm_split(world.native(), world.rank() < count ? 0 : MPI_UNDEFINED, world.rank(), &part);
  if (part == MPI_COMM_NULL) {
    return std::nullopt;
  }
  std::optional<Communicator> made(part);
  MPI_Comm_free(&part);
  return made;
}

class ResumedRun : public testing::TestWithParam<TopologyKind> {
 protected:
  ResumedRun() { run.migration.topology = GetParam(); }

  [[nodiscard]] CheckpointHeader header() const {
    CheckpointHeader made;
    made.seed = run.seed;
    made.islands = run.islands;
    made.generation = half;
    made.shape = {run.gp.max_size, run.evaluator.problem_count()};
    made.population = run.gp.population;
    made.migrants = run.migration.migrants;
    return made;
  }

  /// Generations 0 to `half` on these ranks, and a checkpoint.
  void run_first_half(Communicator& ranks) {
    const auto archipelago = run.make(ranks);
    archipelago->initialise();
    test::Recorder recorder;
    archipelago->run({half, 0}, recorder);
    const auto snapshots = archipelago->snapshots();
    for (const IslandSnapshot& snapshot : snapshots) {
      for (const Population& immigrants : snapshot.inbox) {
        EXPECT_EQ(immigrants.size(), run.migration.migrants) << "the checkpoint should hold immigrants";
      }
    }
    write_checkpoint(ranks, path, header(), snapshots);
  }

  /// From the checkpoint to `whole` on these ranks, compared with a run that never stopped.
  void expect_equal_second_half(Communicator& ranks) {
    const auto archipelago = run.make(ranks);
    archipelago->restore(read_checkpoint(ranks, path));
    test::Recorder recorder;
    archipelago->run({whole, 0}, recorder);
    EXPECT_EQ(digests_of(archipelago->snapshots()), test::share_of(test::serial_digests(run, whole), ranks));
  }

  /// Within an epoch.
  static constexpr std::uint32_t half = 8;
  static constexpr std::uint32_t whole = 16;
  Communicator world{MPI_COMM_WORLD};
  SmallRun run;
  const test::ScopedFolder folder{world.broadcast("zcmpi_resume_" + std::to_string(::getpid()))};
  const std::filesystem::path path = checkpoint_path(folder.path(), half);

  void TearDown() override { world.barrier(); }
};

TEST_P(ResumedRun, EqualsOneThatNeverStopped) {
  run_first_half(world);
  expect_equal_second_half(world);
}

TEST_P(ResumedRun, EqualsItWhenResumedOnFewerRanks) {
  run_first_half(world);
  if (auto fewer = first_ranks(world, std::max(1, world.size() - 1))) {
    expect_equal_second_half(*fewer);
  }
}

TEST_P(ResumedRun, EqualsItWhenResumedOnMoreRanks) {
  if (auto fewer = first_ranks(world, std::max(1, world.size() - 1))) {
    run_first_half(*fewer);
  }
  world.barrier();
  expect_equal_second_half(world);
}

TEST_P(ResumedRun, EqualsItWhenResumedWithoutMpi) {
  run_first_half(world);
  if (world.rank() == 0) {
    Communicator serial;
    expect_equal_second_half(serial);
  }
}

INSTANTIATE_TEST_SUITE_P(Topologies, ResumedRun, testing::Values(TopologyKind::ring, TopologyKind::torus),
                         [](const auto& tested) { return std::string(to_text(tested.param)); });

}  // namespace
}  // namespace zcmpi
