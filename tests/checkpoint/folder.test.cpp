#include <gmock/gmock.h>

#include "made_checkpoint.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckpointFolder : public testing::Test {
 protected:
  std::filesystem::path write(std::uint32_t generation) const {
    const auto path = checkpoint_path(folder.path(), generation);
    test::write_made_checkpoint(path, test::made_header(2, generation));
    return path;
  }
  void touch(const std::string& name) const { replace_file(folder.path() / name, ""); }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& path : list_checkpoints(folder.path())) {
      found.push_back(path.filename().string());
    }
    return found;
  }
  static void damage(const std::filesystem::path& path) {
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  }

  const test::ScopedFolder folder;
};

TEST_F(CheckpointFolder, NamesCheckpointsByTheirGeneration) {
  EXPECT_EQ(checkpoint_path("runs/a", 40), "runs/a/ckpt-00000040.h5");
  EXPECT_EQ(checkpoint_path("runs/a", 4123456789U), "runs/a/ckpt-4123456789.h5");
}

TEST_F(CheckpointFolder, ListsCheckpointsNewestFirstAndNothingElse) {
  for (const char* name : {"ckpt-00000009.h5", "ckpt-00000100.h5", "ckpt-4123456789.h5", "ckpt-00000200.h5.tmp",
                           "ckpt-.h5", "ckpt-12a.h5", "ckpt-99999999999.h5", "other.h5", "ckpt-00000001.txt"}) {
    touch(name);
  }
  EXPECT_THAT(names(), ElementsAre("ckpt-4123456789.h5", "ckpt-00000100.h5", "ckpt-00000009.h5"));
}

TEST_F(CheckpointFolder, HoldsNoneWhereItIsAbsent) {
  EXPECT_THAT(list_checkpoints(folder.path() / "missing"), IsEmpty());
  EXPECT_EQ(find_newest_valid(folder.path() / "missing"), std::nullopt);
}

TEST_F(CheckpointFolder, HoldsNoValidOneWhereItIsEmpty) { EXPECT_EQ(find_newest_valid(folder.path()), std::nullopt); }

TEST_F(CheckpointFolder, FindsTheNewest) {
  write(10);
  const auto newest = write(20);
  EXPECT_EQ(find_newest_valid(folder.path()), newest);
}

TEST_F(CheckpointFolder, PassesOverDamagedOnesWithAWarningEach) {
  const auto whole = write(10);
  const auto truncated = write(20);
  damage(truncated);
  const auto empty = folder.path() / "ckpt-00000030.h5";
  touch("ckpt-00000030.h5");
  const auto log = folder.path() / "log.txt";
  init_log({LogLevel::warning, 0});
  open_log_file(log);
  EXPECT_EQ(find_newest_valid(folder.path()), whole);
  close_log_file();
  init_log({LogLevel::off, 0});
  const std::string text = read_file(log);
  EXPECT_THAT(text, HasSubstr("passed over: the checkpoint is damaged (" + truncated.string()));
  EXPECT_THAT(text, HasSubstr("passed over: the checkpoint is damaged (" + empty.string()));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  // Nothing is left to do for a person.
  EXPECT_THAT(text, testing::Not(HasSubstr("resume")));
}

TEST_F(CheckpointFolder, IsAnErrorWhenAllAreDamaged) {
  damage(write(10));
  damage(write(20));
  try {
    static_cast<void>(find_newest_valid(folder.path()));
    FAIL() << "nothing was thrown";
  } catch (const CheckpointError& error) {
    EXPECT_TRUE(error.damaged());
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("all 2 are damaged"), HasSubstr(folder.path().string())));
  }
}

TEST_F(CheckpointFolder, KeepsTheNewestWhenPruned) {
  for (const std::uint32_t generation : {10U, 20U, 30U}) {
    write(generation);
  }
  touch("ckpt-00000040.h5.tmp");
  touch("notes.txt");
  prune_checkpoints(folder.path(), 2);
  EXPECT_THAT(names(), ElementsAre("ckpt-00000030.h5", "ckpt-00000020.h5"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "ckpt-00000040.h5.tmp"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "notes.txt"));
}

TEST_F(CheckpointFolder, LosesNothingWhenItHoldsFewerThanItKeeps) {
  write(10);
  prune_checkpoints(folder.path(), 3);
  EXPECT_THAT(names(), ElementsAre("ckpt-00000010.h5"));
}

}  // namespace
}  // namespace zcmpi
