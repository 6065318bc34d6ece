#include "zcmpi/data/feature_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/data/hdf5.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;
using State = ComputedTable::State;

constexpr std::string_view cache_format = "zcmpi feature cache";
constexpr std::uint32_t cache_version = 1;
/// The share of the time that writing may take is 1 / this.
constexpr int writing_apart = 50;

/// The table as its file holds it.
struct Arrays {
  std::vector<std::string> architectures;
  std::vector<std::string> columns;
  std::vector<std::string> reasons;
  /// One number a column and architecture.
  std::vector<std::uint8_t> state;
  std::vector<double> value;
  std::vector<double> seconds;
  std::vector<std::uint32_t> reason;

  [[nodiscard]] std::string digest(const CacheSettings& settings) const {
    Digester digester;
    digester.add(std::string_view(digest_of(settings)));
    for (const auto* names : {&architectures, &columns, &reasons}) {
      digester.add(static_cast<std::uint64_t>(names->size()));
      for (const auto& name : *names) {
        digester.add(std::string_view(name));
      }
    }
    digester.add(std::span<const std::uint8_t>(state));
    digester.add(std::span<const double>(value));
    digester.add(std::span<const double>(seconds));
    digester.add(std::span<const std::uint32_t>(reason));
    return digest_to_text(digester.digest());
  }
};

Arrays to_arrays(const ComputedTable& table) {
  const auto copy = [](std::span<const std::string> names) { return std::vector(names.begin(), names.end()); };
  Arrays arrays{copy(table.architectures()), copy(table.columns()), copy(table.reasons()), {}, {}, {}, {}};
  for (std::size_t i = 0; i < arrays.columns.size(); ++i) {
    for (const auto& cell : table.column(i)) {
      arrays.state.push_back(static_cast<std::uint8_t>(cell.state));
      arrays.value.push_back(cell.value);
      arrays.seconds.push_back(cell.seconds);
      arrays.reason.push_back(cell.reason);
    }
  }
  return arrays;
}

std::string file_with(const fs::path& path, const CacheSettings& settings, const Arrays& arrays) {
  const auto file = hdf5::create_file_in_memory(path);
  hdf5::write_text_attribute(file, "format", cache_format);
  hdf5::write_attribute(file, "version", cache_version);
  hdf5::write_text_attribute(file, "settings_digest", digest_of(settings));
  hdf5::write_text_attribute(file, "digest", arrays.digest(settings));
  {
    const auto group = hdf5::create_group(file, "settings");
    for (const auto& [key, text] : settings) {
      hdf5::write_text_attribute(group, key, text);
    }
  }
  hdf5::write_strings(file, "architectures", arrays.architectures, false);
  hdf5::write_strings(file, "columns", arrays.columns, false);
  hdf5::write_strings(file, "reasons", arrays.reasons, false);
  // Not compressed: writing often is worth more than a small file, which this one is anyway.
  const std::array<hsize_t, 2> extents{arrays.columns.size(), arrays.architectures.size()};
  const auto storage = hdf5::contiguous_storage();
  hdf5::write_array<std::uint8_t>(file, "state", arrays.state, extents, storage);
  hdf5::write_array<double>(file, "value", arrays.value, extents, storage);
  hdf5::write_array<double>(file, "seconds", arrays.seconds, extents, storage);
  hdf5::write_array<std::uint32_t>(file, "reason", arrays.reason, extents, storage);
  return hdf5::bytes_of(file);
}

/// How a file is damaged.
class Damage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

constexpr std::string_view own_remedy = "remove the file, and what it held is computed again";
constexpr std::string_view foreign_remedy = "leave out its folder (--cache, live.caches)";

template <class T>
std::vector<T> read_matrix(const hdf5::Handle& file, const std::string& name, const Arrays& arrays) {
  const std::vector<hsize_t> expected{arrays.columns.size(), arrays.architectures.size()};
  if (hdf5::extents_of(hdf5::open_dataset(file, name)) != expected) {
    throw Damage(fmt::format("the extents of '{}' are not columns by architectures", name));
  }
  return hdf5::read_array<T>(file, name);
}

std::string format_of(const hdf5::Handle& file) {
  return hdf5::has_attribute(file, "format") ? hdf5::read_text_attribute(file, "format") : "";
}

