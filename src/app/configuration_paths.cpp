#include <fmt/format.h>
#include <fmt/ranges.h>

#include <system_error>

#include "zcmpi/app/configuration.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

/// Not one in a folder that may not be read.
bool is_readable_file(const std::filesystem::path& path) {
  std::error_code unreadable;
  return std::filesystem::is_regular_file(path, unreadable);
}

/// Empty where the system does not tell.
std::filesystem::path executable_folder() {
  std::error_code error;
  const auto executable = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : executable.parent_path();
}

}  // namespace

std::vector<std::filesystem::path> share_folders() {
  const auto folder = executable_folder();
  if (folder.empty()) {
    return {};
  }
  std::vector<std::filesystem::path> folders{folder.parent_path() / ZCMPI_INSTALL_DATADIR / "zcmpi"};
  // A build folder lies in the source tree: build/<preset>/src/zcmpi.
  auto above = folder;
  for (int level = 0; level < 3; ++level) {
    above = above.parent_path();
    if (is_readable_file(above / "configs" / "nbsz13.toml")) {
      folders.push_back(above);
    }
  }
  return folders;
}

std::filesystem::path find_configuration(std::string_view name) {
  const std::filesystem::path given(name);
  if (is_file(given)) {
    return given;
  }
  std::vector<std::string> looked{given.string()};
  if (!given.has_parent_path()) {
    auto file = given;
    if (file.extension() != ".toml") {
      file += ".toml";
    }
    std::vector<std::filesystem::path> candidates{file, "configs" / file};
    for (const auto& share : share_folders()) {
      candidates.push_back(share / "configs" / file);
    }
    for (const auto& candidate : candidates) {
      if (is_readable_file(candidate)) {
        return candidate;
      }
      looked.push_back(candidate.string());
    }
  }
  throw InputError(
      fmt::format("there is no configuration \"{}\": expected a TOML file or the name of a ready configuration; looked "
                  "for {}",
                  name, fmt::join(looked, ", ")));
}

}  // namespace zcmpi
