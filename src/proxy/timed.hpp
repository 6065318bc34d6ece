/// \file
/// Where the time of a computation goes.
#pragma once

#include <chrono>

namespace zcmpi {

/// Runs the action, returns what it returns, and adds the seconds that it took.
template <class Action>
auto timed(double& seconds, const Action& action) {
  using Clock = std::chrono::steady_clock;
  struct Timer {
    double& seconds;
    Clock::time_point start = Clock::now();
    ~Timer() { seconds += std::chrono::duration<double>(Clock::now() - start).count(); }
  } const timer{seconds};
  return action();
}

}  // namespace zcmpi
