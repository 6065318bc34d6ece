#include "live_problems.hpp"

#include <gmock/gmock.h>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class LiveProblems : public testing::Test {
 protected:
  /// Of two architectures, one of which has an accuracy unless there are `more` lines.
  [[nodiscard]] LiveProblemSource source(const std::string& more = "",
                                         std::optional<int> cuda_device = std::nullopt) const {
    const auto accuracies = folder.write("a.csv", "arch,val_accuracy\n\"(0, 1, 2, 3, 0, 1)\",90\n" + more);
    const auto architectures = folder.write("a.txt", "(0, 1, 2, 3, 0, 1)\n(1, 1, 2, 3, 0, 1)\n");
    const LiveProblem live{.settings = {.space = "tnb101-micro", .batch = 1},
                           .name = "mine",
                           .accuracies = accuracies.string(),
                           .architectures = architectures.string(),
                           .proxies = "params"};
    return {live, {}, cuda_device};
  }

  TestFolder folder;
};

TEST_F(LiveProblems, AreNamedInWhatIsWrongWithTheirAccuracies) {
  const auto live = source();
  const auto named = AllOf(HasSubstr("live problem tnb101-micro/mine: "), HasSubstr("no accuracy is known of 1 of 2"));
  EXPECT_THAT(input_error_of([&] { facts_of({&live, 1}); }), named);
  EXPECT_THAT(input_error_of([&] { static_cast<void>(live.rehearsal()); }), named);
}

TEST_F(LiveProblems, OfHostsAndDevicesAreToldApartBeforeAnythingIsComputed) {
  const std::string other = "\"(1, 1, 2, 3, 0, 1)\",80\n";
  const auto on_host = source(other).facts();
  const auto on_device = source(other, 0).facts();
  EXPECT_EQ(on_host.at("device of tnb101-micro/mine"), "cpu");
  EXPECT_EQ(on_device.at("device of tnb101-micro/mine"), "cuda");
  EXPECT_EQ(on_host.at("accuracies of tnb101-micro/mine"), on_device.at("accuracies of tnb101-micro/mine"));
}

}  // namespace
}  // namespace zcmpi
