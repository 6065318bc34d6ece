#include "run_observer.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "../mpi/small_run.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/signals.hpp"

namespace {

/// Files that were synced and how long they were then, in order.
std::vector<std::pair<std::string, std::uintmax_t>>& synced() {
  static std::vector<std::pair<std::string, std::uintmax_t>> files;
  return files;
}

}  // namespace

/// Stands before the system's.
extern "C" int fsync(int file) {
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file));
  synced().emplace_back(path.filename().string(),
                        std::filesystem::is_regular_file(path) ? std::filesystem::file_size(path) : 0);
  using Fsync = int (*)(int);
  static const auto system_fsync = reinterpret_cast<Fsync>(::dlsym(RTLD_NEXT, "fsync"));
  return system_fsync(file);
}

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::IsEmpty;

class EvolveObservers : public testing::Test {
 protected:
  void SetUp() override {
    if (is_first_rank()) {
      fs::remove_all(folder.root);
      fs::create_directories(folder.root);
    }
    configuration.run.generations = 100;
    archipelago->initialise();
    world.barrier();
    synced().clear();
  }
  void TearDown() override {
    world.barrier();
    if (is_first_rank()) {
      fs::remove_all(folder.root);
    }
  }

  [[nodiscard]] bool is_first_rank() const { return world.rank() == 0; }

  Communicator world{MPI_COMM_WORLD};
  // One folder for all ranks, of which each has its own process.
  const RunFolder folder{fs::path(testing::TempDir()) / "zcmpi_run_observer" /
                         world.broadcast(std::to_string(::getpid()))};
  Configuration configuration;
  test::SmallRun small;
  std::unique_ptr<Archipelago> archipelago = small.make(world);
  std::size_t synced_before_checkpoint = 0;
  EvolveObserver observer{world,          folder,
                          configuration,  {},
                          TimeLimit(0.0), [this](const Archipelago&) { synced_before_checkpoint = synced().size(); }};
};

TEST_F(EvolveObservers, LinesAreOnTheDiskBeforeTheCheckpointThatSupposesThem) {
  observer.after_generation(*archipelago);
  const MigrationRecord record{0, 0, 1, 2, 1};
  observer.on_migration(std::span(&record, 1));
  observer.on_checkpoint(*archipelago);
  if (is_first_rank()) {
    EXPECT_EQ(synced_before_checkpoint, 3U);
    EXPECT_THAT(synced(), ElementsAre(std::pair("metrics.jsonl", fs::file_size(folder.metrics())),
                                      std::pair("migrations.jsonl", fs::file_size(folder.migrations())),
                                      std::pair(folder.root.filename().string(), 0U)));
    EXPECT_GT(fs::file_size(folder.metrics()), 0U);
  } else {
    EXPECT_THAT(synced(), IsEmpty());
  }
}

TEST_F(EvolveObservers, LinesAreWrittenEveryFewSecondsAndNeedNotBeOnTheDisk) {
  observer.after_generation(*archipelago);
  const auto report_after = [&](double seconds) {
    RankReport report;
    report.seconds = seconds;
    observer.on_reports(std::vector(static_cast<std::size_t>(world.size()), report));
    return is_first_rank() && fs::exists(folder.metrics()) ? fs::file_size(folder.metrics()) : 0U;
  };
  EXPECT_EQ(report_after(1.0), 0U);
  const auto written = report_after(3.0);
  EXPECT_EQ(written > 0U, is_first_rank());
  observer.after_generation(*archipelago);
  EXPECT_EQ(report_after(4.0), written);
  EXPECT_EQ(report_after(5.5), 2 * written);
  EXPECT_THAT(synced(), IsEmpty());
}

TEST_F(EvolveObservers, AStopIsBlamedOnWhatAskedForItFirst) {
  EvolveObserver limited(world, folder, configuration, {}, TimeLimit(1e-12), [](const Archipelago&) {});
  const ScopedStopSignals signals;
  if (is_first_rank()) {
    EXPECT_EQ(limited.after_generation(*archipelago), Wish::stop);
    EXPECT_EQ(limited.stopped_by(), StoppedBy::max_hours);
  }
  std::raise(SIGTERM);
  EXPECT_EQ(limited.after_generation(*archipelago), Wish::stop);
  EXPECT_EQ(limited.stopped_by(), is_first_rank() ? StoppedBy::max_hours : StoppedBy::signal);
}

}  // namespace
}  // namespace zcmpi
