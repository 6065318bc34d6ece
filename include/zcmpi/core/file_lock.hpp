/// \file
/// A file that one process at a time holds.
#pragma once

#include <filesystem>
#include <string>

namespace zcmpi {

/// An advisory lock (flock) on a file, held until the object or the process ends, however it ends. The file itself
/// stays. Not copyable; moved from, it holds nothing.
class FileLock {
 public:
  enum class Outcome {
    held,
    /// Another process holds it.
    busy,
    /// The file system, such as some network ones, has no locks.
    unsupported,
  };

  FileLock() = default;
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

  /// Makes the file where it is missing, and never waits. Throws std::runtime_error when the file cannot be opened.
  Outcome try_lock(const std::filesystem::path& path);
  [[nodiscard]] bool is_held() const { return file_ >= 0; }
  /// Replaces the content of the file that is held: a line that tells a person who does. That it cannot be written, on
  /// a full disk, is no error.
  void describe_holder(const std::string& holder) const;

 private:
  /// File descriptor, or -1.
  int file_ = -1;
};

}  // namespace zcmpi
