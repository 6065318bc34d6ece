/// \file
/// Turning signals into a request to stop.
#pragma once

#include <csignal>

namespace zcmpi {

/// While alive, SIGINT, SIGTERM and SIGUSR1 ask for an orderly stop instead of killing the process; a second SIGINT
/// ends the process at once. At most one object at a time; the previous handlers come back at the end.
class ScopedStopSignals {
 public:
  ScopedStopSignals();
  ~ScopedStopSignals();
  ScopedStopSignals(const ScopedStopSignals&) = delete;
  ScopedStopSignals& operator=(const ScopedStopSignals&) = delete;

  /// The signal that first asked for a stop, or 0.
  [[nodiscard]] static int requested_by();

 private:
  struct sigaction previous_[3]{};
};

}  // namespace zcmpi
