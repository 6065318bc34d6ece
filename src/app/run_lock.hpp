/// \file
/// One program at a time in a run's folder, or at a table.
#pragma once

#include <filesystem>
#include <string>

#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/core/file_lock.hpp"

namespace zcmpi {

/// Which process holds a lock file, as it wrote there, for a message: ": process 12 on node7", or nothing.
std::string holder_of(const std::filesystem::path& lock_file);
/// Writes there that it is this one, if it is.
void describe_holder(const FileLock& lock);

/// Holds `zcmpi.lock` of a run's folder until it ends. Rank 0's.
class RunLock {
 public:
  /// Does nothing when it is held already. Throws InputError when another program holds it. Where the file system has
  /// no locks a warning says so, once.
  void acquire(const RunFolder& folder);
  /// Writes into the lock file which process holds it, if one does.
  void describe_holder() const;

 private:
  FileLock lock_;
  bool has_warned_ = false;
};

}  // namespace zcmpi
