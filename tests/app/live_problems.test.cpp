#include "live_problems.hpp"

#include <gmock/gmock.h>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class LiveProblems : public testing::Test {
 protected:
  /// Of two architectures, one of which has an accuracy.
  [[nodiscard]] LiveProblemSource source() const {
    const auto accuracies = folder.write("a.csv", "arch,val_accuracy\n\"(0, 1, 2, 3, 0, 1)\",90\n");
    const auto architectures = folder.write("a.txt", "(0, 1, 2, 3, 0, 1)\n(1, 1, 2, 3, 0, 1)\n");
    const LiveProblem live{.settings = {.space = "tnb101-micro", .batch = 1},
                           .name = "mine",
                           .accuracies = accuracies.string(),
                           .architectures = architectures.string(),
                           .proxies = "params"};
    return {live, {}, std::nullopt};
  }

  TestFolder folder;
};

TEST_F(LiveProblems, AreNamedInWhatIsWrongWithTheirAccuracies) {
  const auto live = source();
  const auto named = AllOf(HasSubstr("live problem tnb101-micro/mine: "), HasSubstr("no accuracy is known of 1 of 2"));
  EXPECT_THAT(input_error_of([&] { facts_of({&live, 1}); }), named);
  EXPECT_THAT(input_error_of([&] { static_cast<void>(live.rehearsal()); }), named);
}

}  // namespace
}  // namespace zcmpi
