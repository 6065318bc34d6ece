/// \file
/// The command `features`: zero-cost proxies and graph features of architectures, computed on all ranks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "zcmpi/app/feature_settings.hpp"
#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {

struct FeaturesOptions {
  FeatureSettings settings;
  /// What list_architectures takes.
  std::string architectures;
  /// Names between commas, of proxies, `all`, `nbsz`, or `graph` for the graph features.
  std::string proxies = "all";
  /// Of the problem in the table; empty: that of the accuracies, else after the images.
  std::string task;
  /// A table or a CSV with accuracies; empty: there are none.
  std::string accuracies;
  /// Folders of feature caches that are read too.
  std::vector<std::filesystem::path> caches;
  std::filesystem::path out;
  ResumeMode resume = ResumeMode::never;
  /// 0: no limit.
  double max_hours = 0.0;
  /// Folders to look in for tables.
  std::vector<std::string> data_folders;
};

/// Runs the command on all ranks and reports its errors. `argc` and `argv` are main's, for MPI.
ExitCode run_features(const FeaturesOptions& options, int argc, char** argv);

}  // namespace zcmpi
