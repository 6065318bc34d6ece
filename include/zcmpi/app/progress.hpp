/// \file
/// What a run shows of itself: a progress line while it goes on, a report at its end. Text only: who calls writes it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "zcmpi/app/result.hpp"

namespace zcmpi {

/// Where a run stands. The rates are those of this part of the run: since its start or its resumption.
struct Progress {
  std::uint32_t generation = 0;
  /// The generation to reach, and the one that this part of the run began with.
  std::uint32_t last_generation = 0;
  std::uint32_t first_generation = 0;
  double best_fitness = 0.0;
  /// Median over the ranks of each rank's median over the formulas of its islands. The median of all formulas would
  /// take all their fitnesses to one place, every generation; with an island a rank the two are close, and on one rank
  /// equal.
  double median_fitness = 0.0;
  /// Formulas evaluated by all ranks in this part of the run.
  std::uint64_t evaluations = 0;
  /// Since this part of the run began.
  double elapsed_seconds = 0.0;
  /// Until run.max_hours stops it; nullopt: no limit.
  std::optional<double> seconds_to_limit;
};

using WallTime = std::chrono::system_clock::time_point;

/// Where work stands that consists of many things of one kind, such as architectures to compute something of.
struct WorkProgress {
  /// In the plural.
  std::string_view things = "architectures";
  std::size_t done = 0;
  std::size_t total = 0;
  /// Done, and seconds that had passed, before this part of the work began: rates are this part's.
  std::size_t done_before = 0;
  double seconds_before = 0.0;
  /// What `done` lacks of others' work, as far as can be told: rates count it as done.
  double not_reported = 0.0;
  /// How much of this part's work is done, of 1; nullopt: as the numbers say. For things of uneven cost.
  std::optional<double> share{};
  double elapsed_seconds = 0.0;
  std::optional<double> seconds_to_limit{};
};

/// Seconds until the last generation or the limit, whichever comes first; nullopt before one generation is done.
std::optional<double> seconds_left(const Progress& progress);
/// Seconds until all is done or the limit; nullopt before something is done.
std::optional<double> seconds_left(const WorkProgress& progress);

/// Near: "43 s left", "7 min left"; beyond an hour the date and local time of the end: "until Mon 3 Feb 14:05".
std::string describe_time_left(double seconds, WallTime now);

/// 950, "12.3k", "4.56M"
std::string describe_count(double count);

/// "generation 120/200  best 0.5912  median 0.5540  41.2k formulas/s  43 s left", as much of it as fits into `width`
/// columns, from the left in whole parts.
std::string progress_line(const Progress& progress, WallTime now, std::size_t width);
/// "architectures 120/200  3.2/s  43 s left", likewise.
std::string progress_line(const WorkProgress& progress, WallTime now, std::size_t width);

/// Decides when progress is shown.
class ProgressDisplay {
 public:
  /// `period_seconds` is the least time between two lines; `width` the most columns of one.
  ProgressDisplay(double period_seconds, std::size_t width) : period_seconds_(period_seconds), width_(width) {}

  /// The line to show now; nullopt when it is not yet time. The last generation's always is.
  std::optional<std::string> update(const Progress& progress, WallTime now);
  /// Likewise; the line that says that all is done always is.
  std::optional<std::string> update(const WorkProgress& progress, WallTime now);

 private:
  /// Whether a line is to be shown so many seconds after the beginning.
  bool is_time(double elapsed_seconds, bool is_last);

  double period_seconds_;
  std::size_t width_;
  std::optional<double> last_seconds_;
};

/// Whether standard error is a terminal that can redraw a line.
bool stderr_is_terminal();
/// Columns of the terminal on standard error; 80 where that is not known.
std::size_t terminal_width();

/// What the report says about going on.
struct ReportContext {
  std::filesystem::path run_folder;
  /// The commands to type; empty: not shown.
  std::string resume_command;
  std::string eval_command;
  /// Columns to wrap at.
  std::size_t width = 100;
};

/// The report at the end of a run: per problem the taus beside the best single terminal's, the formula, where the time
/// went, and what to do next. Lines ended by newlines.
std::string render_report(const RunResult& result, const ReportContext& context);

/// "3 h 04 min", "12 min 30 s", "8.5 s"
std::string describe_duration(double seconds);

}  // namespace zcmpi
