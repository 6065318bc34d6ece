#include <gmock/gmock.h>

#include "made_checkpoint.hpp"

namespace zcmpi {
namespace {

using testing::HasSubstr;
using testing::Not;

class CompatibleCheckpoint : public testing::Test {
 protected:
  /// What check_compatible says of `saved` and `wanted`.
  [[nodiscard]] std::string verdict() const {
    try {
      check_compatible(saved, wanted, "runs/a/ckpt-00000040.h5", files);
    } catch (const CheckpointError& error) {
      EXPECT_FALSE(error.damaged());
      EXPECT_THAT(error.what(), HasSubstr("runs/a/ckpt-00000040.h5"));
      return error.what();
    }
    return "compatible";
  }

  const CheckpointHeader saved = test::made_header();
  CheckpointHeader wanted = saved;
  std::map<std::string, std::filesystem::path> files;
};

TEST_F(CompatibleCheckpoint, IsOneOfTheSameRun) { EXPECT_EQ(verdict(), "compatible"); }

TEST_F(CompatibleCheckpoint, MayHaveBeenWrittenEarlierAndElsewhere) {
  wanted.generation = 0;
  wanted.wall_seconds = 0.0;
  wanted.phase_seconds = {};
  wanted.program_version = "0.2.0";
  EXPECT_EQ(verdict(), "compatible");
}

TEST_F(CompatibleCheckpoint, HasTheSameSettings) {
  wanted.settings["evolve.population"] = "8";
  wanted.population = 8;
  EXPECT_THAT(verdict(), HasSubstr("evolve.population: was 4, is 8"));
}

TEST_F(CompatibleCheckpoint, NamesEverySettingThatDiffers) {
  wanted.settings["evolve.population"] = "8";
  wanted.settings["evolve.seed"] = "12";
  EXPECT_THAT(verdict(), HasSubstr("evolve.population: was 4, is 8; evolve.seed: was 11, is 12"));
}

TEST_F(CompatibleCheckpoint, NamesSeedAndIslandsBesideTheSettings) {
  wanted.settings["evolve.population"] = "8";
  wanted.population = 8;
  wanted.seed = 12;
  wanted.islands = 4;
  EXPECT_THAT(verdict(),
              testing::AllOf(HasSubstr("evolve.population: was 4, is 8; seed: was 11, is 12; islands: was 3, "
                                       "is 4; "),
                             Not(HasSubstr("members")), HasSubstr("with --run-dir")));
}

TEST_F(CompatibleCheckpoint, HasNoSettingMoreOrLess) {
  wanted.settings.erase("evolve.population");
  wanted.settings["evolve.members"] = "4";
  EXPECT_THAT(verdict(), testing::AllOf(HasSubstr("evolve.population: was 4, is absent"),
                                        HasSubstr("evolve.members: was absent, is 4")));
}

TEST_F(CompatibleCheckpoint, NamesTheProblemWhoseDataDiffer) {
  wanted.data_parts["nb301/cifar10"] = "00000000000000cc";
  wanted.data_digest = 1;
  EXPECT_THAT(verdict(), testing::AllOf(HasSubstr("data of nb301/cifar10: was 00000000000000bb, is 00000000000000cc"),
                                        Not(HasSubstr("nb201"))));
}

TEST_F(CompatibleCheckpoint, WantsChangedDataPutBackAndNoOtherOptions) {
  wanted.data_parts["nb301/cifar10"] = "00000000000000cc";
  files["nb301/cifar10"] = "tables/nb301_cifar10.h5";
  EXPECT_THAT(verdict(), testing::AllOf(HasSubstr("belongs to other data"),
                                        HasSubstr("data of nb301/cifar10 (tables/nb301_cifar10.h5): was "),
                                        HasSubstr("put the data back as they were"), Not(HasSubstr("--resume"))));
  wanted = saved;
  wanted.settings["terminals"] = "nwot";
  EXPECT_THAT(verdict(), testing::AllOf(HasSubstr("terminals: was absent, is nwot; put the data back"),
                                        Not(HasSubstr("--resume"))));
  wanted.seed = 12;
  EXPECT_THAT(verdict(), testing::AllOf(HasSubstr("belongs to another run"), HasSubstr("--resume alone does")));
}

TEST_F(CompatibleCheckpoint, HasTheSameDataWhateverTheProblemsSay) {
  wanted.data_digest = 1;
  EXPECT_THAT(verdict(),
              HasSubstr("data: was 123456789abcdef0, is 0000000000000001, though each problem is what it was"));
}

TEST_F(CompatibleCheckpoint, HasTheSameFormulaLanguage) {
  wanted.formula_language = saved.formula_language + 1;
  EXPECT_THAT(verdict(), HasSubstr("formula language: was 1, is 2"));
}

TEST_F(CompatibleCheckpoint, HasTheSameShapeWhateverTheSettingsSay) {
  wanted.seed = 12;
  wanted.islands = 4;
  wanted.population = 5;
  wanted.migrants = 3;
  wanted.shape = {7, 3};
  EXPECT_THAT(verdict(), HasSubstr("seed: was 11, is 12; islands: was 3, is 4; members of a population: was 4, is 5; "
                                   "migrants: was 2, is 3; nodes of a formula: was 6, is 7; number of problems: was 2, "
                                   "is 3"));
}

}  // namespace
}  // namespace zcmpi
