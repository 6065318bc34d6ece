#include "zcmpi/core/file_lock.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "zcmpi/core/file.hpp"

namespace {

/// What flock fails with; 0: it is the system's.
int flock_error = 0;

}  // namespace

/// Stands before the system's, as a file system without locks would have it.
extern "C" int flock(int file, int operation) noexcept {
  if (flock_error != 0) {
    errno = flock_error;
    return -1;
  }
  using Flock = int (*)(int, int);
  static const auto system_flock = reinterpret_cast<Flock>(::dlsym(RTLD_NEXT, "flock"));
  return system_flock(file, operation);
}

namespace zcmpi {
namespace {

using Outcome = FileLock::Outcome;

class FileLocks : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override {
    flock_error = 0;
    std::filesystem::remove_all(folder);
  }

  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("zcmpi_locks_" + std::to_string(::getpid()));
  const std::filesystem::path path = folder / "lock";
};

TEST_F(FileLocks, AreHeldByOneAtATime) {
  FileLock first;
  FileLock second;
  EXPECT_EQ(first.try_lock(path), Outcome::held);
  EXPECT_TRUE(first.is_held());
  EXPECT_EQ(second.try_lock(path), Outcome::busy);
  EXPECT_FALSE(second.is_held());
}

TEST_F(FileLocks, AreFreeAgainAtTheirEnd) {
  {
    FileLock first;
    ASSERT_EQ(first.try_lock(path), Outcome::held);
  }
  FileLock second;
  EXPECT_EQ(second.try_lock(path), Outcome::held);
}

TEST_F(FileLocks, AreFreeAgainWhenTheirProcessIsKilled) {
  const pid_t child = ::fork();
  if (child == 0) {
    FileLock own;
    ::_exit(own.try_lock(path) == Outcome::held ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  FileLock second;
  EXPECT_EQ(second.try_lock(path), Outcome::held);
}

TEST_F(FileLocks, MoveWithTheirObject) {
  FileLock first;
  ASSERT_EQ(first.try_lock(path), Outcome::held);
  {
    const FileLock moved = std::move(first);
    EXPECT_TRUE(moved.is_held());
    EXPECT_EQ(FileLock().try_lock(path), Outcome::busy);
  }
  EXPECT_EQ(FileLock().try_lock(path), Outcome::held);
}

TEST_F(FileLocks, TellWhoHoldsThem) {
  replace_file(path, "a much longer line of one that held it before\n");
  FileLock lock;
  ASSERT_EQ(lock.try_lock(path), Outcome::held);
  lock.describe_holder("me\n");
  EXPECT_EQ(FileLock().try_lock(path), Outcome::busy);
  EXPECT_EQ(read_file(path), "me\n");
}

TEST_F(FileLocks, AreToldFromAFileSystemWithoutLocks) {
  for (const int error : {ENOLCK, ENOSYS, EOPNOTSUPP}) {
    flock_error = error;
    FileLock lock;
    EXPECT_EQ(lock.try_lock(path), Outcome::unsupported);
    EXPECT_FALSE(lock.is_held());
  }
}

TEST_F(FileLocks, NameAFileThatCannotBeOpened) {
  FileLock lock;
  try {
    lock.try_lock(folder / "missing" / "lock");
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("missing/lock"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace zcmpi
