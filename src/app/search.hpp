/// \file
/// The command `search`: architecture search with a formula as objective, its terminals computed on all ranks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "zcmpi/app/feature_settings.hpp"
#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/nas/search.hpp"

namespace zcmpi {

struct SearchOptions {
  /// What the formula's terminals are computed with. Their seed is the search's, too.
  FeatureSettings features;
  /// Infix text, or @result.json; and what the option --transform says, if anything.
  std::string objective;
  std::string transform;
  SearchSettings search;
  /// A table or a CSV with accuracies to compare with; empty: there are none.
  std::string accuracies;
  /// Of the problem, whose recorded standards a standardised formula then has; empty: after the images, without them.
  std::string task;
  /// How many of the best architectures are reported.
  std::uint32_t best = 10;
  /// Folders of feature caches that are read too.
  std::vector<std::filesystem::path> caches;
  std::optional<std::filesystem::path> run_folder;
  ResumeMode resume = ResumeMode::never;
  /// 0: no limit.
  double max_hours = 0.0;
  /// Folders to look in for tables.
  std::vector<std::string> data_folders;
};

/// Runs the command on all ranks and reports its errors. `argc` and `argv` are main's, for MPI.
ExitCode run_search(const SearchOptions& options, int argc, char** argv);

}  // namespace zcmpi
