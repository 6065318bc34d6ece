#include "zcmpi/core/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace zcmpi {
namespace {

/// Standard error, with a line that stays at its end.
class Terminal : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void show_status_line(std::string_view line) {
    const std::lock_guard lock(mutex_);
    write(over_status_line(line));
    status_line_ = line;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    write(over_status_line("") + std::string(formatted.data(), formatted.size()) + status_line_);
  }
  void flush_() override { std::fflush(stderr); }

 private:
  /// What replaces the line that stands there by another one, and leaves the cursor behind that.
  [[nodiscard]] std::string over_status_line(std::string_view line) const {
    if (status_line_.empty()) {
      return std::string(line);
    }
    const std::size_t shorter_by = status_line_.size() > line.size() ? status_line_.size() - line.size() : 0;
    std::string text(1, '\r');
    text.append(line).append(shorter_by, ' ').append(line.empty() ? 1 : 0, '\r');
    return text;
  }
  /// In one piece, so that what other processes write to the same terminal does not come in between.
  static void write(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  }

  std::string status_line_;
};

struct State {
  std::shared_ptr<spdlog::logger> logger;
  std::shared_ptr<Terminal> terminal;
  spdlog::sink_ptr file;
  std::string pattern;
  int set_ups = 0;
  /// What was logged before there was a file; a few lines.
  std::vector<std::pair<spdlog::level::level_enum, std::string>> early;
};

State& state() {
  static State instance;
  return instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

void write(spdlog::level::level_enum level, std::string_view message) {
  if (const auto& logger = state().logger) {
    logger->log(level, spdlog::string_view_t(message.data(), message.size()));
    constexpr std::size_t most_early = 1000;
    if (!state().file && logger->should_log(level) && state().early.size() < most_early) {
      state().early.emplace_back(level, message);
    }
  }
}

}  // namespace

void init_log(const LogOptions& options) {
  auto& s = state();
  s.pattern = options.rank == 0 ? "%^%v%$" : fmt::format("[rank {}] %^%v%$", options.rank);
  s.terminal = std::make_shared<Terminal>();
  s.logger = std::make_shared<spdlog::logger>("zcmpi", s.terminal);
  s.logger->set_pattern(s.pattern);
  s.logger->set_level(options.rank == 0 ? to_spdlog(options.level)
                                        : std::max(to_spdlog(options.level), spdlog::level::warn));
  s.logger->flush_on(spdlog::level::info);
  s.file.reset();
  s.early.clear();
  ++s.set_ups;
}

void open_log_file(const std::filesystem::path& path) {
  auto& s = state();
  if (!s.logger) {
    return;
  }
  try {
    s.file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string(), false);
  } catch (const spdlog::spdlog_ex& error) {
    throw std::runtime_error(fmt::format("cannot open the log file ({}): {}", path.string(), error.what()));
  }
  s.file->set_pattern("%Y-%m-%d %H:%M:%S %L %v");
  for (const auto& [level, message] : s.early) {
    s.file->log(spdlog::details::log_msg("", level, message));
  }
  s.early.clear();
  s.logger->sinks().push_back(s.file);
}

void close_log_file() {
  auto& s = state();
  if (s.logger && s.file) {
    s.logger->flush();
    std::erase(s.logger->sinks(), s.file);
    s.file.reset();
  }
}

void log_info(std::string_view message) { write(spdlog::level::info, message); }
void log_to_file(std::string_view message) {
  const auto& s = state();
  if (s.file && s.logger->should_log(spdlog::level::info)) {
    s.file->log(
        spdlog::details::log_msg("", spdlog::level::info, spdlog::string_view_t(message.data(), message.size())));
    s.file->flush();
  }
}

void show_status_line(std::string_view line) {
  if (const auto& terminal = state().terminal) {
    terminal->show_status_line(line);
  }
}

void log_warning(std::string_view message) { write(spdlog::level::warn, fmt::format("warning: {}", message)); }
void log_error(std::string_view message) { write(spdlog::level::err, fmt::format("error: {}", message)); }

ScopedLogLevel::ScopedLogLevel(LogLevel level) : set_ups_(state().set_ups) {
  if (const auto& logger = state().logger) {
    previous_ = logger->level();
    logger->set_level(std::max(logger->level(), to_spdlog(level)));
  }
}

ScopedLogLevel::~ScopedLogLevel() {
  const auto& logger = state().logger;
  if (previous_ && state().set_ups == set_ups_) {
    logger->set_level(static_cast<spdlog::level::level_enum>(*previous_));
  }
}

void flush_log() {
  if (const auto& logger = state().logger) {
    logger->flush();
  }
}

}  // namespace zcmpi
