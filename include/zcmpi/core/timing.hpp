/// \file
/// Where a run's wall time goes.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace zcmpi {

/// The parts of a run's time. `migration_wait` is what ranks wait for each other's emigrants and reports; `rest` what
/// no other part claims.
enum class Phase : std::size_t { evaluation, ranking, variation, migration, migration_wait, checkpoint, rest };

inline constexpr std::size_t phase_count = 7;
inline constexpr std::array<std::string_view, phase_count> phase_names{
    "evaluation", "ranking", "variation", "migration", "migration_wait", "checkpoint", "rest"};

/// Accounts each moment to exactly one phase, so that the parts add up to the whole by construction.
class PhaseClock {
 public:
  using Clock = std::chrono::steady_clock;

  PhaseClock() : last_(Clock::now()) {}

  /// From now on time belongs to `phase`; returns the phase it belonged to.
  Phase switch_to(Phase phase) {
    const auto now = Clock::now();
    seconds_[static_cast<std::size_t>(current_)] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
    const Phase previous = current_;
    current_ = phase;
    return previous;
  }

  /// Seconds per phase up to now.
  std::array<double, phase_count> seconds() {
    switch_to(current_);
    return seconds_;
  }

 private:
  std::array<double, phase_count> seconds_{};
  Phase current_ = Phase::rest;
  Clock::time_point last_;
};

/// Time inside the scope belongs to `phase`; afterwards to whatever it belonged to before. A null clock is allowed and
/// measures nothing.
class ScopedPhase {
 public:
  ScopedPhase(PhaseClock* clock, Phase phase) : clock_(clock) {
    if (clock_ != nullptr) {
      previous_ = clock_->switch_to(phase);
    }
  }
  ~ScopedPhase() {
    if (clock_ != nullptr) {
      clock_->switch_to(previous_);
    }
  }
  ScopedPhase(const ScopedPhase&) = delete;
  ScopedPhase& operator=(const ScopedPhase&) = delete;

 private:
  PhaseClock* clock_;
  Phase previous_ = Phase::rest;
};

}  // namespace zcmpi
