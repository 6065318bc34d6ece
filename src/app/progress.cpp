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
  if (progress.elapsed_seconds > 0.0) {
    parts.push_back(describe_count(static_cast<double>(progress.evaluations) / progress.elapsed_seconds) +
                    " formulas/s");
  }
  if (const auto left = seconds_left(progress)) {
    parts.push_back(describe_time_left(*left, now));
  }
  std::string line = parts.front().substr(0, width);
  for (std::size_t i = 1; i < parts.size() && line.size() + 2 + parts[i].size() <= width; ++i) {
    line += "  " + parts[i];
  }
  return line;
}

std::optional<std::string> ProgressDisplay::update(const Progress& progress, WallTime now) {
  const bool is_last = progress.generation >= progress.last_generation;
  if (last_seconds_ && progress.elapsed_seconds - *last_seconds_ < period_seconds_ && !is_last) {
    return std::nullopt;
  }
  last_seconds_ = progress.elapsed_seconds;
  return progress_line(progress, now, width_);
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
