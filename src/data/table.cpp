#include "zcmpi/data/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <set>
#include <stdexcept>
#include <system_error>

#include "consistency.hpp"
#include "table_file.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/data/hdf5.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;
using Extents = std::vector<hsize_t>;

constexpr std::string_view table_format = "zcmpi feature table";

/// A new enumerator for each change of the layout.
enum class TableVersion : std::uint32_t { first = 1, current = first };

/// Compression costs time and a chunk index; below this size a dataset is stored as it is.
constexpr std::size_t compression_threshold_bytes = 65536;
constexpr hsize_t values_per_chunk = 8192;

void write_matrix(const hdf5::Handle& group, const std::string& name, std::span<const double> values,
                  const Extents& extents) {
  if (values.size_bytes() < compression_threshold_bytes) {
    hdf5::write_array(group, name, values, extents, hdf5::contiguous_storage());
    return;
  }
  // One terminal a chunk, because the values of one terminal resemble each other.
  Extents chunk(extents.size(), 1);
  chunk.back() = std::min(extents.back(), values_per_chunk);
  hdf5::write_array(group, name, values, extents, hdf5::compressed_storage(chunk));
}

void write_string_list(const hdf5::Handle& group, const std::string& name, std::span<const std::string> strings) {
  std::size_t bytes = 0;
  for (const auto& text : strings) {
    bytes += text.size();
  }
  hdf5::write_strings(group, name, strings, bytes >= compression_threshold_bytes);
}

void write_curves(const hdf5::Handle& group, const LearningCurves& curves, hsize_t n) {
  const hsize_t seeds = curves.seeds.size();
  const Extents points{seeds, curves.epochs, n};
  hdf5::write_array<std::uint64_t>(group, "seeds", curves.seeds, Extents{seeds}, hdf5::contiguous_storage());
  write_matrix(group, "accuracy", curves.accuracy, {seeds, n});
  write_matrix(group, "loss", curves.loss, points);
  write_matrix(group, "training_accuracy", curves.training_accuracy, points);
  write_matrix(group, "validation_accuracy", curves.validation_accuracy, points);
}

void write_numbers(const hdf5::Handle& group, const std::string& name, std::span<const std::uint32_t> numbers) {
  const Extents extents{numbers.size()};
  const bool compressed = numbers.size_bytes() >= compression_threshold_bytes;
  hdf5::write_array(group, name, numbers, extents,
                    compressed ? hdf5::compressed_storage(Extents{std::min<hsize_t>(numbers.size(), values_per_chunk)})
                               : hdf5::contiguous_storage());
}

void write_reasons(const hdf5::Handle& group, const MissingReasons& missing) {
  std::array<std::vector<std::uint32_t>, 3> columns;
  for (const auto& [terminal, architecture, reason] : missing.places) {
    columns[0].push_back(terminal);
    columns[1].push_back(architecture);
    columns[2].push_back(reason);
  }
  hdf5::write_strings(group, "reasons", missing.reasons, false);
  write_numbers(group, "terminal", columns[0]);
  write_numbers(group, "architecture", columns[1]);
  write_numbers(group, "reason", columns[2]);
}

void write_problem(const hdf5::Handle& file, const Problem& problem) {
  const auto group = hdf5::create_group(file, problem.name());
  const hsize_t n = problem.size();
  const hsize_t terminals = problem.terminals.size();
  hdf5::write_text_attribute(group, "digest", digest_to_text(problem.digest()));
  write_string_list(group, "architectures", problem.architectures);
  write_string_list(group, "terminals", problem.terminals);
  write_matrix(group, "features", problem.features, {terminals, n});
  write_matrix(group, "costs_seconds", problem.costs_seconds, {terminals});
  if (!problem.val_accuracy.empty() || n == 0) {
    write_matrix(group, "val_accuracy", problem.val_accuracy, {n});
  }
  if (!problem.test_accuracy.empty()) {
    write_matrix(group, "test_accuracy", problem.test_accuracy, {n});
  }
  if (!problem.missing_reasons.places.empty()) {
    write_reasons(hdf5::create_group(group, "missing"), problem.missing_reasons);
  }
  if (problem.curves) {
    write_curves(hdf5::create_group(group, "trainings"), *problem.curves, n);
  }
  const auto provenance = hdf5::create_group(group, "provenance");
  for (const auto& [key, text] : problem.provenance) {
    hdf5::write_text_attribute(provenance, key, text);
  }
}

