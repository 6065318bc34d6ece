/// \file
/// The log: one line a message, to the terminal (standard error) and, once open_log_file was called, to a file.
///
/// A process is silent until init_log. In an MPI run rank 0 logs everything and the others warnings and errors only,
/// with their rank in front.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace zcmpi {

enum class LogLevel { debug, info, warning, error, off };

struct LogOptions {
  LogLevel level = LogLevel::info;
  int rank = 0;
};

void init_log(const LogOptions& options);
/// Appends to `path` from now on, line by line, and first what was logged before; throws std::runtime_error when the
/// file cannot be opened.
void open_log_file(const std::filesystem::path& path);
void close_log_file();

void log_info(std::string_view message);
/// To the file alone, if one is open: for what the terminal shows in another form.
void log_to_file(std::string_view message);
/// The line that stands on the terminal below all messages, redrawn in place; empty: none. Messages are written above
/// it. For a standard error that is a terminal which can redraw a line, and shorter than that is wide.
void show_status_line(std::string_view line);
void log_warning(std::string_view message);
void log_error(std::string_view message);
void flush_log();

/// While alive, only messages of `level` and above are logged: for what every rank does and one shall speak of. An
/// init_log in the meantime has the last word, and before init_log it does nothing.
class ScopedLogLevel {
 public:
  explicit ScopedLogLevel(LogLevel level);
  ~ScopedLogLevel();
  ScopedLogLevel(const ScopedLogLevel&) = delete;
  ScopedLogLevel& operator=(const ScopedLogLevel&) = delete;

 private:
  /// Of the logger that it found; nullopt when there was none.
  std::optional<int> previous_;
  /// How often the log had been set up.
  int set_ups_;
};

}  // namespace zcmpi
