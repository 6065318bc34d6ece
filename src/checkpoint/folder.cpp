#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view prefix = "ckpt-";
constexpr std::string_view suffix = ".h5";
constexpr std::string_view temporary_suffix = ".h5.tmp";

/// The generation in a name ckpt-<digits><end>; nullopt for other names.
std::optional<std::uint32_t> generation_in(std::string_view name, std::string_view end) {
  if (!name.starts_with(prefix) || !name.ends_with(end) || name.size() <= prefix.size() + end.size()) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(prefix.size(), name.size() - prefix.size() - end.size());
  std::uint32_t generation = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), generation);
  const bool is_number = error == std::errc() && stop == digits.data() + digits.size();
  return is_number ? std::optional(generation) : std::nullopt;
}

struct Entry {
  std::uint32_t generation;
  std::filesystem::path path;
};

/// Newest first.
std::vector<Entry> entries_of(const std::filesystem::path& folder, std::string_view end) {
  std::vector<Entry> entries;
  if (is_folder(folder)) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (const auto generation = generation_in(file.path().filename().string(), end)) {
        entries.push_back({*generation, file.path()});
      }
    }
  }
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return a.generation != b.generation ? a.generation > b.generation : a.path < b.path;
  });
  return entries;
}

}  // namespace

std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (auto& entry : entries_of(folder, suffix)) {
    paths.push_back(std::move(entry.path));
  }
  return paths;
}

std::filesystem::path checkpoint_path(const std::filesystem::path& folder, std::uint32_t generation) {
  return folder / fmt::format("{}{:08}{}", prefix, generation, suffix);
}

std::optional<std::filesystem::path> find_newest_valid(const std::filesystem::path& folder) {
  const auto paths = list_checkpoints(folder);
  for (const auto& path : paths) {
    try {
      verify_checkpoint(path);
      return path;
    } catch (const CheckpointError& error) {
      if (!error.damaged()) {
        throw;
      }
      log_warning(fmt::format("passed over: {}", error.what()));
    }
  }
  if (paths.empty()) {
    return std::nullopt;
  }
  throw CheckpointError(
      fmt::format("no checkpoint can be resumed from ({}): all {} are damaged; restore one from a backup, or start a "
                  "new run in another folder with --run-dir",
                  folder.string(), paths.size()),
      true);
}

std::vector<std::filesystem::path> list_newer_checkpoints(const std::filesystem::path& folder,
                                                          std::uint32_t generation) {
  std::vector<std::filesystem::path> paths;
  for (auto& entry : entries_of(folder, suffix)) {
    if (entry.generation > generation) {
      paths.push_back(std::move(entry.path));
    }
  }
  return paths;
}

void set_aside(const std::filesystem::path& checkpoint) {
  auto aside = checkpoint;
  aside += ".superseded";
  rename_durably(checkpoint, aside);
  log_warning(
      fmt::format("set aside as {}, since the run goes on from an older checkpoint", aside.filename().string()));
}

void prune_checkpoints(const std::filesystem::path& folder, std::size_t keep) {
  const auto entries = entries_of(folder, suffix);
  for (std::size_t i = keep; i < entries.size(); ++i) {
    std::filesystem::remove(entries[i].path);
  }
  for (const auto& entry : entries_of(folder, temporary_suffix)) {
    std::filesystem::remove(entry.path);
  }
}

}  // namespace zcmpi
