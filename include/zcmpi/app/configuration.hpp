/// \file
/// A run's configuration: every setting with its default, and its reading from and writing to TOML.
///
/// One table in code (src/app/keys.cpp, live_keys.cpp) lists every key with its type, range, unit, meaning and whether
/// it may change when a run is resumed. Reading, `--set`, the commented default file, docs/configuration.md and the
/// settings that a checkpoint records all come from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/app/feature_settings.hpp"
#include "zcmpi/data/dataset.hpp"
#include "zcmpi/data/problem.hpp"
#include "zcmpi/gp/parameters.hpp"
#include "zcmpi/island/archipelago.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {

struct RunSettings {
  /// The run's folder is `folder`/`name`. Empty: the name of the configuration file, without its ending.
  std::string name;
  std::string folder = "runs";
  std::uint64_t seed = 1;
  std::uint32_t generations = 500;
  /// 0: as many as there are ranks.
  std::uint32_t islands = 0;
  /// Wall hours after which this part of the run stops with a checkpoint; 0: no limit.
  double max_hours = 0.0;
  /// Host threads of a rank, for a Kokkos back end that has them.
  int threads = 1;
};

struct DataSettings {
  /// What load_problems takes, or empty where there are live problems; by default the bundled problems
  /// (data/README.md).
  std::vector<std::string> problems;
  /// Folders to look in for problems, before ZCMPI_DATA and the configuration's own folder; relative to the latter.
  std::vector<std::string> folders;
  /// Per problem, validation rows included; nullopt: all.
  std::optional<std::uint32_t> train_architectures = 100;
  double validation_share = 0.0;
  /// Empty: all.
  std::vector<std::string> terminals;
  MissingPolicy missing = MissingPolicy::constant;
  Transform transform = Transform::signed_log;
  Target target = Target::val_accuracy;

  DataSettings();
};

struct FitnessSettings {
  Statistic statistic = Statistic::tau_b;
  /// Evolution finds formulas whose values tie only by float32's rounding, and takes the reward for that.
  bool reward_ties = false;
  /// By problem name, for the weighted mean; a problem that is not named weighs 1.
  std::map<std::string, double> weights;
};

/// What equal values do to fitness.
inline ValueTies value_ties(const FitnessSettings& settings) {
  return settings.reward_ties ? ValueTies::rewarded : ValueTies::unrewarded;
}

struct CheckpointSettings {
  /// A checkpoint after every so many generations, and when so many minutes have passed since the last; 0: not so.
  std::uint32_t generations = 0;
  double minutes = 1.0;
  /// How many stay.
  std::size_t keep = 3;
};

struct OutputSettings {
  /// Seconds between two progress lines in a log.
  double log_period_seconds = 10.0;
  /// Whether metrics.jsonl and migrations.jsonl are written.
  bool metrics = true;
};

/// A problem whose features the run computes itself, before its first generation.
struct LiveProblem {
  FeatureSettings settings;
  /// Of the task: the problem is "space/name".
  std::string name;
  /// A table or a CSV.
  std::string accuracies;
  /// What list_architectures takes; empty: all that have an accuracy.
  std::string architectures;
  /// What parse_features takes.
  std::string proxies = "all";
  /// Folders of feature caches that are read too.
  std::vector<std::string> caches{};

  [[nodiscard]] std::string problem() const { return settings.space + "/" + name; }
};

struct Configuration {
  RunSettings run;
  DataSettings data;
  /// They come after those of `data`.
  std::vector<LiveProblem> live;
  FitnessSettings fitness;
  /// Without `primitives` and `weights`: make_gp_parameters fills them in.
  GpParameters gp;
  /// What PrimitiveSet::parse takes.
  std::string primitives = "standard";
  MigrationParameters migration;
  CheckpointSettings checkpoint;
  OutputSettings output;
  /// The file it was read from; empty for the defaults.
  std::filesystem::path source;
};

/// The defaults, overridden by a TOML file if there is one, then by `overrides` in order, each `key=value` with the
/// value in TOML; a value that is no TOML is taken as a string, and for a list as strings between commas. Checked as a
/// whole. Throws InputError with file and line, key, and what was expected; an unknown key is answered with the
/// nearest known one.
Configuration load_configuration(const std::optional<std::filesystem::path>& file,
                                 std::span<const std::string> overrides);

/// As load_configuration for text; `source` stands for the file in messages.
Configuration parse_configuration(std::string_view toml, const std::filesystem::path& source,
                                  std::span<const std::string> overrides);

/// Throws InputError for settings that contradict each other; it names the keys and their values.
void check_configuration(const Configuration& configuration);

/// The file that `--config NAME` means: a path, or the bare name of a ready configuration (`nbsz13`) in the working
/// folder, its `configs`, or one of share_folders(). Throws InputError that lists where it looked.
std::filesystem::path find_configuration(std::string_view name);

/// The folders that may hold `configs/` and `data/`, found from where the executable lies: the installed share/zcmpi,
/// and the source tree around a build.
std::vector<std::filesystem::path> share_folders();

/// Where problems are looked for, in order: data.folders (relative to the configuration's own folder), the environment
/// variable ZCMPI_DATA, the configuration's own folder, and `data` in share_folders(). Absolute paths, each once.
std::vector<std::filesystem::path> data_folders(const Configuration& configuration);

/// All settings as TOML, each with its meaning as a comment. Read again it gives the same configuration.
std::string to_toml(const Configuration& configuration);

/// docs/configuration.md: every key with its default.
std::string configuration_markdown();

/// The settings that must not differ when a run is resumed, by key, as TOML values. The seed and the number of islands
/// are left to the checkpoint's own header.
/// Of live problems, "live.space/name.key"; where their data lie is left out.
std::map<std::string, std::string> result_settings(const Configuration& configuration);

/// The parameters of genetic programming, primitives and weights included, for problems of these names ("space/task")
/// in this order. Throws InputError when a weight is given to a problem that is not there.
GpParameters make_gp_parameters(const Configuration& configuration, std::span<const std::string> problem_names);

}  // namespace zcmpi
