#include "zcmpi/data/dataset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/portable_math.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

double signed_log(double x) { return std::copysign(portable::log1p(portable::abs(x)), x); }

double standardised(double value, const Standard& standard) {
  if (std::isnan(value)) {
    return value;
  }
  return standard.deviation > 0.0 ? (value - standard.mean) / standard.deviation : 0.0;
}

/// Mean and population deviation of the values that are not missing, summed in the order of the rows.
Standard standard_of(std::span<const double> values) {
  double sum = 0.0;
  std::size_t known = 0;
  double smallest = std::numeric_limits<double>::infinity();
  double largest = -smallest;
  for (const double value : values) {
    if (!std::isnan(value)) {
      sum += value;
      ++known;
      smallest = std::min(smallest, value);
      largest = std::max(largest, value);
    }
  }
  if (known == 0) {
    return {};
  }
  // The rounded mean of equal values need not be that value, and a tiny deviation would then blow up the rounding.
  if (smallest == largest) {
    return {smallest, 0.0};
  }
  const double mean = sum / static_cast<double>(known);
  double squares = 0.0;
  for (const double value : values) {
    if (!std::isnan(value)) {
      squares += (value - mean) * (value - mean);
    }
  }
  return {mean, std::sqrt(squares / static_cast<double>(known))};
}

/// The column of a terminal; nullopt when the problem lacks it or has it in no row.
std::optional<std::size_t> usable_column(const Problem& problem, std::string_view terminal) {
  const auto column = problem.find_terminal(terminal);
  if (!column || problem.size() == 0) {
    return column;
  }
  const bool known = std::ranges::any_of(problem.feature(*column), [](double x) { return !std::isnan(x); });
  return known ? column : std::nullopt;
}

void check_problems(std::span<const Problem> problems) {
  if (problems.empty()) {
    throw InputError("there is no problem: name at least one table");
  }
  std::set<std::string> names;
  for (const auto& problem : problems) {
    validate(problem);
    if (!names.insert(problem.name()).second) {
      throw InputError(fmt::format("the problem is given twice ({}): name every problem once", problem.name()));
    }
  }
}

/// Every terminal that occurs, in order of first appearance.
std::vector<std::string> terminals_that_occur(std::span<const Problem> problems) {
  std::vector<std::string> all;
  for (const auto& problem : problems) {
    for (const auto& terminal : problem.terminals) {
      if (std::ranges::find(all, terminal) == all.end()) {
        all.push_back(terminal);
      }
    }
  }
  return all;
}

void check_wanted(std::span<const std::string> wanted, std::span<const std::string> occurring) {
  std::set<std::string_view> seen;
  for (const auto& terminal : wanted) {
    if (std::ranges::find(occurring, terminal) == occurring.end()) {
      throw InputError(fmt::format("no problem has the terminal '{}': {}", terminal, suggestion(terminal, occurring)));
    }
    if (!seen.insert(terminal).second) {
      throw InputError(fmt::format("the terminal '{}' is named twice: name it once", terminal));
    }
  }
}

/// The terminals that stay under the policy.
std::vector<std::string> apply_policy(std::span<const Problem> problems, std::vector<std::string> terminals,
                                      MissingPolicy policy) {
  std::erase_if(terminals, [&](const std::string& terminal) {
    const auto lacking =
        std::ranges::find_if(problems, [&](const Problem& p) { return !usable_column(p, terminal).has_value(); });
    if (lacking == problems.end() || policy == MissingPolicy::constant) {
      return false;
    }
    if (policy == MissingPolicy::error) {
      throw InputError(fmt::format(
          "the problem lacks a terminal ({}): '{}' has no values; leave the terminal out, or set missing to "
          "\"constant\" or \"intersection\"",
          lacking->name(), terminal));
    }
    log_warning(fmt::format("the terminal '{}' is left out, because {} lacks it", terminal, lacking->name()));
    return true;
  });
  if (terminals.empty()) {
    throw InputError("no terminal is left: the problems have none in common");
  }
  return terminals;
}

/// The standards that were given for a problem, in the order of `terminals`; nullopt when none were.
std::optional<std::vector<Standard>> known_standards_of(const std::string& problem,
                                                        std::span<const std::string> terminals,
                                                        const DatasetOptions& options) {
  const auto known = options.known_standards.find(problem);
  if (known == options.known_standards.end()) {
    return std::nullopt;
  }
  if (known->second.size() != options.terminals.size()) {
    throw InputError(fmt::format("the standards do not fit the terminals ({}): {} for {} terminals; expected one each",
                                 problem, known->second.size(), options.terminals.size()));
  }
  std::vector<Standard> standards;
  for (const auto& terminal : terminals) {
    const auto place = std::ranges::find(options.terminals, terminal) - options.terminals.begin();
    standards.push_back(known->second[static_cast<std::size_t>(place)]);
  }
  return standards;
}

