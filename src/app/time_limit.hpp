/// \file
/// The wall time that a person gives a command.
#pragma once

#include <chrono>
#include <optional>

namespace zcmpi {

/// After so many hours from its start a command stops in an orderly way.
class TimeLimit {
 public:
  using Clock = std::chrono::steady_clock;

  /// 0 hours: no limit.
  explicit TimeLimit(double hours, Clock::time_point start = Clock::now()) : hours_(hours), start_(start) {}

  /// nullopt where there is no limit; negative when it is over.
  [[nodiscard]] std::optional<double> seconds_left() const {
    constexpr double hour = 3600.0;
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    return hours_ > 0.0 ? std::optional(hours_ * hour - elapsed) : std::nullopt;
  }

 private:
  double hours_;
  Clock::time_point start_;
};

}  // namespace zcmpi
