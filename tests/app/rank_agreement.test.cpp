#include "rank_agreement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(FirstDisagreement, IsNoneAmongEquals) {
  const SharedFacts facts{{"gp.population", "60"}, {"data of space/a", "00aa"}};
  EXPECT_EQ(first_disagreement(std::array{facts}), std::nullopt);
  EXPECT_EQ(first_disagreement(std::array{facts, facts, facts}), std::nullopt);
  EXPECT_EQ(first_disagreement({}), std::nullopt);
}

TEST(FirstDisagreement, NamesTheRankAndAllThatDiffers) {
  const SharedFacts first{{"gp.population", "60"}, {"data of space/a", "00aa"}, {"gp.max_size", "20"}};
  const SharedFacts other{{"gp.population", "61"}, {"data of space/b", "00bb"}, {"gp.max_size", "20"}};
  EXPECT_THAT(first_disagreement(std::array{first, first, other, first}).value(),
              AllOf(HasSubstr("rank 2 "), HasSubstr("gp.population: 61 there, 60 on rank 0"),
                    HasSubstr("data of space/a: absent there, 00aa on rank 0"),
                    HasSubstr("data of space/b: 00bb there, absent on rank 0"), Not(HasSubstr("max_size")),
                    Not(HasSubstr("\n"))));
}

TEST(SharedFacts, AreTheSettingsButNotTheFolders) {
  Configuration one;
  Configuration other;
  other.data.folders = {"/elsewhere"};
  other.run.folder = "/scratch";
  EXPECT_EQ(shared_facts(one, {}), shared_facts(other, {}));
  other.run.generations = one.run.generations + 1;
  EXPECT_NE(shared_facts(one, {}), shared_facts(other, {}));
}

class Agreement : public testing::Test {
 protected:
  const Communicator communicator{MPI_COMM_WORLD};
};

TEST_F(Agreement, OfEqualRanksIsNoError) {
  EXPECT_NO_THROW(require_agreement(communicator, {{"gp.population", "60"}}));
}

TEST_F(Agreement, IsRefusedOnEveryRankWithTheSameLine) {
  if (communicator.size() == 1) {
    GTEST_SKIP() << "one rank has nobody to disagree with";
  }
  const bool is_last = communicator.rank() == communicator.size() - 1;
  const auto message = input_error_of([&] {
    require_agreement(communicator, {{"gp.population", is_last ? "\xff" : "60"}});
  });
  EXPECT_THAT(message, HasSubstr("gp.population: "));
  EXPECT_EQ(message, communicator.broadcast(message));
}

}  // namespace
}  // namespace zcmpi
