/// \file
/// Importer for NAS-Bench-Suite-Zero's JSON files (Krishnakumar et al., NeurIPS 2022 datasets track).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "zcmpi/data/problem.hpp"

namespace zcmpi {

struct NbszOptions {
  /// Search space, where the file does not say (schemas 1 and 3). Empty: taken from the file's name
  /// (`zc_nasbench201.json` -> nb201); InputError when that is no known name.
  std::string space;
  /// Task, for schema 3, whose file holds one task without its name.
  std::string task;
};

/// Reads any of the three schemas, told apart by their shape, without holding the document in memory. Scores of -1e8,
/// NaN and infinities become missing; a terminal's cost is the mean of its rows' seconds. Rows without val_accuracy
/// are left out and counted in a warning. Throws InputError with the file and the byte or key where it went wrong.
std::vector<Problem> read_nbsz(const std::filesystem::path& path, const NbszOptions& options);

}  // namespace zcmpi
