#include "zcmpi/data/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "consistency.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A name that is safe as a part of a file's name and of a path inside an HDF5 file.
bool is_plain_name(std::string_view name) {
  const auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '+' || c == '.';
  };
  return !name.empty() && (is_letter(name[0]) || is_digit(name[0])) && std::ranges::all_of(name, allowed);
}

template <class Names>
std::string first_repeated(const Names& names) {
  std::unordered_set<std::string_view> seen;
  for (const auto& name : names) {
    if (!seen.insert(name).second) {
      return name;
    }
  }
  return {};
}

std::string find_flaw_of_size(std::string_view what, std::size_t size, std::size_t expected) {
  return size == expected ? "" : fmt::format("it has {} {}, expected {}", size, what, expected);
}

std::string find_flaw_of_names(const Problem& problem) {
  for (const auto& name : {problem.space, problem.task}) {
    if (!is_plain_name(name)) {
      return fmt::format("'{}' is no name for a space or a task: expected letters, digits and _ - + . only", name);
    }
  }
  if (problem.space == "problems") {
    return "a space cannot have the name 'problems': tables keep their list of problems under it";
  }
  for (const auto& terminal : problem.terminals) {
    if (auto flaw = find_flaw_of_terminal_name(terminal); !flaw.empty()) {
      return flaw;
    }
  }
  if (const auto name = first_repeated(problem.terminals); !name.empty()) {
    return fmt::format("the terminal '{}' occurs twice", name);
  }
  for (const auto& architecture : problem.architectures) {
    if (architecture.empty() || architecture.find('\0') != std::string::npos) {
      return "an architecture is empty or holds a zero byte";
    }
  }
  if (const auto name = first_repeated(problem.architectures); !name.empty()) {
    return fmt::format("the architecture '{}' occurs twice", name);
  }
  return {};
}

std::string find_flaw_of_sizes(const Problem& problem) {
  const std::size_t n = problem.size();
  if (n > std::numeric_limits<std::uint32_t>::max()) {
    return fmt::format("it has {} architectures, at most 2^32 - 1 are possible", n);
  }
  for (const auto& flaw :
       {find_flaw_of_size("feature values", problem.features.size(), problem.terminals.size() * n),
        find_flaw_of_size("costs", problem.costs_seconds.size(), problem.terminals.size()),
        find_flaw_of_size("validation accuracies", problem.val_accuracy.size(), problem.val_accuracy.empty() ? 0 : n),
        find_flaw_of_size("test accuracies", problem.test_accuracy.size(), problem.test_accuracy.empty() ? 0 : n)}) {
    if (!flaw.empty()) {
      return flaw;
    }
  }
  return {};
}

std::string find_flaw_of_curves(const Problem& problem) {
  if (!problem.curves) {
    return {};
  }
  const LearningCurves& curves = *problem.curves;
  const std::size_t trainings = curves.seeds.size() * problem.size();
  const std::size_t points = trainings * curves.epochs;
  for (const auto& flaw :
       {find_flaw_of_size("accuracies of single trainings", curves.accuracy.size(), trainings),
        find_flaw_of_size("losses", curves.loss.size(), points),
        find_flaw_of_size("training accuracies", curves.training_accuracy.size(), points),
        find_flaw_of_size("validation accuracies by epoch", curves.validation_accuracy.size(), points)}) {
    if (!flaw.empty()) {
      return flaw;
    }
  }
  return {};
}

std::string find_flaw_of_reasons(const Problem& problem) {
  const auto& [reasons, places] = problem.missing_reasons;
  for (const auto& reason : reasons) {
    if (reason.empty() || reason.find('\0') != std::string::npos) {
      return "a reason of missing values is empty or holds a zero byte";
    }
  }
  for (const auto& [terminal, architecture, reason] : places) {
    if (terminal >= problem.terminals.size() || architecture >= problem.size() || reason >= reasons.size()) {
      return fmt::format("the reason {} of a missing value, of terminal {} and architecture {}, is out of range",
                         reason, terminal, architecture);
    }
    if (!std::isnan(problem.feature(terminal)[architecture])) {
      return fmt::format("the value of {} of the architecture '{}' is there, and so is a reason why it is missing",
                         problem.terminals[terminal], problem.architectures[architecture]);
    }
  }
  return {};
}

