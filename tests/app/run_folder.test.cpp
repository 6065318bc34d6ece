#include "zcmpi/app/run_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "../checkpoint/made_checkpoint.hpp"
#include "../checkpoint/spoiled_island.hpp"
#include "support.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::HasSubstr;

constexpr auto resume_modes = {ResumeMode::required, ResumeMode::automatic};

class RunFolders : public testing::Test {
 protected:
  void SetUp() override { init_log({LogLevel::off, 0}); }

  /// A folder below the test's own in which a run was started.
  fs::path used(const std::string& name) const {
    fs::create_directories(parent.path() / name);
    replace_file(RunFolder{parent.path() / name}.configuration(), "");
    return parent.path() / name;
  }

  const TestFolder parent;
};

TEST_F(RunFolders, OneThatIsMissingOrEmptyIsUnused) {
  EXPECT_FALSE(RunFolder{parent.path() / "missing"}.is_used());
  EXPECT_FALSE(RunFolder{parent.path()}.is_used());
}

TEST_F(RunFolders, WhatAPersonKeepsThereDoesNotMakeOneUsed) {
  replace_file(parent.path() / "notes.txt", "x");
  fs::create_directories(parent.path() / "plots");
  EXPECT_FALSE(RunFolder{parent.path()}.is_used());
}

TEST_F(RunFolders, WhateverARunLeavesFirstOrLastMakesOneUsed) {
  const RunFolder run{parent.path() / "run"};
  for (const auto& path :
       {run.configuration(), run.log(), run.metrics(), run.latest(), run.result(), run.hall_of_fame()}) {
    fs::create_directories(run.root);
    replace_file(path, "");
    EXPECT_TRUE(run.is_used()) << path;
    fs::remove_all(run.root);
  }
  fs::create_directories(run.checkpoints());
  EXPECT_TRUE(run.is_used());
}

class NewRun : public RunFolders {
 protected:
  fs::path folder_for(const std::optional<fs::path>& wanted) const {
    return folder_for_new_run(wanted, parent.path(), "run").root;
  }
};

TEST_F(NewRun, TakesTheFolderThatAPersonNames) {
  EXPECT_EQ(folder_for(parent.path() / "mine"), parent.path() / "mine");
}

TEST_F(NewRun, NeverGoesIntoAFolderThatHoldsARun) {
  const auto mine = used("mine");
  EXPECT_THAT(input_error_of([&] { folder_for(mine); }),
              AllOf(HasSubstr("(" + mine.string() + ")"), HasSubstr("--resume --run-dir " + mine.string()),
                    HasSubstr("--resume=auto"), HasSubstr("another folder with --run-dir")));
}

TEST_F(NewRun, IsNamedByTheConfigurationOtherwise) { EXPECT_EQ(folder_for(std::nullopt), parent.path() / "run"); }

TEST_F(NewRun, IsNumberedFromTwoWhereTheNameIsUsed) {
  used("run");
  EXPECT_EQ(folder_for(std::nullopt), parent.path() / "run-2");
  used("run-2");
  EXPECT_EQ(folder_for(std::nullopt), parent.path() / "run-3");
}

TEST_F(NewRun, TakesTheFirstNumberThatIsFree) {
  used("run");
  used("run-3");
  EXPECT_EQ(folder_for(std::nullopt), parent.path() / "run-2");
}

TEST_F(NewRun, MakesNoFolderBeforeItIsStarted) {
  folder_for(std::nullopt);
  folder_for(parent.path() / "mine");
  EXPECT_TRUE(fs::is_empty(parent.path()));
}

class FolderToResume : public RunFolders {
 protected:
  fs::path folder_for(const std::optional<fs::path>& wanted) const {
    return folder_to_resume(wanted, parent.path(), "run").root;
  }
};

TEST_F(FolderToResume, IsTheOneThatAPersonNames) {
  used("run");
  EXPECT_EQ(folder_for(parent.path() / "mine"), parent.path() / "mine");
}

TEST_F(FolderToResume, IsTheOneOfTheLastNewRunOtherwise) {
  for (int run = 0; run < 4; ++run) {
    const auto last = used(folder_for_new_run(std::nullopt, parent.path(), "run").root.filename().string());
    EXPECT_EQ(folder_for(std::nullopt), last);
  }
}

TEST_F(FolderToResume, MustHaveBeenUsed) {
  fs::create_directories(parent.path() / "run");
  EXPECT_THAT(input_error_of([&] { folder_for(std::nullopt); }),
              AllOf(HasSubstr("no run to resume (" + (parent.path() / "run").string() + ")"), HasSubstr("--run-dir"),
                    HasSubstr("--resume=auto")));
}

class CheckpointToResume : public RunFolders {
 protected:
  /// Writes a checkpoint as a run does, and returns its path.
  fs::path save(std::uint32_t generation) const {
    fs::create_directories(run.checkpoints());
    const auto path = checkpoint_path(run.checkpoints(), generation);
    test::write_made_checkpoint(path, test::made_header(2, generation));
    replace_file(run.latest(), path.filename().string());
    return path;
  }
  static void damage(const fs::path& path) { fs::resize_file(path, fs::file_size(path) / 2); }