void check_format(const fs::path& path, const hdf5::Handle& file) {
  const auto format = format_of(file);
  if (format != cache_format) {
    throw InputError(fmt::format("not a feature cache ({}): its attribute 'format' is '{}', expected '{}'",
                                 path.string(), format, cache_format));
  }
  const auto version = hdf5::read_attribute<std::uint32_t>(file, "version");
  if (version > cache_version) {
    throw InputError(fmt::format(
        "the feature cache is of format version {} ({}): this zcmpi reads up to version {}; use a newer zcmpi", version,
        path.string(), cache_version));
  }
}

ComputedTable to_table(const Arrays& arrays) {
  ComputedTable table;
  for (std::size_t column = 0, i = 0; column < arrays.columns.size(); ++column) {
    for (const auto& architecture : arrays.architectures) {
      ComputedValue value{arrays.value[i], arrays.seconds[i], {}};
      const auto state = static_cast<State>(arrays.state[i]);
      if (state == State::missing) {
        if (arrays.reason[i] >= arrays.reasons.size()) {
          throw Damage("a value is missing without a reason");
        }
        value.reason = arrays.reasons[arrays.reason[i]];
      }
      if (state != State::not_computed) {
        table.set(architecture, arrays.columns[column], value);
      }
      ++i;
    }
  }
  return table;
}

CacheFile read_open_file(const fs::path& path, const hdf5::Handle& file) {
  check_format(path, file);
  CacheFile content;
  content.settings = hdf5::read_text_attributes(hdf5::open_group(file, "settings"));
  Arrays arrays{hdf5::read_strings(file, "architectures"),
                hdf5::read_strings(file, "columns"),
                hdf5::read_strings(file, "reasons"),
                {},
                {},
                {},
                {}};
  arrays.state = read_matrix<std::uint8_t>(file, "state", arrays);
  arrays.value = read_matrix<double>(file, "value", arrays);
  arrays.seconds = read_matrix<double>(file, "seconds", arrays);
  arrays.reason = read_matrix<std::uint32_t>(file, "reason", arrays);
  if (hdf5::read_text_attribute(file, "digest") != arrays.digest(content.settings)) {
    throw Damage("its content does not match its digest");
  }
  content.table = to_table(arrays);
  return content;
}

CacheFile read_or_damage(const fs::path& path) {
  try {
    return read_open_file(path, hdf5::open_file(path));
  } catch (const hdf5::Error& error) {
    throw Damage(error.what());
  } catch (const std::bad_alloc&) {
    throw Damage("it claims more data than fits the memory");
  } catch (const std::length_error&) {
    throw Damage("it claims more data than fits the memory");
  }
}

CacheFile read_cache(const fs::path& path, std::string_view remedy) {
  if (!std::ifstream(path)) {
    throw InputError(fmt::format("cannot read the feature cache ({}): {}", path.string(), std::strerror(errno)));
  }
  try {
    if (!hdf5::has_hdf5_signature(path)) {
      throw Damage("it is no HDF5 file");
    }
    return read_or_damage(path);
  } catch (const Damage& damage) {
    throw InputError(fmt::format("the feature cache is damaged ({}): {}; {}", path.string(), damage.what(), remedy));
  }
}

fs::path file_of(const fs::path& folder, const CacheSettings& settings, int rank) {
  return folder / fmt::format("{}-rank{}.h5", digest_of(settings), rank);
}

/// The files of these settings, `except` aside, together.
ComputedTable read_together(const fs::path& folder, const CacheSettings& settings, const fs::path& except,
                            std::string_view remedy) {
  ComputedTable all;
  for (const auto& path : cache_files(folder)) {
    if (path != except && is_named_for(path, settings)) {
      const auto content = read_cache(path, remedy);
      if (content.settings == settings) {
        all.merge(content.table);
      }
    }
  }
  return all;
}

}  // namespace

std::string digest_of(const CacheSettings& settings) {
  Digester digester;
  for (const auto& [key, text] : settings) {
    digester.add(std::string_view(key));
    digester.add(std::string_view(text));
  }
  return digest_to_text(digester.digest());
}