std::string find_flaw_of_values(const Problem& problem) {
  if (std::ranges::any_of(problem.features, [](double x) { return std::isinf(x); })) {
    return "a feature is infinite: expected a number, or NaN where it is missing";
  }
  for (const auto& [values, column] : {std::pair(std::span(problem.val_accuracy), "val_accuracy"),
                                       std::pair(std::span(problem.test_accuracy), "test_accuracy")}) {
    const auto bad = std::ranges::find_if(values, [](double x) { return !std::isfinite(x); });
    if (bad != values.end()) {
      const auto row = static_cast<std::size_t>(bad - values.begin());
      return fmt::format("the {} of the architecture '{}' is missing or not finite", column,
                         problem.architectures[row]);
    }
  }
  return {};
}

void add_numbers(Digester& digester, std::span<const double> values) {
  digester.add(static_cast<std::uint64_t>(values.size()));
  // A missing value may come with any of NaN's bit patterns; all mean the same.
  std::vector<double> canonical(values.begin(), values.end());
  for (double& value : canonical) {
    if (std::isnan(value)) {
      value = std::numeric_limits<double>::quiet_NaN();
    }
  }
  digester.add(std::span<const double>(canonical));
}

void add_texts(Digester& digester, std::span<const std::string> texts) {
  digester.add(static_cast<std::uint64_t>(texts.size()));
  for (const auto& text : texts) {
    digester.add(std::string_view(text));
  }
}

}  // namespace

std::string_view to_text(Target target) { return target == Target::val_accuracy ? "val_accuracy" : "test_accuracy"; }

void MissingReasons::add(std::size_t terminal, std::size_t architecture, const std::string& reason) {
  auto found = std::ranges::find(reasons, reason);
  if (found == reasons.end()) {
    found = reasons.insert(found, reason);
  }
  places.push_back({static_cast<std::uint32_t>(terminal), static_cast<std::uint32_t>(architecture),
                    static_cast<std::uint32_t>(found - reasons.begin())});
}

std::optional<std::size_t> Problem::find_terminal(std::string_view name) const {
  const auto found = std::ranges::find(terminals, name);
  return found == terminals.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - terminals.begin()));
}

std::span<const double> Problem::accuracies(Target target) const {
  if (val_accuracy.empty() && size() > 0) {
    throw InputError(fmt::format(
        "the problem has features only ({}): accuracies are needed to compare with; give them to zcmpi features "
        "--accuracies, or compute a formula's values with zcmpi eval --values",
        name()));
  }
  if (target == Target::val_accuracy) {
    return val_accuracy;
  }
  if (test_accuracy.empty() && size() > 0) {
    throw InputError(fmt::format("the problem has no test accuracies ({}): use val_accuracy as the target", name()));
  }
  return test_accuracy;
}

std::uint64_t Problem::digest() const {
  Digester digester;
  digester.add(std::string_view(space));
  digester.add(std::string_view(task));
  add_texts(digester, architectures);
  add_texts(digester, terminals);
  add_numbers(digester, features);
  add_numbers(digester, val_accuracy);
  add_numbers(digester, test_accuracy);
  return digester.digest();
}

std::string find_flaw_of_terminal_name(std::string_view name) {
  const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '.'; };
  if (name.empty() || is_digit(name[0]) || name[0] == '.' || !std::ranges::all_of(name, allowed)) {
    return fmt::format(
        "'{}' is no name for a terminal: expected letters, digits, _ and . only, with no digit or . in front", name);
  }
  if (name == "arch" || name == to_text(Target::val_accuracy) || name == to_text(Target::test_accuracy)) {
    return fmt::format("'{}' is the name of a column and cannot be a terminal", name);
  }
  return {};
}

std::string find_inconsistency(const Problem& problem) {
  for (const auto find_flaw :
       {find_flaw_of_names, find_flaw_of_sizes, find_flaw_of_curves, find_flaw_of_reasons, find_flaw_of_values}) {
    if (auto flaw = find_flaw(problem); !flaw.empty()) {
      return flaw;
    }
  }
  return {};
}

void validate(const Problem& problem) {
  if (const auto flaw = find_inconsistency(problem); !flaw.empty()) {
    throw InputError(fmt::format("the problem is inconsistent ({}): {}", problem.name(), flaw));
  }
}

void validate_from_file(const Problem& problem, const std::string& file) {
  if (const auto flaw = find_inconsistency(problem); !flaw.empty()) {
    throw InputError(fmt::format("the problem is inconsistent ({}, {}): {}", file, problem.name(), flaw));
  }
}

}  // namespace zcmpi
