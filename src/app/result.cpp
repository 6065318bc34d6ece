#include "zcmpi/app/result.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "json_number.hpp"
#include "text_layout.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

using Json = nlohmann::ordered_json;

/// Terminal -> [mean, deviation].
Json standards_to_json(const std::vector<std::string>& terminals, const std::vector<Standard>& standards) {
  Json json = Json::object();
  for (std::size_t t = 0; t < standards.size(); ++t) {
    json[terminals[t]] = {standards[t].mean, standards[t].deviation};
  }
  return json;
}

Json to_json(const ProblemResult& problem, const std::vector<std::string>& terminals) {
  Json json;
  json["problem"] = problem.problem;
  json["n_train"] = problem.n_train;
  json["tau_train"] = number_or_null(problem.tau_train);
  json["tau_train_low"] = number_or_null(problem.tau_train_low);
  json["tau_train_high"] = number_or_null(problem.tau_train_high);
  json["n_validation"] = problem.n_validation;
  json["tau_validation"] = number_or_null(problem.tau_validation);
  json["n_test"] = problem.n_test;
  json["tau_test"] = number_or_null(problem.tau_test);
  json["tau_test_low"] = number_or_null(problem.tau_test_low);
  json["tau_test_high"] = number_or_null(problem.tau_test_high);
  json["rho_test"] = number_or_null(problem.rho_test);
  json["best_terminal"] = problem.best_terminal;
  json["best_terminal_tau_test"] = number_or_null(problem.best_terminal_tau_test);
  if (!problem.standards.empty()) {
    json["standards"] = standards_to_json(terminals, problem.standards);
  }
  return json;
}

Json to_json(const MeanResult& mean) {
  Json json;
  json["tau_train"] = number_or_null(mean.tau_train);
  json["tau_test"] = number_or_null(mean.tau_test);
  json["rho_test"] = number_or_null(mean.rho_test);
  json["best_terminal_tau_test"] = number_or_null(mean.best_terminal_tau_test);
  return json;
}

Json to_json(const SingleTerminal& terminal) {
  Json json;
  json["terminal"] = terminal.formula;
  json["mean_tau_test"] = number_or_null(terminal.mean_tau_test);
  return json;
}

/// A mean of the finite numbers among those added.
class Mean {
 public:
  void add(double x) {
    if (std::isfinite(x)) {
      sum_ += x;
      ++count_;
    }
  }
  [[nodiscard]] double value() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : ProblemResult::none; }

 private:
  double sum_ = 0.0;
  std::size_t count_ = 0;
};

}  // namespace

MeanResult mean_over_problems(std::span<const ProblemResult> problems) {
  Mean tau_train;
  Mean tau_test;
  Mean rho_test;
  Mean best_terminal;
  for (const ProblemResult& problem : problems) {
    tau_train.add(problem.tau_train);
    tau_test.add(problem.tau_test);
    rho_test.add(problem.rho_test);
    best_terminal.add(problem.best_terminal_tau_test);
  }
  return {tau_train.value(), tau_test.value(), rho_test.value(), best_terminal.value()};
}

std::string_view to_text(StoppedBy cause) {
  switch (cause) {
    case StoppedBy::generations: return "generations";
    case StoppedBy::max_hours: return "max_hours";
    case StoppedBy::signal: return "signal";
    case StoppedBy::stop_file: return "stop_file";
  }
  throw ContractError("to_text: not a cause");
}

double RunResult::duplicate_share() const {
  const auto total = evaluations + duplicates;
  return total == 0 ? 0.0 : static_cast<double>(duplicates) / static_cast<double>(total);
}

std::string to_json(const RunResult& result) {
  Json json;
  json["formula"] = result.formula;
  json["formula_simplified"] = result.formula_simplified;
  json["latex"] = result.latex;
  json["size"] = result.size;
  json["fitness"] = number_or_null(result.fitness);
  json["seed"] = result.seed;
  json["islands"] = result.islands;
  json["generations"] = result.generations;
  json["evaluations"] = result.evaluations;
  json["duplicates"] = result.duplicates;
  json["duplicate_share"] = result.duplicate_share();
  json["stopped_by"] = to_text(result.stopped_by);
  json["terminals"] = result.terminals;
  json["transform"] = to_text(result.transform);
  json["missing"] = to_text(result.missing);
  json["target"] = to_text(result.target);
  json["formula_language"] = result.formula_language;
  json["program_version"] = result.program_version;
  json["problems"] = Json::array();
  for (const ProblemResult& problem : result.problems) {
    json["problems"].push_back(to_json(problem, result.terminals));
  }
  json["mean"] = to_json(mean_over_problems(result.problems));
  json["best_single_terminal"] = to_json(result.best_single_terminal);
  json["wall_seconds"] = result.wall_seconds;
  for (std::size_t phase = 0; phase < phase_count; ++phase) {
    json["phase_seconds"][std::string(phase_names[phase])] = result.phase_seconds[phase];
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_result(const std::filesystem::path& path, const RunResult& result) { replace_file(path, to_json(result)); }

std::string to_csv(std::span<const HallOfFameEntry> entries) {
  std::string text = "size,fitness_train,mean_tau_test,formula\r\n";
  for (const HallOfFameEntry& entry : entries) {
    text += fmt::format("{},{},{},{}\r\n", entry.size, csv_field(entry.fitness_train), csv_field(entry.mean_tau_test),
                        csv_field(entry.formula));
  }
  return text;
}

void write_hall_of_fame(const std::filesystem::path& path, std::span<const HallOfFameEntry> entries) {
  replace_file(path, to_csv(entries));
}

}  // namespace zcmpi
