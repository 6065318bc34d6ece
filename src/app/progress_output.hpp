/// \file
/// Where progress goes: a line redrawn on the terminal, if there is one, and a line a period in the log.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "zcmpi/app/progress.hpp"
#include "zcmpi/core/log.hpp"

namespace zcmpi {

/// Rank 0's; on others it has nothing to show.
class ProgressOutput {
 public:
  explicit ProgressOutput(double log_period_seconds) : in_log_(log_period_seconds, std::string::npos) {
    // Often enough to look alive.
    constexpr double redraw_period_seconds = 0.2;
    if (stderr_is_terminal()) {
      // The last column stays free: some terminals wrap as soon as it is written.
      on_terminal_.emplace(redraw_period_seconds, std::max<std::size_t>(terminal_width(), 2) - 1);
    }
  }
  ~ProgressOutput() { finish(); }
  ProgressOutput(const ProgressOutput&) = delete;
  ProgressOutput& operator=(const ProgressOutput&) = delete;

  /// For a Progress or a WorkProgress.
  template <class AnyProgress>
  void show(const AnyProgress& progress) {
    const auto now = std::chrono::system_clock::now();
    if (on_terminal_) {
      if (const auto line = on_terminal_->update(progress, now)) {
        show_status_line(*line);
        stands_ = true;
      }
    }
    if (const auto line = in_log_.update(progress, now)) {
      on_terminal_ ? log_to_file(*line) : log_info(*line);
    }
  }

  /// Removes the line from the terminal; so does the destructor.
  void finish() {
    // A rank that has shown nothing must not remove another's.
    if (std::exchange(stands_, false)) {
      show_status_line("");
    }
  }

 private:
  std::optional<ProgressDisplay> on_terminal_;
  ProgressDisplay in_log_;
  bool stands_ = false;
};

}  // namespace zcmpi