std::string file_of(const fs::path& path, std::span<const Problem> problems) {
  const auto file = hdf5::create_file_in_memory(path);
  hdf5::write_text_attribute(file, "format", table_format);
  hdf5::write_attribute(file, "version", static_cast<std::uint32_t>(TableVersion::current));
  std::vector<std::string> names;
  for (const auto& problem : problems) {
    names.push_back(problem.name());
    write_problem(file, problem);
  }
  hdf5::write_strings(file, "problems", names, false);
  return hdf5::bytes_of(file);
}

void check_writable(std::span<const Problem> problems) {
  std::set<std::string> names;
  for (const auto& problem : problems) {
    validate(problem);
    if (!names.insert(problem.name()).second) {
      throw InputError(
          fmt::format("a table cannot hold a problem twice ({}): give one of the two another task", problem.name()));
    }
  }
}

/// An open table, known to be one of a version that can be read.
class TableReader {
 public:
  explicit TableReader(const fs::path& path) : file_name_(path.string()), file_(open(path)) { check_format(); }

  [[nodiscard]] std::vector<std::string> names() const {
    require(hdf5::has_member(file_, "problems"), "/", "the dataset 'problems' is missing");
    return hdf5::read_strings(file_, "problems");
  }

  [[nodiscard]] Problem read(const std::string& name) const {
    const auto slash = name.find('/');
    require(slash != std::string::npos, "problems", fmt::format("'{}' is no space/task", name));
    require(hdf5::has_member(file_, name), name, "the problem's group is missing");
    const auto group = hdf5::open_group(file_, name);

    Problem problem;
    problem.space = name.substr(0, slash);
    problem.task = name.substr(slash + 1);
    problem.architectures = strings(group, name, "architectures");
    problem.terminals = strings(group, name, "terminals");
    const hsize_t n = problem.size();
    const hsize_t terminals = problem.terminals.size();
    problem.features = numbers(group, name, "features", {terminals, n});
    problem.costs_seconds = numbers(group, name, "costs_seconds", {terminals});
    if (hdf5::has_member(group, "val_accuracy")) {
      problem.val_accuracy = numbers(group, name, "val_accuracy", {n});
    }
    if (hdf5::has_member(group, "test_accuracy")) {
      problem.test_accuracy = numbers(group, name, "test_accuracy", {n});
    }
    if (hdf5::has_member(group, "missing")) {
      problem.missing_reasons = reasons(hdf5::open_group(group, "missing"), name + "/missing");
    }
    if (hdf5::has_member(group, "trainings")) {
      problem.curves = curves(hdf5::open_group(group, "trainings"), name + "/trainings", n);
    }
    if (hdf5::has_member(group, "provenance")) {
      problem.provenance = hdf5::read_text_attributes(hdf5::open_group(group, "provenance"));
    }
    validate_from_file(problem, file_name_);
    require(hdf5::has_attribute(group, "digest"), name, "the attribute 'digest' is missing");
    require(hdf5::read_text_attribute(group, "digest") == digest_to_text(problem.digest()), name,
            "its content does not match its digest");
    return problem;
  }

 private:
  static hdf5::Handle open(const fs::path& path) {
    if (!path_exists(path)) {
      throw InputError(fmt::format("the feature table does not exist ({})", path.string()));
    }
    if (!is_file(path)) {
      throw InputError(fmt::format("the feature table is not a file ({})", path.string()));
    }
    if (::access(path.c_str(), R_OK) != 0) {
      throw InputError(fmt::format("cannot read the feature table ({}): {}", path.string(), std::strerror(errno)));
    }
    if (!hdf5::has_hdf5_signature(path)) {
      throw DamagedTable(
          fmt::format("not an HDF5 file ({}): expected a feature table as zcmpi import writes it", path.string()));
    }
    return hdf5::open_file(path);
  }

  void check_format() const {
    const auto format = hdf5::has_attribute(file_, "format") ? hdf5::read_text_attribute(file_, "format") : "";
    if (format != table_format) {
      throw InputError(fmt::format("not a feature table ({}): its attribute 'format' is '{}', expected '{}'",
                                   file_name_, format, table_format));
    }
    require(hdf5::has_attribute(file_, "version"), "/", "the attribute 'version' is missing");
    const auto version = hdf5::read_attribute<std::uint32_t>(file_, "version");
    constexpr auto newest = static_cast<std::uint32_t>(TableVersion::current);
    if (version > newest) {
      throw InputError(fmt::format(
          "the feature table is of format version {} ({}): this zcmpi reads up to version {}; use a newer zcmpi",
          version, file_name_, newest));
    }
  }

