#include "zcmpi/app/training_data.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "row_values.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

std::uint64_t problem_digest(const TrainingData& data, std::size_t which) {
  const auto& problem = data.dataset.problems[which];
  Digester digester;
  digester.add(std::string_view(problem.name));
  digester.add(problem.digest);
  for (const auto& terminal : data.dataset.terminals) {
    digester.add(std::string_view(terminal));
  }
  digester.add(std::span<const double>(problem.features));
  for (const auto* rows : {&data.splits[which].train, &data.splits[which].validation, &data.splits[which].test}) {
    digester.add(static_cast<std::uint64_t>(rows->size()));
    digester.add(std::span<const std::uint32_t>(*rows));
  }
  return digester.digest();
}

/// The names of the problems for which `holds` is true of their place.
template <class Predicate>
std::vector<std::string> names_where(const TrainingData& data, Predicate&& holds) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < data.splits.size(); ++i) {
    if (holds(i)) {
      names.push_back(data.dataset.problems[i].name);
    }
  }
  return names;
}

/// A correlation is over pairs: with fewer than two rows there is nothing to report of architectures never seen.
void warn_of_untested(const TrainingData& data) {
  const auto untested = names_where(data, [&](std::size_t i) { return data.splits[i].test.size() < 2; });
  if (!untested.empty()) {
    log_warning(
        fmt::format("fewer than 2 architectures are left to test on ({}): there will be no test tau; lower "
                    "data.train_architectures",
                    fmt::join(untested, ", ")));
  }
}

/// Where all training accuracies are equal every formula has tau 0. Throws InputError when no problem is left to evolve
/// on; one that is left goes on with a warning of the others.
void require_different_accuracies(const TrainingData& data, Target target) {
  const auto alike = names_where(data, [&](std::size_t i) {
    const auto accuracies = take_rows(data.dataset.problems[i].accuracies, data.splits[i].train);
    return std::ranges::all_of(accuracies, [&](double accuracy) { return accuracy == accuracies.front(); });
  });
  if (alike.size() == data.splits.size()) {
    throw InputError(
        fmt::format("all training architectures have the same {} ({}): expected different ones in one problem at "
                    "least; look at the tables with zcmpi inspect",
                    to_text(target), fmt::join(alike, ", ")));
  }
  if (!alike.empty()) {
    log_warning(fmt::format("all training architectures have the same {} ({}): every formula's training tau is 0 there",
                            to_text(target), fmt::join(alike, ", ")));
  }
}

}  // namespace

std::vector<std::string> TrainingData::problem_names() const {
  std::vector<std::string> names;
  std::ranges::transform(dataset.problems, std::back_inserter(names), &DatasetProblem::name);
  return names;
}

std::map<std::string, std::string> TrainingData::problem_digests() const {
  std::map<std::string, std::string> digests;
  for (std::size_t i = 0; i < dataset.problems.size(); ++i) {
    digests[dataset.problems[i].name] = digest_to_text(problem_digest(*this, i));
  }
  return digests;
}

std::uint64_t TrainingData::digest() const {
  Digester digester;
  for (std::size_t i = 0; i < dataset.problems.size(); ++i) {
    digester.add(problem_digest(*this, i));
  }
  return digester.digest();
}

TrainingData load_training_data(const Configuration& configuration, std::span<const Problem> live) {
  const auto& settings = configuration.data;
  const auto folders = data_folders(configuration);
  TrainingData data;
  std::vector<Problem> problems;
  for (const auto& reference : settings.problems) {
    auto loaded = load_problems(reference, folders);
    const auto file = find_table(reference, folders);
    for (const auto& problem : loaded) {
      data.files[problem.name()] = file;
    }
    std::ranges::move(loaded, std::back_inserter(problems));
  }
  problems.insert(problems.end(), live.begin(), live.end());
  data.dataset = make_dataset(problems, {.terminals = settings.terminals,
                                         .transform = settings.transform,
                                         .missing = settings.missing,
                                         .target = settings.target,
                                         .known_standards = {}});
  for (const auto& problem : data.dataset.problems) {
    data.splits.push_back(make_split(problem, {.train_architectures = settings.train_architectures,
                                               .validation_share = settings.validation_share,
                                               .seed = configuration.run.seed}));
  }
  require_different_accuracies(data, settings.target);
  warn_of_untested(data);
  return data;
}

std::string splits_json(const TrainingData& data) {
  nlohmann::ordered_json json;
  for (std::size_t i = 0; i < data.splits.size(); ++i) {
    auto& split = json[data.dataset.problems[i].name];
    split["train"] = data.splits[i].train;
    split["validation"] = data.splits[i].validation;
    split["test"] = data.splits[i].test;
  }
  return json.dump() + "\n";
}

std::vector<EvaluationProblem> training_problems(const TrainingData& data) {
  const std::size_t terminals = data.dataset.terminals.size();
  std::vector<EvaluationProblem> result;
  for (std::size_t i = 0; i < data.splits.size(); ++i) {
    const DatasetProblem& problem = data.dataset.problems[i];
    const std::vector<std::uint32_t>& rows = data.splits[i].train;
    EvaluationProblem training{.name = problem.name, .features = {}, .accuracies = take_rows(problem.accuracies, rows)};
    training.features.reserve(terminals * rows.size());
    for (std::size_t terminal = 0; terminal < terminals; ++terminal) {
      for (const auto row : rows) {
        training.features.push_back(static_cast<float>(problem.feature(terminal)[row]));
      }
    }
    result.push_back(std::move(training));
  }
  return result;
}

std::vector<double> reported_values(FormulaView formula, const DatasetProblem& problem,
                                    std::span<const std::uint32_t> rows) {
  return row_values(formula, problem.features, problem.size(), rows);
}

std::vector<double> take_rows(std::span<const double> column, std::span<const std::uint32_t> rows) {
  std::vector<double> taken;
  taken.reserve(rows.size());
  std::ranges::transform(rows, std::back_inserter(taken), [&](auto row) { return column[row]; });
  return taken;
}

}  // namespace zcmpi