bool is_named_for(const fs::path& file, const CacheSettings& settings) {
  return file.filename().string().starts_with(digest_of(settings) + "-");
}

bool is_cache_file(const fs::path& path) {
  if (!hdf5::has_hdf5_signature(path)) {
    return false;
  }
  try {
    return format_of(hdf5::open_file(path)) == cache_format;
  } catch (const hdf5::Error&) {
    return false;
  }
}

CacheFile read_cache_file(const fs::path& path) { return read_cache(path, own_remedy); }

void write_cache_file(const fs::path& path, const CacheSettings& settings, const ComputedTable& table) {
  replace_file(path, file_with(path, settings, to_arrays(table)));
}

std::vector<fs::path> cache_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const auto& path = entry->path();
    if (path.extension() == ".h5" && path.filename().string().find("-rank") != std::string::npos) {
      files.push_back(path);
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw InputError(fmt::format("cannot read the folder ({}): {}", folder.string(), error.message()));
  }
  std::ranges::sort(files);
  return files;
}

FeatureCache::FeatureCache(fs::path folder, CacheSettings settings, int rank, std::span<const fs::path> sources,
                           NotFinal not_final)
    : folder_(std::move(folder)),
      settings_(std::move(settings)),
      file_(file_of(folder_, settings_, rank)),
      others_(read_together(folder_, settings_, file_, own_remedy)) {
  if (path_exists(file_)) {
    auto content = read_cache_file(file_);
    if (content.settings != settings_) {
      throw InputError(fmt::format("the feature cache is damaged ({}): its settings are not those of its name; {}",
                                   file_.string(), own_remedy));
    }
    own_ = std::move(content.table);
  }
  for (const auto& source : sources) {
    const auto news = news_of(read_together(source, settings_, {}, foreign_remedy), not_final);
    (rank == 0 ? own_ : others_).merge(news);
    for (std::size_t column = 0; column < news.columns().size(); ++column) {
      taken_over_ += static_cast<std::size_t>(std::ranges::count_if(
          news.column(column), [](const ComputedTable::Cell& cell) { return cell.state != State::not_computed; }));
    }
    has_news_ = has_news_ || (rank == 0 && !news.columns().empty());
  }
}

ComputedTable FeatureCache::news_of(const ComputedTable& table, NotFinal not_final) const {
  ComputedTable news;
  for (const auto& architecture : table.architectures()) {
    for (const auto& column : table.columns()) {
      const auto value = table.find(architecture, column);
      if (value && value->is_final() && lacks(architecture, column, not_final)) {
        news.set(architecture, column, *value);
      }
    }
  }
  return news;
}

ComputedTable FeatureCache::known() const {
  auto table = own_;
  table.merge(others_);
  return table;
}

std::optional<ComputedValue> FeatureCache::find(std::string_view architecture, std::string_view column) const {
  auto value = own_.find(architecture, column);
  if (value && value->is_final()) {
    return value;
  }
  auto other = others_.find(architecture, column);
  return other && (!value || other->is_final()) ? other : value;
}

bool FeatureCache::has(std::string_view architecture, std::string_view column) const {
  return own_.has(architecture, column) || others_.has(architecture, column);
}

bool FeatureCache::has_final(std::string_view architecture, std::string_view column) const {
  const auto value = find(architecture, column);
  return value && value->is_final();
}

void FeatureCache::set(std::string_view architecture, std::string_view column, const ComputedValue& value) {
  own_.set(architecture, column, value);
  has_news_ = true;
}

bool FeatureCache::write_if_due() {
  if (!has_news_ || Clock::now() - last_write_ < writing_apart * write_took_) {
    return false;
  }
  write();
  return true;
}

void FeatureCache::write() {
  if (!has_news_) {
    return;
  }
  const auto start = Clock::now();
  make_folder(folder_);
  write_cache_file(file_, settings_, own_);
  last_write_ = Clock::now();
  write_took_ = last_write_ - start;
  has_news_ = false;
}

void FeatureCache::write_after_failure() noexcept {
  try {
    write();
  } catch (const std::exception& error) {
    log_warning(std::string("what was computed last is not kept: ") + error.what());
  } catch (...) {
    log_warning("what was computed last is not kept");
  }
}

}  // namespace zcmpi
