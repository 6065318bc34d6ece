#include "zcmpi/app/scoring.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "row_values.hpp"
#include "zcmpi/app/result.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/expr/formula.hpp"
#include "zcmpi/expr/text.hpp"
#include "zcmpi/rank/bootstrap.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {
namespace {

bool any_has(std::span<const Problem> problems, std::string_view terminal) {
  return std::any_of(problems.begin(), problems.end(),
                     [&](const Problem& problem) { return problem.find_terminal(terminal).has_value(); });
}

/// Writes the formula with 0 for each terminal that no problem has, and takes those out of the definition.
void replace_absent_terminals(FormulaDefinition& definition, Formula& formula, std::span<const Problem> problems) {
  FormulaDefinition reduced = definition;
  reduced.terminals.clear();
  for (auto& [problem, standards] : reduced.standards) {
    standards.clear();
  }
  std::vector<std::string> absent;
  std::vector<Node> replacements;
  for (std::size_t t = 0; t < definition.terminals.size(); ++t) {
    const std::string& terminal = definition.terminals[t];
    if (!any_has(problems, terminal)) {
      absent.push_back(terminal);
      replacements.push_back(Node::make_constant(0.0F));
      continue;
    }
    replacements.push_back(Node::make_terminal(static_cast<std::uint16_t>(reduced.terminals.size())));
    reduced.terminals.push_back(terminal);
    for (auto& [problem, standards] : reduced.standards) {
      standards.push_back(definition.standards.at(problem)[t]);
    }
  }
  if (!absent.empty()) {
    log_warning(fmt::format("no problem here has the terminal{} '{}': {} 0", absent.size() == 1 ? "" : "s",
                            fmt::join(absent, "', '"), absent.size() == 1 ? "it is" : "they are"));
  }
  replace_terminals(formula, replacements);
  definition = std::move(reduced);
}

DatasetOptions dataset_options(const FormulaDefinition& definition) {
  DatasetOptions options;
  options.terminals = definition.terminals;
  options.transform = definition.transform;
  // The formula's terminals are given: there is nothing to leave out.
  options.missing = definition.missing == MissingPolicy::intersection ? MissingPolicy::error : definition.missing;
  options.target = definition.target;
  if (!definition.terminals.empty()) {
    options.known_standards = definition.standards;
  }
  return options;
}

ProblemScore score_problem(const Formula& formula, const DatasetProblem& problem) {
  if (problem.size() < 2) {
    throw InputError(fmt::format("{}: it has {}: expected at least 2, since a rank correlation is over pairs",
                                 problem.name, count_of(problem.size(), "architecture")));
  }
  const std::vector<double> values = row_values(formula, problem.features, problem.size());
  const Interval interval = bootstrap_tau_b(values, problem.accuracies, {});
  return {problem.name, problem.size(), kendall_tau_b(values, problem.accuracies),
          interval.low, interval.high,  spearman_rho(values, problem.accuracies)};
}

/// The formula as these problems can compute it; the definition is adapted with it.
Formula formula_for(FormulaDefinition& definition, std::span<const Problem> problems) {
  Formula formula = parse_formula(definition.formula, definition.terminals);
  if (definition.absent == AbsentTerminals::zero && definition.missing == MissingPolicy::constant) {
    replace_absent_terminals(definition, formula, problems);
  }
  return formula;
}

Dataset dataset_for(const FormulaDefinition& definition, std::span<const Problem> problems, Accuracies accuracies) {
  auto options = dataset_options(definition);
  options.accuracies = accuracies;
  // A formula that reads no terminal gets all that occur: what problems lack of those is no matter.
  std::optional<ScopedLogLevel> quiet;
  if (definition.terminals.empty()) {
    quiet.emplace(LogLevel::error);
  }
  return make_dataset(problems, options);
}

}  // namespace

FormulaDefinition definition_from_text(const std::string& text) {
  FormulaDefinition definition;
  definition.formula = text;
  definition.terminals = terminals_of_text(text);
  return definition;
}

FormulaDefinition definition_from_result(const std::filesystem::path& path) {
  const RunResult result = read_result(path);
  FormulaDefinition definition = definition_from_text(result.formula);
  definition.transform = result.transform;
  definition.missing = result.missing;
  definition.target = result.target;
  definition.absent = AbsentTerminals::zero;
  for (const std::string& terminal : definition.terminals) {
    const auto found = std::find(result.terminals.begin(), result.terminals.end(), terminal);
    if (found == result.terminals.end()) {
      throw InputError(
          fmt::format("{}: the formula reads \"{}\", which is not among \"terminals\": expected a "
                      "result.json that zcmpi wrote",
                      path.string(), terminal));
    }
    const auto index = static_cast<std::size_t>(found - result.terminals.begin());
    for (const ProblemResult& problem : result.problems) {
      if (!problem.standards.empty()) {
        definition.standards[problem.problem].push_back(problem.standards[index]);
      }
    }
  }
  return definition;
}

FormulaDefinition definition_from_argument(const std::string& formula, const std::string& transform,
                                           const std::string& missing) {
  std::string text = formula;
  text.erase(0, text.find_first_not_of(' '));
  const bool is_result = text.starts_with('@');
  FormulaDefinition definition = is_result ? definition_from_result(text.substr(1)) : definition_from_text(text);
  if (is_result && !(transform.empty() && missing.empty())) {
    throw InputError(fmt::format("{}: for a formula given as text; a result.json holds its own: leave it out",
                                 transform.empty() ? "--missing" : "--transform"));
  }
  if (!transform.empty()) {
    definition.transform = parse_transform(transform).value();
  }
  if (!missing.empty()) {
    definition.missing = parse_missing_policy(missing).value();
  }
  return definition;
}

std::vector<ProblemValues> formula_values(const FormulaDefinition& given, std::span<const Problem> problems) {
  FormulaDefinition definition = given;
  const Formula formula = formula_for(definition, problems);
  const Dataset dataset = dataset_for(definition, problems, Accuracies::unneeded);
  std::vector<ProblemValues> values;
  for (const DatasetProblem& problem : dataset.problems) {
    values.push_back({problem.name, row_values(formula, problem.features, problem.size())});
  }
  return values;
}

std::vector<ProblemScore> score_formula(const FormulaDefinition& given, std::span<const Problem> problems) {
  FormulaDefinition definition = given;
  const Formula formula = formula_for(definition, problems);
  const Dataset dataset = dataset_for(definition, problems, Accuracies::needed);
  std::vector<ProblemScore> scores;
  for (const DatasetProblem& problem : dataset.problems) {
    scores.push_back(score_problem(formula, problem));
  }
  return scores;
}

std::string to_json(std::span<const ProblemScore> scores) {
  auto json = nlohmann::ordered_json::array();
  for (const ProblemScore& score : scores) {
    json.push_back({{"problem", score.problem},
                    {"n", score.n},
                    {"tau", score.tau},
                    {"tau_low", score.tau_low},
                    {"tau_high", score.tau_high},
                    {"rho", score.rho}});
  }
  return json.dump(2) + "\n";
}

}  // namespace zcmpi