  std::optional<fs::path> find(ResumeMode mode) const { return checkpoint_to_resume(run, mode, std::nullopt); }
  std::string error_of(ResumeMode mode) const {
    return input_error_of([&] { find(mode); });
  }

  const RunFolder run{used("run")};
};

TEST_F(CheckpointToResume, IsTheNewest) {
  save(10);
  const auto newest = save(20);
  for (const auto mode : resume_modes) {
    EXPECT_EQ(find(mode), newest);
  }
}

TEST_F(CheckpointToResume, IsTheOneThatAPersonNamesThoughThereAreNewer) {
  const auto named = save(10);
  save(20);
  for (const auto mode : resume_modes) {
    EXPECT_EQ(checkpoint_to_resume(run, mode, named), named);
  }
}

TEST_F(CheckpointToResume, MustBeWholeWhenAPersonNamesIt) {
  save(10);
  const auto named = save(20);
  damage(named);
  const auto error = input_error_of([&] { checkpoint_to_resume(run, ResumeMode::required, named); });
  EXPECT_THAT(error, AllOf(HasSubstr("the checkpoint is damaged (" + named.string()), HasSubstr("name an older one"),
                           HasSubstr("to --resume")));
}

TEST_F(CheckpointToResume, MustBeWholeInAllItsIslandsWhenAPersonNamesIt) {
  const auto named = save(10);
  test::spoil_island(named);
  EXPECT_NO_THROW(read_checkpoint_header(named));
  EXPECT_THAT(input_error_of([&] { checkpoint_to_resume(run, ResumeMode::required, named); }),
              HasSubstr("the checkpoint is damaged (" + named.string()));
}

TEST_F(CheckpointToResume, IsTheNewestWholeOne) {
  const auto whole = save(10);
  damage(save(20));
  for (const auto mode : resume_modes) {
    EXPECT_EQ(find(mode), whole);
  }
}

TEST_F(CheckpointToResume, IsNeverANewRunWhenAllAreDamaged) {
  damage(save(10));
  for (const auto mode : resume_modes) {
    EXPECT_THROW(find(mode), CheckpointError);
  }
}

TEST_F(CheckpointToResume, IsNeverANewRunWhenTheCheckpointsAreGone) {
  const auto lost = save(10);
  fs::remove_all(run.checkpoints());
  for (const auto mode : resume_modes) {
    EXPECT_THAT(error_of(mode), AllOf(HasSubstr("the run's checkpoints are gone (" + run.checkpoints().string() + ")"),
                                      HasSubstr("the last was " + lost.filename().string()), HasSubstr("--run-dir")));
  }
}

TEST_F(CheckpointToResume, IsNeverANewRunWhereOnlyAResultIsLeft) {
  replace_file(run.result(), "{}");
  for (const auto mode : resume_modes) {
    EXPECT_THAT(error_of(mode), HasSubstr("the run's checkpoints are gone"));
  }
}

TEST_F(CheckpointToResume, IsNoneForAJobScriptWhereTheRunEndedBeforeItsFirst) {
  replace_file(run.log(), "");
  replace_file(run.metrics(), "");
  fs::create_directories(run.checkpoints());
  EXPECT_EQ(find(ResumeMode::automatic), std::nullopt);
}

TEST_F(CheckpointToResume, IsNoneForAJobScriptInAFolderThatIsNotThere) {
  EXPECT_EQ(checkpoint_to_resume(RunFolder{parent.path() / "missing"}, ResumeMode::automatic, std::nullopt),
            std::nullopt);
}

TEST_F(CheckpointToResume, MustBeThereForAPerson) {
  EXPECT_THAT(error_of(ResumeMode::required),
              AllOf(HasSubstr("no checkpoint to resume from (" + run.root.string() + ")"), HasSubstr("--run-dir"),
                    HasSubstr("--resume=auto")));
}

TEST(FolderOfACheckpoint, IsTheOneAboveItsFolder) {
  EXPECT_EQ(folder_of_checkpoint("/runs/a/checkpoints/ckpt-00000010.h5").root, "/runs/a");
  EXPECT_EQ(folder_of_checkpoint("checkpoints/ckpt-00000010.h5").root, fs::current_path());
  EXPECT_EQ(folder_of_checkpoint("../checkpoints/ckpt-00000010.h5").root, fs::current_path().parent_path());
}

TEST(FolderOfACheckpoint, IsUnknownWhereItLiesElsewhere) {
  EXPECT_THAT(input_error_of([] { folder_of_checkpoint("/backup/ckpt-00000010.h5"); }),
              AllOf(HasSubstr("(/backup/ckpt-00000010.h5)"), HasSubstr("--run-dir")));
}

}  // namespace
}  // namespace zcmpi
