#include "run_lock.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "environment.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"

namespace zcmpi {

std::string holder_of(const std::filesystem::path& lock_file) {
  const auto holder = read_file(lock_file);
  return holder.empty() ? "" : ": " + holder.substr(0, holder.find('\n'));
}

void describe_holder(const FileLock& lock) {
  if (lock.is_held()) {
    lock.describe_holder(fmt::format("process {} on {}\n", ::getpid(), host_name()));
  }
}

void RunLock::acquire(const RunFolder& folder) {
  if (lock_.is_held()) {
    return;
  }
  const auto path = folder.lock();
  switch (lock_.try_lock(path)) {
    case FileLock::Outcome::held: break;
    case FileLock::Outcome::busy:
      throw InputError(
          fmt::format("another zcmpi works in this folder ({}){}; wait until it ends, stop it with a file {}, or name "
                      "another folder with --run-dir",
                      folder.root.string(), holder_of(path), folder.stop_request().string()));
    case FileLock::Outcome::unsupported:
      if (!std::exchange(has_warned_, true)) {
        log_warning(fmt::format("the file system has no locks ({}): see to it that no other zcmpi works in this folder",
                                path.string()));
      }
  }
}

void RunLock::describe_holder() const { zcmpi::describe_holder(lock_); }

}  // namespace zcmpi
