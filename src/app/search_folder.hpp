/// \file
/// The folder of a search: claimed for one program, and its results. Rank 0's business.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "rank_agreement.hpp"
#include "run_lock.hpp"
#include "zcmpi/app/run_folder.hpp"

namespace zcmpi {

class SearchFolder {
 public:
  /// Begins a search of these settings there, or goes on with it, and holds the folder while the object lives. Throws
  /// InputError, for a search of other settings with the difference, and where results of more evaluations lie than are
  /// wanted; nothing is changed then.
  void claim(const RunFolder& folder, ResumeMode resume, const SharedFacts& settings, std::size_t evaluations);

  [[nodiscard]] const RunFolder& paths() const { return folder_; }
  /// Whether there was a search before.
  [[nodiscard]] bool goes_on() const { return goes_on_; }
  /// Of the results that were there when it was claimed; 0 where there were none.
  [[nodiscard]] std::size_t evaluations_before() const { return evaluations_before_; }

  /// Whether a person wants a stop: a file STOP, looked for ten times a second at most.
  bool is_stop_requested();

  struct Results {
    std::string history;
    std::string best;
    std::string result;
  };
  /// Replaces the results.
  void write(const Results& results) const;

 private:
  void require_same_settings(const SharedFacts& settings) const;
  void require_not_fewer(std::size_t evaluations) const;

  RunFolder folder_;
  RunLock lock_;
  bool goes_on_ = false;
  std::size_t evaluations_before_ = 0;
  bool is_stop_requested_ = false;
  std::optional<std::chrono::steady_clock::time_point> looked_;
};

}  // namespace zcmpi
