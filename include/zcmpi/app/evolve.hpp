/// \file
/// The command `evolve`: the main job.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "zcmpi/app/configuration.hpp"
#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {

/// What the command line of `evolve` says.
struct EvolveOptions {
  /// A file, or the name of a ready configuration; nullopt: the defaults.
  std::optional<std::string> configuration;
  /// Folders to look in for problems before all others.
  std::vector<std::filesystem::path> data_folders;
  /// `key=value`, in order: those of --set, then those of the options that stand for a key (--seed, ...).
  std::vector<std::string> overrides;
  std::optional<std::filesystem::path> run_folder;
  ResumeMode resume = ResumeMode::never;
  /// With ResumeMode::required: this checkpoint instead of the newest.
  std::optional<std::filesystem::path> checkpoint;
};

/// The configuration that the options mean, with data.folders resolved: all the folders that are looked in, as absolute
/// paths; likewise the files of live problems. Throws InputError.
Configuration configuration_of(const EvolveOptions& options);

/// Runs the command on all ranks and reports its errors. `argc` and `argv` are main's, for MPI.
ExitCode run_evolve(const EvolveOptions& options, int argc, char** argv);

}  // namespace zcmpi
