#include "run_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "../checkpoint/made_checkpoint.hpp"
#include "../checkpoint/spoiled_island.hpp"
#include "support.hpp"
#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

/// A run with checkpoints at generations 10 and 20.
class RunPlans : public testing::Test {
 protected:
  void SetUp() override {
    init_log({LogLevel::off, 0});
    fs::create_directories(run.checkpoints());
    for (const std::uint32_t generation : {10U, 20U}) {
      test::write_made_checkpoint(checkpoint(generation), test::made_header(2, generation));
    }
    replace_file(run.latest(), "ckpt-00000020.h5");
    replace_file(run.metrics(), "{\"generation\": 10}\n{\"generation\": 20}\n");
    replace_file(run.migrations(), "{\"generation\": 9}\n");
  }

  [[nodiscard]] fs::path checkpoint(std::uint32_t generation) const {
    return checkpoint_path(run.checkpoints(), generation);
  }

  /// Every file of the run, with its content.
  [[nodiscard]] std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> contents;
    for (const auto& entry : fs::recursive_directory_iterator(run.root)) {
      contents[fs::relative(entry.path(), run.root).string()] = entry.is_regular_file() ? read_file(entry.path()) : "";
    }
    return contents;
  }

  [[nodiscard]] EvolveOptions resuming_from(const fs::path& named) const {
    EvolveOptions options;
    options.resume = ResumeMode::required;
    options.checkpoint = named;
    return options;
  }

  static RunPlan plan(const EvolveOptions& options) { return plan_run(options, choose_folder(options)); }

  const TestFolder folder;
  const RunFolder run{folder.path() / "run"};
};

TEST_F(RunPlans, ANamedCheckpointIsGoneOnFromInItsOwnRun) {
  const auto made = plan(resuming_from(checkpoint(10)));
  EXPECT_EQ(made.folder.root, run.root);
  EXPECT_EQ(made.checkpoint, checkpoint(10));
}

TEST_F(RunPlans, ANamedFolderIsTakenForANamedCheckpoint) {
  auto options = resuming_from(checkpoint(10));
  options.run_folder = folder.path() / "branch";
  const auto made = plan(options);
  EXPECT_EQ(made.folder.root, folder.path() / "branch");
  EXPECT_EQ(made.checkpoint, checkpoint(10));
}

TEST_F(RunPlans, ThatAreRefusedChangeNothing) {
  test::spoil_island(checkpoint(10));
  const auto before = files();
  EXPECT_THROW(plan(resuming_from(checkpoint(10))), CheckpointError);
  EXPECT_EQ(files(), before);
}

TEST_F(RunPlans, ChangeNothingUntilTheyAreCarriedOut) {
  replace_file(run.stop_request(), "");
  const auto before = files();
  plan_changes(plan(resuming_from(checkpoint(10))), 10);
  EXPECT_EQ(files(), before);
}

TEST_F(RunPlans, OfAnOlderCheckpointLeaveWhatItHadSeen) {
  carry_out(plan_changes({run, checkpoint(10)}, 10));
  EXPECT_EQ(read_file(run.metrics()), "{\"generation\": 10}\n");
  EXPECT_EQ(read_file(run.migrations()), "{\"generation\": 9}\n");
  EXPECT_EQ(read_file(run.latest()), "ckpt-00000010.h5");
  EXPECT_TRUE(fs::exists(checkpoint(10)));
  EXPECT_FALSE(fs::exists(checkpoint(20)));
  EXPECT_TRUE(fs::exists(checkpoint(20).string() + ".superseded"));
}

TEST_F(RunPlans, OfTheNewestCheckpointChangeNoLines) {
  const auto changes = plan_changes({run, checkpoint(20)}, 20);
  EXPECT_THAT(changes.removed, IsEmpty());
  EXPECT_THAT(changes.set_aside, IsEmpty());
  ASSERT_EQ(changes.rewritten.size(), 1U);
  EXPECT_EQ(changes.rewritten.front().path, run.latest());
}

