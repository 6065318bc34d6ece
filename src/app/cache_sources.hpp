/// \file
/// Folders of feature caches besides a command's own, that it reads and never writes.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/data/feature_cache.hpp"

namespace zcmpi {

/// Throws InputError where one of them is no folder.
void require_cache_folders(std::span<const std::filesystem::path> folders);

/// For the log, a line a folder none of whose caches is of these settings: what differs from the nearest; or that there
/// is none.
std::vector<std::string> describe_unused_caches(std::span<const std::filesystem::path> folders,
                                                const CacheSettings& settings);

}  // namespace zcmpi
