/// \file
/// Feature caches: what each rank has computed itself so far, in a file of its own (docs/formats.md).
///
/// A folder holds the caches of any number of ranks, runs and settings. The settings, such as images, seed and version,
/// are all that a value depends on besides the architecture and the column; their digest is in a file's name and in the
/// file, so that values of other settings are never taken for these. A rank reads the files of its settings that all
/// ranks have written before, and writes its own, which is whole at every moment: it is written under another name,
/// synced and renamed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/data/computed_table.hpp"

namespace zcmpi {

/// Text by key, without zero bytes.
using CacheSettings = std::map<std::string, std::string>;

/// Sixteen hexadecimal digits that tell settings apart.
std::string digest_of(const CacheSettings& settings);

/// Whether a file has the name of those of these settings.
bool is_named_for(const std::filesystem::path& file, const CacheSettings& settings);

/// What one file holds.
struct CacheFile {
  CacheSettings settings;
  ComputedTable table;
};

/// Whether the file says that it is a feature cache; it may be damaged.
bool is_cache_file(const std::filesystem::path& path);

/// Throws InputError that names the file when it cannot be read, is no feature cache, of a newer version, or damaged.
CacheFile read_cache_file(const std::filesystem::path& path);

/// Replaces the file, whole or not at all. Throws std::runtime_error.
void write_cache_file(const std::filesystem::path& path, const CacheSettings& settings, const ComputedTable& table);

/// The cache files in a folder, of all settings, by name; none when there is no such folder. Throws InputError when it
/// cannot be read.
std::vector<std::filesystem::path> cache_files(const std::filesystem::path& folder);

/// What becomes of values that are missing for a reason that is not final (ComputedValue::is_final).
enum class NotFinal : std::uint8_t {
  /// They stay missing, so that the data stay what they were.
  keep,
  /// By what is computed again, or what another folder has.
  replace,
};

/// One rank's cache. Each object has its file for itself while it lives: one program at a time for a folder and
/// settings.
class FeatureCache {
 public:
  /// Reads what is there. What the folders `sources` hold of these settings, and is final, is taken over into rank 0's
  /// file. Nothing is written before there is something to write; the folder is made then. Throws InputError as
  /// read_cache_file does.
  FeatureCache(std::filesystem::path folder, CacheSettings settings, int rank,
               std::span<const std::filesystem::path> sources = {}, NotFinal not_final = NotFinal::replace);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const CacheSettings& settings() const { return settings_; }
  /// How many values came from `sources`.
  [[nodiscard]] std::size_t taken_over() const { return taken_over_; }
  /// This rank's file, whether or not it exists yet.
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  /// All that was computed before this object was made, whatever rank did it, or through it. Of a value that several
  /// files have, that of this rank stays, then that of the first by name, but a final one comes before one that is not.
  [[nodiscard]] ComputedTable known() const;
  /// One value of them.
  [[nodiscard]] std::optional<ComputedValue> find(std::string_view architecture, std::string_view column) const;
  [[nodiscard]] bool has(std::string_view architecture, std::string_view column) const;
  /// Whether it is to be computed, or taken over from elsewhere.
  [[nodiscard]] bool lacks(std::string_view architecture, std::string_view column, NotFinal not_final) const {
    return not_final == NotFinal::keep ? !has(architecture, column) : !has_final(architecture, column);
  }
  /// Whether there is a value, or a reason that will not change.
  [[nodiscard]] bool has_final(std::string_view architecture, std::string_view column) const;

  /// In memory, until the next write.
  void set(std::string_view architecture, std::string_view column, const ComputedValue& value);

  /// Writes when something is new and writing would not take more than 2 % of the time. To be called after each
  /// architecture: then a kill loses at most the last instants. True when it wrote.
  bool write_if_due();
  /// Writes what is new, if anything is. Throws std::runtime_error.
  void write();
  /// Likewise where something else has failed already: that this does too is a warning.
  void write_after_failure() noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  /// What `table` has that is final, and is lacking here.
  [[nodiscard]] ComputedTable news_of(const ComputedTable& table, NotFinal not_final) const;

  std::filesystem::path folder_;
  CacheSettings settings_;
  std::filesystem::path file_;
  ComputedTable own_;
  /// What the other files, and other folders, held in the beginning.
  ComputedTable others_;
  std::size_t taken_over_ = 0;
  bool has_news_ = false;
  Clock::time_point last_write_ = Clock::now();
  /// What the last one took.
  Clock::duration write_took_{};
};

}  // namespace zcmpi
