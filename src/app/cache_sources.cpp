#include "cache_sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "computed_output.hpp"
#include "rank_agreement.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

/// Those of the cache that differ in the fewest; nullopt where no file can be read.
std::optional<CacheSettings> nearest_settings(std::span<const fs::path> files, const CacheSettings& settings) {
  std::optional<CacheSettings> nearest;
  for (const auto& file : files) {
    try {
      auto there = read_cache_file(file).settings;
      if (!nearest || differences(there, settings).size() < differences(*nearest, settings).size()) {
        nearest = std::move(there);
      }
    } catch (const InputError&) {
      // It is of other settings, so nothing is lost but what its name would be.
    }
  }
  return nearest;
}

}  // namespace

std::vector<fs::path> existing_cache_folders(std::span<const fs::path> folders, MissingFolder missing) {
  std::vector<fs::path> existing;
  for (const auto& folder : folders) {
    if (is_folder(folder)) {
      existing.push_back(folder);
    } else if (missing == MissingFolder::refused) {
      throw InputError(fmt::format(
          "there is no folder of feature caches ({}): expected T.h5.cache of zcmpi features, features of a search's "
          "folder, or features/<space>_<name> of a run's",
          folder.string()));
    }
  }
  return existing;
}

std::vector<std::string> describe_unused_caches(std::span<const fs::path> folders, const CacheSettings& settings) {
  std::vector<std::string> lines;
  for (const auto& folder : folders) {
    const auto files = cache_files(folder);
    if (std::ranges::any_of(files, [&](const fs::path& file) { return is_named_for(file, settings); })) {
      continue;
    }
    const auto nearest = nearest_settings(files, settings);
    lines.push_back(nearest ? fmt::format("the caches in {} are of other settings and not used: {}", folder.string(),
                                          describe_differences(*nearest, settings))
                            : fmt::format("there is no feature cache in {}", folder.string()));
  }
  return lines;
}

void log_sources(const FeatureCache& cache, std::span<const fs::path> folders, const std::string& beginning) {
  if (cache.taken_over() > 0) {
    log_info(fmt::format("{}took {} over from other feature caches", beginning, count_of(cache.taken_over(), "value")));
  }
  for (const auto& line : describe_unused_caches(folders, cache.settings())) {
    log_warning(beginning + line);
  }
}

}  // namespace zcmpi
