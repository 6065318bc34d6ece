/// \file
/// Scoring architectures with a formula, exactly as it was evolved, and comparing the scores with accuracies.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/data/dataset.hpp"
#include "zcmpi/data/problem.hpp"

namespace zcmpi {

/// Whether a terminal's name is known to be right although no problem at hand has it.
enum class AbsentTerminals {
  /// A name that no problem has is an InputError.
  refused,
  /// It is 0: the formula was evolved where some problem had it.
  zero,
};

/// A formula with what its terminals mean.
struct FormulaDefinition {
  /// Infix.
  std::string formula;
  /// The terminals that it reads, in order of appearance.
  std::vector<std::string> terminals;
  Transform transform = Transform::signed_log;
  MissingPolicy missing = MissingPolicy::constant;
  Target target = Target::val_accuracy;
  AbsentTerminals absent = AbsentTerminals::refused;
  /// By problem name, one per terminal, for Transform::standardised: those the formula was evolved with. Another
  /// problem is standardised by its own rows.
  std::map<std::string, std::vector<Standard>> standards;
};

/// A formula as text, its terminals transformed in the default way. Throws InputError for what is no formula.
FormulaDefinition definition_from_text(const std::string& text);

/// The formula of a result.json, with its transformation and its recorded standards. Throws InputError.
FormulaDefinition definition_from_result(const std::filesystem::path& path);

/// What a command's formula means, infix text or `@` and the path of a result.json, with the options --transform and
/// --missing for the former; empty ones were not given. Throws InputError.
FormulaDefinition definition_from_argument(const std::string& formula, const std::string& transform,
                                           const std::string& missing);

/// The values of a formula for all rows of a problem.
struct ProblemValues {
  /// "space/task"
  std::string problem;
  /// Not finite where the formula has no value.
  std::vector<double> values;
};

/// Computes them as the formula was evolved; accuracies are not looked at. Throws InputError.
std::vector<ProblemValues> formula_values(const FormulaDefinition& given, std::span<const Problem> problems);

/// Correlations of a formula's values with the accuracies of all rows of a problem.
struct ProblemScore {
  /// "space/task"
  std::string problem;
  std::size_t n = 0;
  double tau = 0.0;
  /// 95 % bootstrap interval.
  double tau_low = 0.0;
  double tau_high = 0.0;
  double rho = 0.0;
};

/// One score a problem, in their order; values in float64 by the reference code.
std::vector<ProblemScore> score_formula(const FormulaDefinition& given, std::span<const Problem> problems);

/// A JSON list of {problem, n, tau, tau_low, tau_high, rho}, ended by a newline.
std::string to_json(std::span<const ProblemScore> scores);

}  // namespace zcmpi
