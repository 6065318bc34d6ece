/// \file
/// Folders of feature caches besides a command's own, that it reads and never writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/data/feature_cache.hpp"

namespace zcmpi {

/// What becomes of a folder that is not there.
enum class MissingFolder : std::uint8_t {
  refused,
  /// For what goes on: what it had has been taken over.
  left_out,
};

/// For a command of the option --resume.
inline MissingFolder missing_folder(ResumeMode resume) {
  return resume == ResumeMode::never ? MissingFolder::refused : MissingFolder::left_out;
}

/// Those that are there. Throws InputError where one is not, if that is refused.
std::vector<std::filesystem::path> existing_cache_folders(std::span<const std::filesystem::path> folders,
                                                          MissingFolder missing);

/// For the log, a line a folder none of whose caches is of these settings: what differs from the nearest; or that there
/// is none.
std::vector<std::string> describe_unused_caches(std::span<const std::filesystem::path> folders,
                                                const CacheSettings& settings);

/// Logs what a cache has of these folders, its sources. `beginning` comes first in each line.
void log_sources(const FeatureCache& cache, std::span<const std::filesystem::path> folders,
                 const std::string& beginning = "");

}  // namespace zcmpi
