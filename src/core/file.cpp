#include "zcmpi/core/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

[[noreturn]] void throw_errno(std::string_view what, const std::filesystem::path& path) {
  throw std::runtime_error(fmt::format("cannot {} ({}): {}", what, path.string(), std::strerror(errno)));
}

class FileDescriptor {
 public:
  FileDescriptor(const std::filesystem::path& path, int flags) : path_(path), fd_(::open(path.c_str(), flags, 0666)) {
    if (fd_ < 0) {
      throw_errno("open", path);
    }
  }
  ~FileDescriptor() { ::close(fd_); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  void write(std::string_view content) const {
    while (!content.empty()) {
      const auto written = ::write(fd_, content.data(), content.size());
      if (written < 0) {
        if (errno == EINTR) {
          continue;
        }
        throw_errno("write", path_);
      }
      content.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void sync() const {
    if (::fsync(fd_) != 0) {
      throw_errno("sync", path_);
    }
  }

 private:
  const std::filesystem::path& path_;
  int fd_;
};

std::filesystem::path folder_of(const std::filesystem::path& path) {
  const auto folder = path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// Of the disk or the network, not of the name.
bool is_failure(const std::error_code& error) {
  constexpr int failures[] = {EIO, ENOSPC, EDQUOT, ESTALE, ETIMEDOUT};
  return std::ranges::find(failures, error.value()) != std::end(failures);
}

std::filesystem::file_status status_of(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::status_known(status)) {
    const auto what = fmt::format("cannot look at the file ({}): {}", path.string(), error.message());
    if (is_failure(error)) {
      throw std::runtime_error(what);
    }
    throw InputError(what);
  }
  return status;
}

std::error_code error_of_making(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return error;
}

/// Where a link leads, be it to nothing.
std::filesystem::path target_of(const std::filesystem::path& path) {
  constexpr int most_links = 40;
  std::error_code error;
  auto target = path;
  for (int links = 0; std::filesystem::is_symlink(target, error); ++links) {
    if (links == most_links) {
      errno = ELOOP;
      throw_errno("follow", path);
    }
    target = target.parent_path() / std::filesystem::read_symlink(target);
  }
  return target;
}

}  // namespace

bool path_exists(const std::filesystem::path& path) { return std::filesystem::exists(status_of(path)); }

bool is_folder(const std::filesystem::path& path) { return std::filesystem::is_directory(status_of(path)); }

bool is_file(const std::filesystem::path& path) { return std::filesystem::is_regular_file(status_of(path)); }

void make_folder(const std::filesystem::path& folder) {
  if (const auto error = error_of_making(folder)) {
    throw std::runtime_error(fmt::format("cannot make the folder ({}): {}", folder.string(), error.message()));
  }
}

void make_named_folder(const std::filesystem::path& folder, std::string_view remedy) {
  const auto error = error_of_making(folder);
  if (is_failure(error)) {
    make_folder(folder);
  } else if (error) {
    throw InputError(fmt::format("cannot make the folder ({}): {}; {}", folder.string(), error.message(), remedy));
  }
}

std::string read_file(const std::filesystem::path& path) {
  // A stream opens a folder and throws when it is read.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw InputError(fmt::format("cannot read the file ({}): it is a folder; name a file", path.string()));
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw InputError(fmt::format("cannot read the file ({}): {}", path.string(), std::strerror(errno)));
  }
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) {
    throw InputError(fmt::format("cannot read the file to its end ({})", path.string()));
  }
  return content;
}

void replace_file(const std::filesystem::path& path, std::string_view content) {
  const auto target = target_of(path);
  auto temporary = target;
  temporary += ".tmp";
  const FileDescriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  try {
    file.write(content);
    file.sync();
    rename_durably(temporary, target);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void append_to_file(const std::filesystem::path& path, std::string_view lines) {
  const FileDescriptor file(path, O_WRONLY | O_CREAT | O_APPEND);
  file.write(lines);
}

void sync_to_disk(const std::filesystem::path& path) { FileDescriptor(path, O_RDONLY).sync(); }

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    throw_errno(fmt::format("rename {} to", from.string()), to);
  }
  sync_to_disk(folder_of(to));
}

}  // namespace zcmpi
