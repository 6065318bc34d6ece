// What the generations of an archipelago allocate, those with a migration among them.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "../counted_allocations.hpp"
#include "../mpi/small_run.hpp"
#include "zcmpi/eval/runtime.hpp"

namespace zcmpi {
namespace {

constexpr std::uint32_t steady = 40;
constexpr std::uint32_t generations = 20;
constexpr std::uint32_t epoch_generations = 5;
constexpr std::uint32_t islands = 4;
/// Lists of the elites and of the formulas to tune grow a few times a generation, in which a rank reports once; lists
/// of places and of records, and what reads and writes a message, a few times a migration and neighbour.
constexpr long most_per_island = 16 * generations;

/// Counts what the generations behind `steady` allocate, and what they take in.
class AllocationCounter : public RunObserver {
 public:
  Wish after_generation(const Archipelago& archipelago) override {
    count += archipelago.generation() == steady ? -test::allocation_count : 0;
    count += archipelago.generation() == steady + generations ? test::allocation_count : 0;
    return Wish::nothing;
  }
  void on_reports(std::span<const RankReport> /*reports*/) override {}
  void on_migration(std::span<const MigrationRecord> records) override {
    for (const MigrationRecord& record : records) {
      accepted += record.generation > steady ? record.accepted : 0;
    }
  }
  void on_checkpoint(const Archipelago& /*archipelago*/) override {}

  long count = 0;
  std::uint32_t accepted = 0;
};

using Way = std::tuple<TopologyKind, SelectionPolicy, ReplacementPolicy>;

class Migrations : public testing::TestWithParam<Way> {
 protected:
  /// With the more migrants the larger the population is, so that what is allocated for each of them shows as well.
  AllocationCounter run(std::size_t population) {
    test::SmallRun run;
    run.islands = islands;
    run.gp = test::small_parameters(population);
    std::tie(run.migration.topology, run.migration.selection, run.migration.replacement) = GetParam();
    run.migration.epoch_generations = epoch_generations;
    run.migration.migrants = population / 10;
    AllocationCounter counter;
    const auto archipelago = run.make(world);
    archipelago->initialise();
    archipelago->run({steady + generations, 0}, counter);
    return counter;
  }

  Communicator world{MPI_COMM_WORLD};
};

INSTANTIATE_TEST_SUITE_P(
    WaysToMigrate, Migrations,
    testing::Values(Way(TopologyKind::none, SelectionPolicy::best, ReplacementPolicy::worst_if_better),
                    Way(TopologyKind::ring, SelectionPolicy::best, ReplacementPolicy::worst_if_better),
                    Way(TopologyKind::two_way_ring, SelectionPolicy::random, ReplacementPolicy::random),
                    Way(TopologyKind::fully_connected, SelectionPolicy::tournament, ReplacementPolicy::worst)),
    [](const auto& tested) { return std::string(to_text(std::get<0>(tested.param))); });

TEST_P(Migrations, AllocateAFewTimesAndNeverPerFormula) {
  if (device_count() > 0) {
    GTEST_SKIP() << "Kokkos allocates for each kernel on a device";
  }
  const long most = most_per_island * islands_of_rank(islands, world.size(), world.rank()).count;
  const AllocationCounter few = run(100);
  const AllocationCounter many = run(1000);
  EXPECT_LE(few.count, most);
  EXPECT_LE(many.count, most) << "with populations of 1000; " << few.count << " with 100";
  EXPECT_EQ(many.accepted > 0, std::get<0>(GetParam()) != TopologyKind::none);
}

}  // namespace
}  // namespace zcmpi
