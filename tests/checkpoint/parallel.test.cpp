#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "made_checkpoint.hpp"
#include "zcmpi/data/hdf5.hpp"

namespace zcmpi {
namespace {

using test::digest_of;
using test::digests_of;
using testing::HasSubstr;

/// Files written by this process may not grow beyond so many bytes.
class ScopedFileSizeLimit {
 public:
  explicit ScopedFileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &previous_);
    rlimit limited = previous_;
    limited.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~ScopedFileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &previous_);
    std::signal(SIGXFSZ, handler_);
  }
  ScopedFileSizeLimit(const ScopedFileSizeLimit&) = delete;
  ScopedFileSizeLimit& operator=(const ScopedFileSizeLimit&) = delete;

 private:
  using Handler = void (*)(int);
  Handler handler_;
  rlimit previous_{};
};

class CheckpointOnRanks : public testing::Test {
 protected:
  [[nodiscard]] IslandRange own_range() const { return islands_of_rank(header.islands, world.size(), world.rank()); }
  [[nodiscard]] std::vector<IslandSnapshot> own_islands() const { return test::made_islands(header, own_range()); }
  void write() { write_checkpoint(world, path, header, own_islands()); }
  /// What write says when it fails.
  std::string failure() {
    try {
      write();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "written";
  }
  [[nodiscard]] bool has_temporary_file() const { return std::filesystem::exists(path.string() + ".tmp"); }

  Communicator world{MPI_COMM_WORLD};
  const test::ScopedFolder folder{world.broadcast("zcmpi_parallel_" + std::to_string(::getpid()))};
  std::filesystem::path path = folder.path() / "ckpt-00000040.h5";
  CheckpointHeader header = test::made_header();

  void TearDown() override { world.barrier(); }
};

TEST_F(CheckpointOnRanks, ReadsBackAsItWasWritten) {
  write();
  EXPECT_EQ(digests_of(read_checkpoint(world, path)), digests_of(own_islands()));
  EXPECT_EQ(digest_of(read_checkpoint_header(path)), digest_of(header));
  EXPECT_FALSE(has_temporary_file());
}

TEST_F(CheckpointOnRanks, HoldsTheSameOnAnyNumberOfRanks) {
  write();
  const auto serial_path = folder.path() / ("serial-" + std::to_string(world.rank()) + ".h5");
  test::write_made_checkpoint(serial_path, header);
  const hdf5::Handle parallel = hdf5::open_file(path);
  const hdf5::Handle serial = hdf5::open_file(serial_path);
  for (const char* group : {"population", "hall_of_fame", "inbox", "counters"}) {
    const auto names = hdf5::member_names(hdf5::open_group(parallel, group));
    EXPECT_EQ(names, hdf5::member_names(hdf5::open_group(serial, group)));
    for (const auto& name : names) {
      const std::string dataset = std::string(group) + "/" + name;
      EXPECT_EQ(hdf5::read_array<double>(parallel, dataset), hdf5::read_array<double>(serial, dataset)) << dataset;
    }
  }
  EXPECT_EQ(hdf5::read_array<std::uint64_t>(parallel, "digest"), hdf5::read_array<std::uint64_t>(serial, "digest"));
  EXPECT_EQ(digests_of(read_all_islands(path)), digests_of(read_all_islands(serial_path)));
}

TEST_F(CheckpointOnRanks, MayHaveFewerIslandsThanRanks) {
  header.islands = 1;
  write();
  EXPECT_EQ(digests_of(read_checkpoint(world, path)), digests_of(own_islands()));
}

TEST_F(CheckpointOnRanks, MayHaveNoMigrants) {
  header.migrants = 0;
  write();
  EXPECT_EQ(digests_of(read_checkpoint(world, path)), digests_of(own_islands()));
}

TEST_F(CheckpointOnRanks, HasTheTimesOfRank0) {
  header.wall_seconds += world.rank();
  header.phase_seconds[0] += world.rank();
  write();
  EXPECT_EQ(digest_of(read_checkpoint_header(path)), digest_of(test::made_header()));
}

TEST_F(CheckpointOnRanks, ReplacesAnOlderOneOfTheSameName) {
  write();
  header.wall_seconds = 99.0;
  write();
  EXPECT_EQ(read_checkpoint_header(path).wall_seconds, 99.0);
}

TEST_F(CheckpointOnRanks, WrittenWhereNoFolderIsFailsAlikeOnAllRanks) {
  path = folder.path() / "gone" / "ckpt-00000040.h5";
  const std::string own = failure();
  EXPECT_THAT(own, testing::AllOf(HasSubstr("the checkpoint was not written (" + path.string()),
                                  HasSubstr("no such folder"), HasSubstr("older checkpoints stay")));
  EXPECT_EQ(own, world.broadcast(own));
}

TEST_F(CheckpointOnRanks, ThatCannotGetItsNameFailsAlikeAndLeavesNoTemporaryFile) {
  std::filesystem::create_directories(path / "in the way");
  const std::string own = failure();
  EXPECT_THAT(own, testing::AllOf(HasSubstr("the checkpoint was not written"), HasSubstr("rename")));
  EXPECT_EQ(own, world.broadcast(own));
  world.barrier();
  EXPECT_FALSE(has_temporary_file());
}

TEST_F(CheckpointOnRanks, ThatDoesNotFitTheDiskFailsAlikeAndOlderOnesStay) {
  write();
  path = folder.path() / "ckpt-00000050.h5";
  header.population = 2000;
  header.generation = 50;
  std::string own;
  {
    const ScopedFileSizeLimit limit(100'000);
    own = failure();
  }
  EXPECT_THAT(own, HasSubstr("the checkpoint was not written"));
  EXPECT_EQ(own, world.broadcast(own));
  world.barrier();
  EXPECT_FALSE(has_temporary_file());
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(find_newest_valid(folder.path()), folder.path() / "ckpt-00000040.h5");
}

TEST_F(CheckpointOnRanks, DamagedInOneIslandIsRefusedOnAllRanks) {
  write();
  world.barrier();
  if (world.rank() == 0) {
    const hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    const hdf5::Handle dataset = hdf5::open_dataset(file, "counters/evaluations");
    const std::uint64_t wrong = 1;
    hdf5::write_rows(dataset, std::span(&wrong, 1), {header.islands - 1, 1});
  }
  world.barrier();
  try {
    static_cast<void>(read_checkpoint(world, path));
    FAIL() << "nothing was thrown";
  } catch (const CheckpointError& error) {
    EXPECT_TRUE(error.damaged());
    EXPECT_THAT(error.what(), HasSubstr("island 2 has digest"));
  }
}

TEST_F(CheckpointOnRanks, ThatIsAbsentIsRefusedOnAllRanksAndNotCalledDamaged) {
  try {
    static_cast<void>(read_checkpoint(world, path));
    FAIL() << "nothing was thrown";
  } catch (const CheckpointError& error) {
    EXPECT_FALSE(error.damaged());
    EXPECT_THAT(error.what(), HasSubstr("no such checkpoint"));
  }
}

}  // namespace
}  // namespace zcmpi
