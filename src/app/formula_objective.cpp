#include "formula_objective.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feature_source.hpp"
#include "row_values.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/data/dataset.hpp"
#include "zcmpi/expr/text.hpp"
#include "zcmpi/nas/graph_features.hpp"

namespace zcmpi {
namespace {

std::vector<std::string> graph_feature_names(const SearchSpace& space) {
  std::vector<std::string> names;
  std::ranges::transform(graph_features(space, space.parse(space.example())), std::back_inserter(names),
                         &Feature::name);
  return names;
}

/// The end of a message about a terminal that is neither of these graph features nor a proxy.
std::string hint_of_names(const std::string& name, const SearchSpace& space, std::vector<std::string> known) {
  for (const auto& description : all_proxies()) {
    known.emplace_back(description.name);
  }
  return suggestion(
      name, known,
      fmt::format("expected proxies (zcmpi list proxies) or graph features (zcmpi list graph {})", space.name()));
}

}  // namespace

bool reads_proxies(const FormulaDefinition& definition) {
  return std::ranges::any_of(definition.terminals,
                             [](const std::string& name) { return find_proxy(name).has_value(); });
}

FormulaObjective::FormulaObjective(FormulaDefinition definition, const SearchSpace& space, std::string task)
    : definition_(std::move(definition)), space_(space), task_(std::move(task)) {
  find_terminals();
  require_computable(proxies_);
  formula_ = parse_formula(definition_.formula, definition_.terminals);
  const auto known = definition_.standards.find(problem_name());
  if (known != definition_.standards.end()) {
    standards_.emplace(terminals_.size());
    has_recorded_standards_ = true;
  }
  std::vector<Node> replacements;
  for (std::size_t t = 0; t < definition_.terminals.size(); ++t) {
    const auto place = std::ranges::find(terminals_, definition_.terminals[t]) - terminals_.begin();
    const bool is_absent = static_cast<std::size_t>(place) == terminals_.size();
    if (!is_absent && standards_) {
      standards_->at(static_cast<std::size_t>(place)) = known->second.at(t);
    }
    replacements.push_back(is_absent ? Node::make_constant(0.0F)
                                     : Node::make_terminal(static_cast<std::uint16_t>(place)));
  }
  replace_terminals(formula_, replacements);
}

std::string FormulaObjective::problem_name() const { return fmt::format("{}/{}", space_.name(), task_); }

void FormulaObjective::find_terminals() {
  const auto known = graph_feature_names(space_);
  std::vector<std::string> graph_terminals;
  for (const auto& name : definition_.terminals) {
    if (const auto proxy = find_proxy(name)) {
      proxies_.push_back(*proxy);
      terminals_.push_back(name);
    } else if (std::ranges::find(known, name) != known.end()) {
      graph_terminals.push_back(name);
    } else if (definition_.absent == AbsentTerminals::zero && definition_.missing == MissingPolicy::constant) {
      absent_.push_back(name);
    } else {
      throw InputError(fmt::format("the objective reads '{}', which cannot be computed for architectures of {}: {}",
                                   name, space_.name(), hint_of_names(name, space_, known)));
    }
  }
  std::ranges::move(graph_terminals, std::back_inserter(terminals_));
  if (terminals_.empty()) {
    throw InputError(fmt::format(
        "the objective ({}) is the same for all architectures of {}: expected a formula of proxies or graph features",
        definition_.formula, space_.name()));
  }
}

Problem FormulaObjective::make_problem(std::vector<std::string> architectures, std::vector<double> proxy_values) const {
  ZCMPI_EXPECT(proxy_values.size() == proxies_.size() * architectures.size());
  const std::size_t n = architectures.size();
  Problem problem;
  problem.space = space_.name();
  problem.task = task_;
  problem.terminals = terminals_;
  problem.costs_seconds.assign(terminals_.size(), std::numeric_limits<double>::quiet_NaN());
  problem.features = std::move(proxy_values);
  problem.features.resize(terminals_.size() * n);
  for (std::size_t row = 0; row < n && proxies_.size() < terminals_.size(); ++row) {
    const auto features = graph_features(space_, space_.parse(architectures[row]));
    for (std::size_t t = proxies_.size(); t < terminals_.size(); ++t) {
      problem.features[t * n + row] = std::ranges::find(features, terminals_[t], &Feature::name)->value;
    }
  }
  problem.architectures = std::move(architectures);
  return problem;
}

bool FormulaObjective::needs_standards() const {
  return definition_.transform == Transform::standardised && !standards_;
}

void FormulaObjective::standardise_by(const Problem& problem) {
  standards_.emplace();
  for (std::size_t t = 0; t < terminals_.size(); ++t) {
    const auto column = problem.feature(t);
    std::vector<double> values(column.begin(), column.end());
    standards_->push_back(transform_column(values, Transform::standardised, std::nullopt));
  }
}

std::vector<double> FormulaObjective::values(const Problem& problem) const {
  ZCMPI_EXPECT(!needs_standards() && problem.terminals == terminals_);
  const std::size_t n = problem.size();
  std::vector<double> features = problem.features;
  for (std::size_t t = 0; t < terminals_.size(); ++t) {
    transform_column(std::span(features).subspan(t * n, n), definition_.transform,
                     standards_ ? std::optional((*standards_)[t]) : std::nullopt);
  }
  return row_values(formula_, features, n);
}

}  // namespace zcmpi
