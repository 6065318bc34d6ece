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

void RunLock::acquire(const RunFolder& folder) {
  if (lock_.is_held()) {
    return;
  }
  const auto path = folder.lock();
  switch (lock_.try_lock(path)) {
    case FileLock::Outcome::held: break;
    case FileLock::Outcome::busy: {
      const auto holder = read_file(path);
      throw InputError(
          fmt::format("another zcmpi works in this folder ({}){}; wait until it ends, stop it with a file {}, or name "
                      "another folder with --run-dir",
                      folder.root.string(), holder.empty() ? "" : ": " + holder.substr(0, holder.find('\n')),
                      folder.stop_request().string()));
    }
    case FileLock::Outcome::unsupported:
      if (!std::exchange(has_warned_, true)) {
        log_warning(fmt::format("the file system has no locks ({}): see to it that no other zcmpi works in this folder",
                                path.string()));
      }
  }
}

void RunLock::describe_holder() const {
  if (lock_.is_held()) {
    lock_.describe_holder(fmt::format("process {} on {}\n", ::getpid(), host_name()));
  }
}

}  // namespace zcmpi