  void require(bool condition, std::string_view where, std::string_view otherwise) const {
    if (!condition) {
      throw DamagedTable(
          fmt::format("the feature table is damaged ({}, {}): {}; import it again", file_name_, where, otherwise));
    }
  }

  void require_dataset(const hdf5::Handle& group, const std::string& problem, const std::string& dataset) const {
    require(hdf5::has_member(group, dataset), problem, fmt::format("the dataset '{}' is missing", dataset));
  }

  [[nodiscard]] std::vector<std::string> strings(const hdf5::Handle& group, const std::string& problem,
                                                 const std::string& dataset) const {
    require_dataset(group, problem, dataset);
    return hdf5::read_strings(group, dataset);
  }

  [[nodiscard]] MissingReasons reasons(const hdf5::Handle& group, const std::string& where) const {
    const auto column = [&](const std::string& name) {
      require_dataset(group, where, name);
      return hdf5::read_array<std::uint32_t>(group, name);
    };
    MissingReasons missing;
    missing.reasons = strings(group, where, "reasons");
    const auto terminal = column("terminal");
    const auto architecture = column("architecture");
    const auto reason = column("reason");
    require(architecture.size() == terminal.size() && reason.size() == terminal.size(), where,
            "its datasets are not equally long");
    for (std::size_t i = 0; i < terminal.size(); ++i) {
      missing.places.push_back({terminal[i], architecture[i], reason[i]});
    }
    return missing;
  }

  [[nodiscard]] LearningCurves curves(const hdf5::Handle& group, const std::string& where, hsize_t n) const {
    LearningCurves curves;
    require_dataset(group, where, "seeds");
    curves.seeds = hdf5::read_array<std::uint64_t>(group, "seeds");
    require_dataset(group, where, "loss");
    const auto extents = hdf5::extents_of(hdf5::open_dataset(group, "loss"));
    require(extents.size() == 3, where, "the dataset 'loss' is not [seeds, epochs, architectures]");
    curves.epochs = extents[1];
    const hsize_t seeds = curves.seeds.size();
    const Extents points{seeds, extents[1], n};
    curves.accuracy = numbers(group, where, "accuracy", {seeds, n});
    curves.loss = numbers(group, where, "loss", points);
    curves.training_accuracy = numbers(group, where, "training_accuracy", points);
    curves.validation_accuracy = numbers(group, where, "validation_accuracy", points);
    return curves;
  }

  [[nodiscard]] std::vector<double> numbers(const hdf5::Handle& group, const std::string& problem,
                                            const std::string& dataset, const Extents& expected) const {
    require_dataset(group, problem, dataset);
    const auto extents = hdf5::extents_of(hdf5::open_dataset(group, dataset));
    require(extents == expected, problem,
            fmt::format("the dataset '{}' has the extents [{}], expected [{}]", dataset, fmt::join(extents, ", "),
                        fmt::join(expected, ", ")));
    return hdf5::read_array<double>(group, dataset);
  }

  std::string file_name_;
  hdf5::Handle file_;
};

/// Runs `read` on the table at `path`. HDF5's own complaints about the file, and sizes in it that no memory can hold,
/// become DamagedTables too.
template <class Read>
auto with_table(const fs::path& path, Read&& read) {
  const auto fail = [&](const char* reason) {
    return DamagedTable(fmt::format("the feature table cannot be read ({}): {}", path.string(), reason));
  };
  try {
    return read(TableReader(path));
  } catch (const hdf5::Error& error) {
    throw fail(error.what());
  } catch (const std::bad_alloc&) {
    throw fail("it claims more data than fits the memory; it is damaged");
  } catch (const std::length_error&) {
    throw fail("it claims more data than fits the memory; it is damaged");
  }
}

}  // namespace

void write_table(const fs::path& path, std::span<const Problem> problems) {
  check_writable(problems);
  replace_file(path, file_of(path, problems));
}

std::vector<Problem> read_table(const fs::path& path) {
  return with_table(path, [](const TableReader& table) {
    std::vector<Problem> problems;
    for (const auto& name : table.names()) {
      problems.push_back(table.read(name));
    }
    return problems;
  });
}

std::vector<std::string> problem_names(const fs::path& path) {
  return with_table(path, [](const TableReader& table) { return table.names(); });
}

Problem read_problem(const fs::path& path, const std::string& name) {
  return with_table(path, [&](const TableReader& table) { return table.read(name); });
}

}  // namespace zcmpi
