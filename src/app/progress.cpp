#include "zcmpi/app/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace zcmpi {
namespace {

constexpr double minute = 60.0;
constexpr double hour = 3600.0;
constexpr double most_dated = 10.0 * 365.0 * 24.0 * hour;

/// The end's local date and time, in English whatever the locale.
std::string describe_date(WallTime end) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = std::chrono::system_clock::to_time_t(end);
  std::tm local{};
  localtime_r(&time, &local);
  return fmt::format("{} {} {} {:02}:{:02}", days[local.tm_wday], local.tm_mday, months[local.tm_mon], local.tm_hour,
                     local.tm_min);
}

std::string describe_fitness(double fitness) { return std::isfinite(fitness) ? fmt::format("{:.4f}", fitness) : "-"; }

/// The parts two spaces apart, as many whole ones as fit.
std::string fit(const std::vector<std::string>& parts, std::size_t width) {
  std::string line = parts.front().substr(0, width);
  for (std::size_t i = 1; i < parts.size() && line.size() + 2 + parts[i].size() <= width; ++i) {
    line += "  " + parts[i];
  }
  return line;
}

double done_in_this_part(const WorkProgress& progress) {
  return static_cast<double>(progress.done - progress.done_before) + progress.not_reported;
}

}  // namespace

std::optional<double> seconds_left(const Progress& progress) {
  if (progress.generation <= progress.first_generation || progress.elapsed_seconds <= 0.0) {
    return std::nullopt;
  }
  const double done = progress.generation - progress.first_generation;
  const double to_do =
      progress.last_generation > progress.generation ? progress.last_generation - progress.generation : 0.0;
  const double left = progress.elapsed_seconds / done * to_do;
  return progress.seconds_to_limit ? std::min(left, std::max(0.0, *progress.seconds_to_limit)) : left;
}

std::string describe_time_left(double seconds, WallTime now) {
  if (seconds < 2.0 * minute) {
    return fmt::format("{:.0f} s left", seconds);
  }
  if (seconds < hour) {
    return fmt::format("{:.0f} min left", seconds / minute);
  }
  // Dates farther away could leave the clock's range.
  if (seconds > most_dated) {
    return "more than ten years left";
  }
  return "until " +
         describe_date(now + std::chrono::duration_cast<WallTime::duration>(std::chrono::duration<double>(seconds)));
}

std::string describe_count(double count) {
  constexpr double thousand = 1e3;
  if (count < thousand) {
    return fmt::format("{:.0f}", count);
  }
  const char* unit = count < 1e6 ? "k" : (count < 1e9 ? "M" : "G");
  const double scaled = count / (count < 1e6 ? 1e3 : (count < 1e9 ? 1e6 : 1e9));
  return fmt::format("{:.3g}{}", scaled, unit);
}

std::string progress_line(const Progress& progress, WallTime now, std::size_t width) {
  std::vector<std::string> parts{fmt::format("generation {}/{}", progress.generation, progress.last_generation),
                                 "best " + describe_fitness(progress.best_fitness),
                                 "median " + describe_fitness(progress.median_fitness)};
  // The moment that the first formulas take tells nothing of the rest.
  if (progress.generation > progress.first_generation && progress.elapsed_seconds > 0.0) {
    parts.push_back(describe_count(static_cast<double>(progress.evaluations) / progress.elapsed_seconds) +
                    " formulas/s");
  }
  if (const auto left = seconds_left(progress)) {
    parts.push_back(describe_time_left(*left, now));
  }
  return fit(parts, width);
}

std::optional<double> seconds_left(const WorkProgress& progress) {
  const double seconds = progress.elapsed_seconds - progress.seconds_before;
  if (progress.done <= progress.done_before || seconds <= 0.0) {
    return std::nullopt;
  }
  const double share =
      progress.share.value_or(done_in_this_part(progress) / static_cast<double>(progress.total - progress.done_before));
  if (share <= 0.0) {
    return std::nullopt;
  }
  const double left = seconds / share * (1.0 - std::min(share, 1.0));
  return progress.seconds_to_limit ? std::min(left, std::max(0.0, *progress.seconds_to_limit)) : left;
}

std::string progress_line(const WorkProgress& progress, WallTime now, std::size_t width) {
  std::vector<std::string> parts{fmt::format("{} {}/{}", progress.things, progress.done, progress.total)};
  if (const double seconds = progress.elapsed_seconds - progress.seconds_before;
      progress.done > progress.done_before && seconds > 0.0) {
    const double rate = done_in_this_part(progress) / seconds;
    parts.push_back(rate >= 1000.0 ? describe_count(rate) + "/s" : fmt::format("{:.3g}/s", rate));
  }
  if (const auto left = seconds_left(progress)) {
    parts.push_back(describe_time_left(*left, now));
  }
  return fit(parts, width);
}

bool ProgressDisplay::is_time(double elapsed_seconds, bool is_last) {
  if (last_seconds_ && elapsed_seconds - *last_seconds_ < period_seconds_ && !is_last) {
    return false;
  }
  last_seconds_ = elapsed_seconds;
  return true;
}

std::optional<std::string> ProgressDisplay::update(const Progress& progress, WallTime now) {
  return is_time(progress.elapsed_seconds, progress.generation >= progress.last_generation)
             ? std::optional(progress_line(progress, now, width_))
             : std::nullopt;
}

std::optional<std::string> ProgressDisplay::update(const WorkProgress& progress, WallTime now) {
  return is_time(progress.elapsed_seconds, progress.done >= progress.total)
             ? std::optional(progress_line(progress, now, width_))
             : std::nullopt;
}

bool stderr_is_terminal() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && (kind == nullptr || std::string_view(kind) != "dumb");
}

std::size_t terminal_width() {
  constexpr std::size_t usual = 80;
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

}  // namespace zcmpi
