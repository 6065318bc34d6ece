#include "zcmpi/core/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

FileLock::Outcome lock_now(int file) {
  int result = 0;
  do {
    result = ::flock(file, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) {
    return FileLock::Outcome::held;
  }
  return errno == EWOULDBLOCK ? FileLock::Outcome::busy : FileLock::Outcome::unsupported;
}

}  // namespace

FileLock::~FileLock() {
  if (is_held()) {
    ::close(file_);
  }
}

FileLock::FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

FileLock::Outcome FileLock::try_lock(const std::filesystem::path& path) {
  ZCMPI_EXPECT(!is_held());
  // Closed on exec: a child process must not keep the lock alive.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) {
    throw std::runtime_error(fmt::format("cannot open the lock file ({}): {}", path.string(), std::strerror(errno)));
  }
  const auto outcome = lock_now(file);
  if (outcome == Outcome::held) {
    file_ = file;
  } else {
    ::close(file);
  }
  return outcome;
}

void FileLock::describe_holder(const std::string& holder) const {
  ZCMPI_EXPECT(is_held());
  if (::ftruncate(file_, 0) == 0) {
    [[maybe_unused]] const auto written = ::pwrite(file_, holder.data(), holder.size(), 0);
  }
}

}  // namespace zcmpi
