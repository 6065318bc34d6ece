#include "zcmpi/core/signals.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

constexpr std::array stop_signals{SIGINT, SIGTERM, SIGUSR1};

volatile std::sig_atomic_t seen_by_earlier_handler = 0;

extern "C" void earlier_handler(int signal) { seen_by_earlier_handler = signal; }

/// The handlers that a program had before, here one for each signal.
class StopSignals : public testing::Test {
 protected:
  void SetUp() override {
    seen_by_earlier_handler = 0;
    struct sigaction action {};
    action.sa_handler = earlier_handler;
    for (std::size_t i = 0; i < stop_signals.size(); ++i) {
      sigaction(stop_signals[i], &action, &original_[i]);
    }
  }
  void TearDown() override {
    for (std::size_t i = 0; i < stop_signals.size(); ++i) {
      sigaction(stop_signals[i], &original_[i], nullptr);
    }
  }

 private:
  std::array<struct sigaction, 3> original_{};
};

TEST_F(StopSignals, NothingIsRequestedAtFirst) {
  const ScopedStopSignals signals;
  EXPECT_EQ(ScopedStopSignals::requested_by(), 0);
}

TEST_F(StopSignals, EachOfThemAsksForAStopAndNothingElseHappens) {
  for (const int signal : stop_signals) {
    const ScopedStopSignals signals;
    ASSERT_EQ(raise(signal), 0);
    EXPECT_EQ(ScopedStopSignals::requested_by(), signal);
    EXPECT_EQ(seen_by_earlier_handler, 0);
  }
}

TEST_F(StopSignals, TheFirstThatAskedIsNamed) {
  const ScopedStopSignals signals;
  for (const int signal : {SIGUSR1, SIGTERM, SIGINT}) {
    ASSERT_EQ(raise(signal), 0);
    EXPECT_EQ(ScopedStopSignals::requested_by(), SIGUSR1);
  }
}

TEST_F(StopSignals, ANewObjectKnowsNothingOfEarlierRequests) {
  {
    const ScopedStopSignals signals;
    raise(SIGTERM);
  }
  const ScopedStopSignals signals;
  EXPECT_EQ(ScopedStopSignals::requested_by(), 0);
}

TEST_F(StopSignals, TheHandlersFromBeforeComeBackAtTheEnd) {
  {
    const ScopedStopSignals signals;
    raise(SIGTERM);
  }
  for (const int signal : stop_signals) {
    raise(signal);
    EXPECT_EQ(seen_by_earlier_handler, signal);
  }
}

TEST_F(StopSignals, ASecondInterruptEndsTheProcessAtOnceAsAnInterruptWould) {
  const auto interrupt_twice = [] {
    const ScopedStopSignals signals;
    raise(SIGINT);
    raise(SIGINT);
    _exit(0);
  };
  EXPECT_EXIT(interrupt_twice(), testing::ExitedWithCode(128 + SIGINT), "");
}

TEST_F(StopSignals, AnInterruptAfterOtherSignalsIsStillTheFirst) {
  const auto stop_in_every_way = [] {
    const ScopedStopSignals signals;
    for (const int signal : {SIGTERM, SIGTERM, SIGUSR1, SIGUSR1, SIGINT}) {
      raise(signal);
    }
    _exit(0);
  };
  EXPECT_EXIT(stop_in_every_way(), testing::ExitedWithCode(0), "");
}

TEST_F(StopSignals, TheInterruptsOfAnEarlierObjectDoNotCount) {
  const auto interrupt_two_objects = [] {
    for (int i = 0; i < 2; ++i) {
      const ScopedStopSignals signals;
      raise(SIGINT);
    }
    _exit(0);
  };
  EXPECT_EXIT(interrupt_two_objects(), testing::ExitedWithCode(0), "");
}

// A write to a checkpoint or a message under way goes on instead of failing with EINTR.
TEST_F(StopSignals, SystemCallsThatASignalInterruptsAreRestarted) {
  const ScopedStopSignals signals;
  for (const int signal : stop_signals) {
    struct sigaction action {};
    ASSERT_EQ(sigaction(signal, nullptr, &action), 0);
    EXPECT_NE(action.sa_flags & SA_RESTART, 0) << signal;
  }
}

#if defined(ZCMPI_CONTRACTS)
TEST_F(StopSignals, TwoObjectsAtATimeAreAgainstTheContract) {
  const ScopedStopSignals signals;
  EXPECT_THROW(std::make_unique<ScopedStopSignals>(), ContractError);
}
#endif

}  // namespace
}  // namespace zcmpi
