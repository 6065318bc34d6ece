/// \file
/// Feature tables: reading and writing them as HDF5 (docs/formats.md) and CSV, and finding them by name.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/core/error.hpp"
#include "zcmpi/data/problem.hpp"

namespace zcmpi {

/// Writes one HDF5 table, whole or not at all. Throws std::runtime_error naming the file.
void write_table(const std::filesystem::path& path, std::span<const Problem> problems);

/// A file that was a table, perhaps, and is none any more; not a file of something else.
class DamagedTable : public InputError {
 public:
  using InputError::InputError;
};

/// All problems of an HDF5 table, in the order they were written. Throws InputError for a file that is not a table or
/// is of a newer version, DamagedTable for one that is damaged, or no HDF5 file at all.
std::vector<Problem> read_table(const std::filesystem::path& path);

/// Which columns of a CSV are what; all others are terminals.
struct CsvColumns {
  std::string architecture = "arch";
  std::string val_accuracy = "val_accuracy";
  /// It may be absent if it is named so.
  std::string test_accuracy = "test_accuracy";
  /// Not read; each must be there.
  std::vector<std::string> left_out{};
};

/// A CSV whose header is `arch,<terminals...>,val_accuracy[,test_accuracy]`, or has the names of `columns` for these.
/// Quoted fields as in RFC 4180; empty fields, `nan`, `inf` and the benchmark's sentinel -1e8 are missing features.
/// Throws InputError with file, line and column.
Problem read_csv(const std::filesystem::path& path, std::string space, std::string task,
                 const CsvColumns& columns = {});

/// The architectures of a CSV, row by row: its column 'arch', whatever the others hold. Throws InputError likewise.
std::vector<std::string> read_csv_architectures(const std::filesystem::path& path);

/// There is no table where a reference leads; perhaps something else.
class TableNotFound : public InputError {
 public:
  using InputError::InputError;
};

/// What a person names on the command line or in a configuration: `T.h5` (all of its problems), `T.h5:space/task`,
/// `space_task.csv`, or just `space_task` to be found in one of `folders` as .h5 or .csv. The space and task of a CSV
/// come from its name, split at the first underscore. Throws InputError; TableNotFound, which lists where it looked,
/// when there is none.
std::vector<Problem> load_problems(std::string_view reference, std::span<const std::filesystem::path> folders);

/// The file that load_problems reads. Throws TableNotFound.
std::filesystem::path find_table(std::string_view reference, std::span<const std::filesystem::path> folders);

}  // namespace zcmpi
