/// \file
/// From raw problems to what formulas read: one list of terminals for all problems, transformed values, and splits.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/data/problem.hpp"

namespace zcmpi {

/// How a terminal's raw value becomes what a formula reads. Part of a formula's definition.
enum class Transform {
  /// The value as it is.
  raw,
  /// sign(x) ln(1 + |x|)
  signed_log,
  /// (s - mean) / deviation of the signed log s, over the problem's rows where it is not missing (population
  /// deviation; a constant terminal becomes 0). Uses features only, never accuracies.
  standardised,
};

/// What to do about a terminal that some problems have and others lack.
enum class MissingPolicy {
  /// It is 0, after the transformation, in every row of a problem that lacks it.
  constant,
  /// Only terminals that every problem has are used.
  intersection,
  /// InputError.
  error,
};

std::string_view to_text(Transform transform);
std::string_view to_text(MissingPolicy policy);
std::optional<Transform> parse_transform(std::string_view text);
std::optional<MissingPolicy> parse_missing_policy(std::string_view text);

/// Mean and deviation of one terminal's signed log in one problem.
struct Standard {
  double mean = 0.0;
  double deviation = 0.0;
};

/// Transforms raw values of a terminal in place; NaN stays. For Transform::standardised by `known`, or by the values
/// themselves; that standard is returned.
Standard transform_column(std::span<double> column, Transform transform, const std::optional<Standard>& known);

/// One problem as formulas see it.
struct DatasetProblem {
  std::string name;
  /// As many columns as the dataset has terminals, each of n transformed values, one column after the other.
  std::vector<double> features;
  std::vector<double> accuracies;
  /// One per terminal of the dataset, for Transform::standardised; else empty.
  std::vector<Standard> standards;
  /// Terminals of the dataset that the problem lacks, or has in no row, and that are 0 in it.
  std::vector<std::string> absent_terminals;
  /// The raw problem's digest.
  std::uint64_t digest = 0;

  [[nodiscard]] std::size_t size() const { return accuracies.size(); }
  [[nodiscard]] std::span<const double> feature(std::size_t terminal) const {
    return std::span(features).subspan(terminal * size(), size());
  }
};

struct Dataset {
  std::vector<std::string> terminals;
  /// Mean seconds per terminal over the problems that know it; NaN where none does.
  std::vector<double> costs_seconds;
  Transform transform = Transform::signed_log;
  std::vector<DatasetProblem> problems;
};

enum class Accuracies { needed, unneeded };

struct DatasetOptions {
  /// The terminals to use; empty: all that occur (for `intersection`: all that every problem has). A name that no
  /// problem has is an InputError.
  std::vector<std::string> terminals{};
  Transform transform = Transform::signed_log;
  MissingPolicy missing = MissingPolicy::constant;
  Target target = Target::val_accuracy;
  /// `unneeded`: the problems' accuracies are not looked at and are NaN in the dataset.
  Accuracies accuracies = Accuracies::needed;
  /// Standards to use instead of the rows' own, by problem name: those with which a formula was evolved. One per
  /// terminal in `terminals`, which must then be given.
  std::map<std::string, std::vector<Standard>> known_standards{};
};

/// Builds the dataset. Each absent terminal is reported once through the log, in a warning that names the problems that
/// lack it. Throws InputError when there is no problem or no terminal, for a problem or a terminal given twice, and
/// for what the options ask for and the problems lack. Sums run in a fixed order in double, so the same table gives the
/// same bits everywhere.
Dataset make_dataset(std::span<const Problem> problems, const DatasetOptions& options);

/// Rows of one problem, by their use; each sorted, together all rows.
struct Split {
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> validation;
  std::vector<std::uint32_t> test;
};

struct SplitOptions {
  /// Training architectures per problem, validation rows included; nullopt: all of them.
  std::optional<std::uint32_t> train_architectures{};
  /// Share of the training architectures set aside for validation, in [0, 1). Their number is rounded half up. Another
  /// share leaves the test rows as they are.
  double validation_share = 0.0;
  std::uint64_t seed = 1;
};

/// Draws the training rows of a problem with the seed and the problem's name: independent of the order of problems and
/// of the other problems. Throws InputError when the problem has fewer rows than asked for, or would train on fewer
/// than 2.
Split make_split(const DatasetProblem& problem, const SplitOptions& options);

}  // namespace zcmpi