TEST_F(RunPlans, OfACheckpointThatLiesElsewhereDoNotCallItTheFoldersLatest) {
  const RunFolder branch{folder.path() / "branch"};
  EXPECT_THAT(plan_changes({branch, checkpoint(20)}, 20).rewritten, IsEmpty());
}

TEST_F(RunPlans, KnowTheFolderByAnotherName) {
  fs::create_directory_symlink(run.root, folder.path() / "link");
  const auto changes = plan_changes({RunFolder{folder.path() / "link"}, checkpoint(20)}, 20);
  EXPECT_EQ(changes.rewritten.size(), 1U);
}

TEST_F(RunPlans, RemoveRequestsThatWereLeftFromBefore) {
  replace_file(run.stop_request(), "");
  replace_file(run.checkpoint_request(), "");
  remove_requests(run);
  EXPECT_FALSE(fs::exists(run.stop_request()));
  EXPECT_FALSE(fs::exists(run.checkpoint_request()));
  remove_requests(run);
  EXPECT_TRUE(fs::exists(checkpoint(20)));
}

TEST_F(RunPlans, OfANewRunRemoveWhatOneWithoutCheckpointLeft) {
  const RunFolder left{folder.path() / "left"};
  fs::create_directories(left.root);
  for (const auto& path : {left.metrics(), left.migrations(), left.log(), left.result(), left.hall_of_fame()}) {
    replace_file(path, "x");
  }
  replace_file(left.root / "notes.txt", "x");
  carry_out(plan_changes({left, std::nullopt}, 0));
  EXPECT_TRUE(fs::exists(left.root / "notes.txt"));
  fs::remove(left.root / "notes.txt");
  EXPECT_TRUE(fs::is_empty(left.root));
}

/// What is left of `lines` by a run that goes on from generation 10.
std::string left_of(std::string_view lines) { return lines_until(lines, 10, "metrics.jsonl"); }

TEST(LinesUntil, AreThoseOfEarlierGenerations) {
  EXPECT_EQ(left_of("{\"generation\":9}\n{\"generation\":10}\n{\"generation\":11}\n{\"generation\":4000000000}\n"),
            "{\"generation\":9}\n{\"generation\":10}\n");
}

TEST(LinesUntil, AreFoundInAnyOrderAndStayAsTheyWere) {
  EXPECT_EQ(left_of("{\"island\": 1,  \"generation\": 10}\n{\"generation\":11}\n{ \"generation\":3, \"x\":0.10 }\n"),
            "{\"island\": 1,  \"generation\": 10}\n{ \"generation\":3, \"x\":0.10 }\n");
}

TEST(LinesUntil, ExcludeALastLineThatACrashCutOff) {
  EXPECT_EQ(left_of("{\"generation\":9}\n{\"generation\":9,\"isl"), "{\"generation\":9}\n");
  EXPECT_EQ(left_of("{\"generation\":9}\n{\"generation\":9}"), "{\"generation\":9}\n");
}

TEST(LinesUntil, ExcludeWhatIsNoObject) {
  EXPECT_EQ(left_of("\n{\"generation\":1\n[1]\n7\n{\"generation\":9}\n"), "{\"generation\":9}\n");
}

TEST(LinesUntil, NameTheLineWhoseGenerationIsMissingOrNoNumber) {
  for (const char* bad : {"{\"island\": 1}", "{\"generation\": \"7\"}", "{\"generation\": null}",
                          "{\"generation\": -1}", "{\"generation\": 1.5}"}) {
    EXPECT_THAT(input_error_of([&] { left_of(std::string("{\"generation\":9}\n") + bad + "\n"); }),
                AllOf(HasSubstr("no generation (metrics.jsonl:2)"), HasSubstr("mend or delete")))
        << bad;
  }
}

TEST(LinesUntil, OfAnEmptyFileAreNone) { EXPECT_EQ(left_of(""), ""); }

}  // namespace
}  // namespace zcmpi
