/// \file
/// A problem: a search space and a task, with its architectures, their features and their accuracies, as a table holds
/// it. Raw: nothing is transformed, and what is missing is NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zcmpi {

/// Which accuracy a formula is to rank by.
enum class Target { val_accuracy, test_accuracy };
std::string_view to_text(Target target);

/// How the trainings went that a problem's accuracies come from. Flat arrays, the architecture running fastest; shares
/// of images in percent; NaN where nothing was measured.
struct LearningCurves {
  std::vector<std::uint64_t> seeds;
  std::size_t epochs = 0;
  /// [seeds, architectures]: what each single training came to.
  std::vector<double> accuracy;
  /// [seeds, epochs, architectures]: at the end of each epoch.
  std::vector<double> loss;
  std::vector<double> training_accuracy;
  std::vector<double> validation_accuracy;
};

/// Why features are missing, as far as that is known.
struct MissingReasons {
  /// Where there is no value, and why.
  struct Place {
    std::uint32_t terminal = 0;
    std::uint32_t architecture = 0;
    /// Place in `reasons`.
    std::uint32_t reason = 0;
  };
  /// A few words each, each once.
  std::vector<std::string> reasons;
  /// By terminal, then by architecture.
  std::vector<Place> places;

  void add(std::size_t terminal, std::size_t architecture, const std::string& reason);
};

struct Problem {
  std::string space;
  std::string task;
  /// n architectures, each a string of its space, unique in the problem.
  std::vector<std::string> architectures;
  /// Names of the terminals this problem has, unique.
  std::vector<std::string> terminals;
  /// `terminals.size()` columns of n values each, one column after the other; NaN where missing.
  std::vector<double> features;
  MissingReasons missing_reasons{};
  /// Mean seconds that computing the terminal for one architecture took; NaN where unknown. One per terminal.
  std::vector<double> costs_seconds;
  /// n values, larger is better; percent for classification. Empty where none are known: then formulas can be computed
  /// on the problem, and neither compared with anything nor evolved.
  std::vector<double> val_accuracy;
  /// n values, or empty where the source has none.
  std::vector<double> test_accuracy;
  /// Where the values come from: source file, its digest, tool version, ... Free text by key.
  std::map<std::string, std::string> provenance;
  /// Where the accuracies were made by `zcmpi train`.
  std::optional<LearningCurves> curves{};

  /// "space/task"
  [[nodiscard]] std::string name() const { return space + "/" + task; }
  [[nodiscard]] std::size_t size() const { return architectures.size(); }
  [[nodiscard]] std::span<const double> feature(std::size_t terminal) const {
    return std::span(features).subspan(terminal * size(), size());
  }
  [[nodiscard]] std::optional<std::size_t> find_terminal(std::string_view name) const;
  /// The accuracies to rank by; throws InputError naming the problem when it has architectures and no such column.
  [[nodiscard]] std::span<const double> accuracies(Target target) const;
  /// Digest of everything that can change a result: names, architectures, features, accuracies. Not of costs,
  /// reasons, provenance and curves.
  [[nodiscard]] std::uint64_t digest() const;
};

/// Throws InputError naming the problem and the first inconsistency (sizes, duplicates, infinite or missing
/// accuracies).
void validate(const Problem& problem);

}  // namespace zcmpi
