#include "run_lock.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>

#include "support.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"

namespace {

/// What flock fails with; 0: it succeeds.
int flock_error = 0;

}  // namespace

/// Stands before the system's.
extern "C" int flock(int /*file*/, int /*operation*/) noexcept {
  errno = flock_error;
  return flock_error == 0 ? 0 : -1;
}

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class RunLocks : public testing::Test {
 protected:
  void SetUp() override { init_log({LogLevel::warning, 0}); }
  void TearDown() override {
    flock_error = 0;
    close_log_file();
    init_log({LogLevel::off, 0});
  }
  const TestFolder folder;
  const RunFolder run{folder.path()};
};

TEST_F(RunLocks, ThatAreBusyNameTheirHolderAndWhatToDo) {
  replace_file(run.lock(), "process 12 on node7\n");
  flock_error = EWOULDBLOCK;
  EXPECT_THAT(input_error_of([&] { RunLock().acquire(run); }),
              AllOf(HasSubstr("another zcmpi works in this folder (" + run.root.string() + "): process 12 on node7;"),
                    HasSubstr("STOP"), HasSubstr("--run-dir")));
  EXPECT_EQ(read_file(run.lock()), "process 12 on node7\n");
}

TEST_F(RunLocks, NameTheirHolderOnlyWhenAsked) {
  RunLock lock;
  lock.acquire(run);
  EXPECT_EQ(read_file(run.lock()), "");
  lock.describe_holder();
  EXPECT_THAT(read_file(run.lock()), HasSubstr(fmt::format("process {} on ", ::getpid())));
}

TEST_F(RunLocks, WarnOnceWhereTheFileSystemHasNone) {
  open_log_file(run.log());
  flock_error = ENOLCK;
  RunLock lock;
  EXPECT_NO_THROW(lock.acquire(run));
  EXPECT_NO_THROW(lock.acquire(run));
  EXPECT_NO_THROW(lock.describe_holder());
  const auto log = read_file(run.log());
  EXPECT_THAT(log, AllOf(HasSubstr("warning: the file system has no locks"), HasSubstr(run.lock().string())));
  EXPECT_EQ(std::ranges::count(log, '\n'), 1);
}

}  // namespace
}  // namespace zcmpi
