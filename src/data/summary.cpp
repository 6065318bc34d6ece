#include "zcmpi/data/summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "missing.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

struct Range {
  double smallest = missing_value;
  double median = missing_value;
  double largest = missing_value;
  std::size_t missing = 0;
};

Range range_of(std::span<const double> values) {
  std::vector<double> known;
  std::ranges::copy_if(values, std::back_inserter(known), [](double x) { return !std::isnan(x); });
  std::ranges::sort(known);
  Range range;
  range.missing = values.size() - known.size();
  if (!known.empty()) {
    const std::size_t half = known.size() / 2;
    range.smallest = known.front();
    range.median = known.size() % 2 == 1 ? known[half] : 0.5 * (known[half - 1] + known[half]);
    range.largest = known.back();
  }
  return range;
}

std::string number(double value) { return std::isnan(value) ? "-" : fmt::format("{:.6g}", value); }

constexpr std::size_t column_count = 6;
using TextRow = std::array<std::string, column_count>;

/// The first column to the left, numbers to the right.
std::string align(const std::vector<TextRow>& rows) {
  std::array<std::size_t, column_count> widths{};
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < column_count; ++c) {
      widths[c] = std::max(widths[c], row[c].size());
    }
  }
  std::string text;
  for (const auto& row : rows) {
    text += fmt::format("  {:<{}}", row[0], widths[0]);
    for (std::size_t c = 1; c < column_count; ++c) {
      text += fmt::format("  {:>{}}", row[c], widths[c]);
    }
    text += '\n';
  }
  return text;
}

std::string describe_accuracy(Target target, std::span<const double> values) {
  const Range range = range_of(values);
  return fmt::format(", {} {} to {}", to_text(target), number(range.smallest), number(range.largest));
}

std::string describe_terminals(const Problem& problem) {
  std::vector<TextRow> rows{{"terminal", "minimum", "median", "maximum", "missing", "seconds"}};
  for (std::size_t t = 0; t < problem.terminals.size(); ++t) {
    const Range range = range_of(problem.feature(t));
    rows.push_back({problem.terminals[t], number(range.smallest), number(range.median), number(range.largest),
                    std::to_string(range.missing), number(problem.costs_seconds[t])});
  }
  return align(rows);
}

/// How many values are missing, and why: the commonest reasons first, with the terminals concerned.
std::string describe_missing(const Problem& problem) {
  struct Reason {
    std::string text;
    std::size_t values = 0;
    std::set<std::size_t> terminals;
  };
  constexpr std::size_t most_lines = 5;
  const auto missing =
      static_cast<std::size_t>(std::ranges::count_if(problem.features, [](double x) { return std::isnan(x); }));
  if (missing == 0) {
    return {};
  }
  std::string text = fmt::format("  missing: {} of {} values", missing, problem.features.size());
  const auto& known = problem.missing_reasons;
  if (known.places.empty()) {
    return text + '\n';
  }
  std::vector<Reason> reasons;
  for (const auto& reason : known.reasons) {
    reasons.push_back({.text = reason, .values = 0, .terminals = {}});
  }
  for (const auto& [terminal, architecture, reason] : known.places) {
    ++reasons[reason].values;
    reasons[reason].terminals.insert(terminal);
  }
  if (missing > known.places.size()) {
    text += fmt::format(", {} of them without a reason", missing - known.places.size());
  }
  std::ranges::stable_sort(reasons, std::ranges::greater(), &Reason::values);
  text += '\n';
  for (const auto& reason : std::span(reasons).first(std::min(reasons.size(), most_lines))) {
    std::vector<std::string> names;
    for (const std::size_t terminal : reason.terminals) {
      names.push_back(problem.terminals[terminal]);
    }
    text += fmt::format("    {}: {} ({})\n", reason.values, reason.text, fmt::join(names, ", "));
  }
  if (reasons.size() > most_lines) {
    text += fmt::format("    and {} more reasons\n", reasons.size() - most_lines);
  }
  return text;
}

std::string describe_one(const Problem& problem) {
  std::string text = fmt::format("{}: {}, {}", problem.name(), count_of(problem.size(), "architecture"),
                                 count_of(problem.terminals.size(), "terminal"));
  text += problem.val_accuracy.empty() && problem.size() > 0
              ? std::string(", no accuracies")
              : describe_accuracy(Target::val_accuracy, problem.val_accuracy);
  if (!problem.test_accuracy.empty()) {
    text += describe_accuracy(Target::test_accuracy, problem.test_accuracy);
  }
  text += '\n';
  text += describe_terminals(problem);
  text += describe_missing(problem);
  text += fmt::format("  digest: {}\n", digest_to_text(problem.digest()));
  for (const auto& [key, value] : problem.provenance) {
    text += fmt::format("  {}: {}\n", key, value);
  }
  return text;
}

}  // namespace

std::string describe(std::span<const Problem> problems) {
  std::string text;
  for (const auto& problem : problems) {
    text += text.empty() ? "" : "\n";
    text += describe_one(problem);
  }
  return text;
}

}  // namespace zcmpi