DatasetProblem transform_problem(const Problem& raw, std::span<const std::string> terminals,
                                 const DatasetOptions& options) {
  const bool standardise = options.transform == Transform::standardised;
  DatasetProblem problem;
  problem.name = raw.name();
  problem.digest = raw.digest();
  if (options.accuracies == Accuracies::needed) {
    const auto accuracies = raw.accuracies(options.target);
    problem.accuracies.assign(accuracies.begin(), accuracies.end());
  } else {
    problem.accuracies.assign(raw.size(), std::numeric_limits<double>::quiet_NaN());
  }
  problem.features.assign(terminals.size() * raw.size(), 0.0);
  const auto known = standardise ? known_standards_of(problem.name, terminals, options) : std::nullopt;
  for (std::size_t t = 0; t < terminals.size(); ++t) {
    auto standard = known ? std::optional((*known)[t]) : std::nullopt;
    if (const auto column = usable_column(raw, terminals[t])) {
      const auto target = std::span(problem.features).subspan(t * raw.size(), raw.size());
      std::ranges::copy(raw.feature(*column), target.begin());
      standard = transform_column(target, options.transform, standard);
    } else {
      problem.absent_terminals.push_back(terminals[t]);
    }
    if (standardise) {
      problem.standards.push_back(standard.value_or(Standard{}));
    }
  }
  return problem;
}

/// A line for all terminals that the same problems lack.
void warn_of_absent(const Dataset& dataset) {
  std::map<std::vector<std::string>, std::vector<std::string>> terminals_by_problems;
  for (const auto& terminal : dataset.terminals) {
    std::vector<std::string> lacking;
    for (const auto& problem : dataset.problems) {
      if (std::ranges::find(problem.absent_terminals, terminal) != problem.absent_terminals.end()) {
        lacking.push_back(problem.name);
      }
    }
    if (!lacking.empty()) {
      terminals_by_problems[lacking].push_back(terminal);
    }
  }
  for (const auto& [problems, terminals] : terminals_by_problems) {
    const bool is_one = terminals.size() == 1;
    log_warning(fmt::format("{} {} the terminal{} {}: {} 0 there", fmt::join(problems, ", "),
                            problems.size() == 1 ? "lacks" : "lack", is_one ? "" : "s", list_some(terminals),
                            is_one ? "it is" : "they are"));
  }
}

double mean_cost(std::span<const Problem> problems, const std::string& terminal) {
  double sum = 0.0;
  std::size_t known = 0;
  for (const auto& problem : problems) {
    const auto column = problem.find_terminal(terminal);
    if (column && !std::isnan(problem.costs_seconds[*column])) {
      sum += problem.costs_seconds[*column];
      ++known;
    }
  }
  return known == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(known);
}

}  // namespace

Standard transform_column(std::span<double> column, Transform transform, const std::optional<Standard>& known) {
  if (transform == Transform::raw) {
    return {};
  }
  std::ranges::transform(column, column.begin(), signed_log);
  if (transform == Transform::signed_log) {
    return {};
  }
  const Standard standard = known ? *known : standard_of(column);
  std::ranges::transform(column, column.begin(), [&](double x) { return standardised(x, standard); });
  return standard;
}

std::string_view to_text(Transform transform) {
  switch (transform) {
    case Transform::raw: return "raw";
    case Transform::signed_log: return "signed_log";
    case Transform::standardised: return "standardised";
  }
  return "";
}

std::string_view to_text(MissingPolicy policy) {
  switch (policy) {
    case MissingPolicy::constant: return "constant";
    case MissingPolicy::intersection: return "intersection";
    case MissingPolicy::error: return "error";
  }
  return "";
}

std::optional<Transform> parse_transform(std::string_view text) {
  for (const auto transform : {Transform::raw, Transform::signed_log, Transform::standardised}) {
    if (text == to_text(transform)) {
      return transform;
    }
  }
  return std::nullopt;
}

std::optional<MissingPolicy> parse_missing_policy(std::string_view text) {
  for (const auto policy : {MissingPolicy::constant, MissingPolicy::intersection, MissingPolicy::error}) {
    if (text == to_text(policy)) {
      return policy;
    }
  }
  return std::nullopt;
}

Dataset make_dataset(std::span<const Problem> problems, const DatasetOptions& options) {
  check_problems(problems);
  const auto occurring = terminals_that_occur(problems);
  check_wanted(options.terminals, occurring);

  Dataset dataset;
  dataset.transform = options.transform;
  dataset.terminals =
      apply_policy(problems, options.terminals.empty() ? occurring : options.terminals, options.missing);
  for (const auto& terminal : dataset.terminals) {
    dataset.costs_seconds.push_back(mean_cost(problems, terminal));
  }
  for (const auto& problem : problems) {
    dataset.problems.push_back(transform_problem(problem, dataset.terminals, options));
  }
  // Behind all that can fail: an error is not to be looked for below warnings.
  warn_of_absent(dataset);
  return dataset;
}

}  // namespace zcmpi
