/// \file
/// The outcome of a run, and the files that hold it: result.json and hall_of_fame.csv (docs/formats.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/core/timing.hpp"
#include "zcmpi/data/dataset.hpp"

namespace zcmpi {

/// The formula's correlations on one problem, from float64 values by the reference code. A figure is NaN (`null` in
/// JSON) where there are fewer than two rows for it.
struct ProblemResult {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();

  /// "space/task"
  std::string problem;
  std::size_t n_train = 0;
  double tau_train = none;
  /// 95 % bootstrap intervals, here and below.
  double tau_train_low = none;
  double tau_train_high = none;
  /// Rows that evolution did not see and that chose the formula.
  std::size_t n_validation = 0;
  double tau_validation = none;
  /// Rows that neither saw.
  std::size_t n_test = 0;
  double tau_test = none;
  double tau_test_low = none;
  double tau_test_high = none;
  double rho_test = none;
  /// The single terminal with the highest tau on the test rows, negated where it ranks better so, and that tau.
  std::string best_terminal;
  double best_terminal_tau_test = none;
  /// One per terminal of the run for Transform::standardised, else empty.
  std::vector<Standard> standards;
};

/// Means over the problems that have the figure; NaN where none has.
struct MeanResult {
  double tau_train = ProblemResult::none;
  double tau_test = ProblemResult::none;
  double rho_test = ProblemResult::none;
  double best_terminal_tau_test = ProblemResult::none;
};
MeanResult mean_over_problems(std::span<const ProblemResult> problems);

/// What a formula must beat: the terminal that serves all problems best, chosen with the test rows known.
struct SingleTerminal {
  /// The terminal, or it negated: users turn round a metric that ranks the wrong way. Empty when no terminal is in
  /// every problem, or no problem has test rows.
  std::string formula;
  /// Mean over the problems that have test rows.
  double mean_tau_test = ProblemResult::none;
};

enum class StoppedBy { generations, max_hours, signal, stop_file };
std::string_view to_text(StoppedBy cause);

struct RunResult {
  /// Infix text over `terminals`, as it was evolved and as simplified for people; LaTeX of the latter.
  std::string formula;
  std::string formula_simplified;
  std::string latex;
  /// Nodes of `formula`.
  std::size_t size = 0;
  /// Fitness in evolution: float32 values, training rows.
  double fitness = ProblemResult::none;
  std::uint64_t seed = 0;
  std::uint32_t islands = 0;
  std::uint32_t generations = 0;
  /// Formulas evaluated, and those that were not because their like had been.
  std::uint64_t evaluations = 0;
  std::uint64_t duplicates = 0;
  StoppedBy stopped_by = StoppedBy::generations;
  /// How features became what the formula reads.
  std::vector<std::string> terminals;
  Transform transform = Transform::signed_log;
  MissingPolicy missing = MissingPolicy::constant;
  Target target = Target::val_accuracy;
  int formula_language = 0;
  std::string program_version;
  std::vector<ProblemResult> problems;
  SingleTerminal best_single_terminal;
  /// Over all parts of a resumed run.
  double wall_seconds = 0.0;
  std::array<double, phase_count> phase_seconds{};

  /// Share of the formulas drawn that were known, so that nothing was evaluated, 0 to 1. A child is drawn again a few
  /// times when it is known, and each of these counts.
  [[nodiscard]] double duplicate_share() const;
};

/// JSON with its keys in a fixed order and numbers that read back exactly. All that depends on time or on the machine
/// is under keys that end in `seconds`.
std::string to_json(const RunResult& result);

/// Replaces `path` by the result.
void write_result(const std::filesystem::path& path, const RunResult& result);

/// What scoring with a result's formula needs. Throws InputError with the file and the key at fault, also for a formula
/// language other than this program's.
RunResult read_result(const std::filesystem::path& path);

/// One line of hall_of_fame.csv.
struct HallOfFameEntry {
  std::size_t size = 0;
  /// From float64 values, as all that is reported.
  double fitness_train = ProblemResult::none;
  /// Mean over problems; NaN where there are no test rows, then an empty field.
  double mean_tau_test = ProblemResult::none;
  std::string formula;
};

/// RFC 4180 with a header: size,fitness_train,mean_tau_test,formula.
std::string to_csv(std::span<const HallOfFameEntry> entries);

/// Replaces `path` by the hall of fame.
void write_hall_of_fame(const std::filesystem::path& path, std::span<const HallOfFameEntry> entries);

}  // namespace zcmpi
