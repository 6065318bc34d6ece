/// \file
/// What code under test warns of.
#pragma once

#include <filesystem>
#include <string>

#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"

namespace zcmpi {

/// Everything that `action` logs at the level of warnings; the log is kept in `folder`.
template <class Action>
std::string warnings_of(const std::filesystem::path& folder, Action&& action) {
  const auto path = folder / "captured-log.txt";
  std::filesystem::remove(path);
  init_log({LogLevel::warning, 0});
  open_log_file(path);
  action();
  close_log_file();
  init_log({LogLevel::off, 0});
  return read_file(path);
}

}  // namespace zcmpi
