#include <fmt/format.h>

#include <array>
#include <cmath>
#include <memory>

#include "commands.hpp"
#include "text_layout.hpp"
#include "zcmpi/app/scoring.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/expr/simplify.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

struct Arguments {
  std::string formula;
  std::vector<std::string> problems;
  std::vector<std::string> data;
  std::string target;
  std::string transform;
  std::string missing;
  std::string form;
  bool json = false;
  bool values = false;
};

/// What the arguments of the Python function are, as a comment above it.
std::string_view arguments_comment(Transform transform) {
  switch (transform) {
    case Transform::raw: return "# The arguments are the raw metrics.\n";
    case Transform::signed_log:
      return "# The arguments are signed logs of the raw metrics: np.sign(x) * np.log1p(np.abs(x)).\n";
    case Transform::standardised:
      return "# The arguments are standardised: s = np.sign(x) * np.log1p(np.abs(x)) of the raw metrics x, then\n"
             "# (s - s.mean()) / s.std() over the architectures of a problem.\n";
  }
  throw ContractError("arguments_comment: not a transform");
}

std::string in_form(const FormulaDefinition& definition, const std::string& form) {
  const Formula formula = parse_formula(definition.formula, definition.terminals);
  if (form == "latex") {
    return to_latex(formula, definition.terminals);
  }
  if (form == "python") {
    return std::string(arguments_comment(definition.transform)) + to_python(formula, definition.terminals);
  }
  return to_infix(form == "simplified" ? simplify(formula) : formula, definition.terminals);
}

std::string to_table(const std::vector<ProblemScore>& scores) {
  std::vector<std::vector<std::string>> rows{{"problem", "n", "tau", "95 % interval", "rho"}};
  for (const ProblemScore& score : scores) {
    rows.push_back({score.problem, fmt::format("{}", score.n), fmt::format("{:.4f}", score.tau),
                    fmt::format("[{:.4f}, {:.4f}]", score.tau_low, score.tau_high), fmt::format("{:.4f}", score.rho)});
  }
  return layout_table(rows, {Align::left, Align::right, Align::right, Align::left, Align::right});
}

/// A CSV of what the formula gives each architecture; no text where that is not finite.
std::string to_csv(const std::vector<ProblemValues>& all, std::span<const Problem> problems) {
  std::string text = "problem,arch,value\n";
  for (std::size_t p = 0; p < all.size(); ++p) {
    for (std::size_t i = 0; i < problems[p].size(); ++i) {
      text += fmt::format("{},{},{}\n", all[p].problem, csv_field(problems[p].architectures[i]),
                          csv_field(all[p].values[i]));
    }
  }
  return text;
}

int run(const Arguments& arguments) {
  init_log({LogLevel::warning});
  FormulaDefinition definition = definition_from_argument(arguments.formula, arguments.transform, arguments.missing);
  if (!arguments.target.empty()) {
    definition.target =
        arguments.target == to_text(Target::test_accuracy) ? Target::test_accuracy : Target::val_accuracy;
  }
  if (arguments.problems.empty() && arguments.form.empty()) {
    throw InputError(
        "eval: no problem is named: expected at least one (T.h5, T.h5:space/task, a CSV file, or a name "
        "such as nb201_cifar10)");
  }
  if (!arguments.form.empty()) {
    const std::string text = in_form(definition, arguments.form);
    print(text.ends_with('\n') ? text : text + "\n");
  }
  if (!arguments.problems.empty()) {
    const auto problems = load_all(arguments.problems, arguments.data);
    if (arguments.values) {
      print(to_csv(formula_values(definition, problems), problems));
      return 0;
    }
    const auto scores = score_formula(definition, problems);
    print(arguments.json ? to_json(scores) : to_table(scores));
  }
  return 0;
}

}  // namespace

void add_eval_command(CLI::App& program, Action& action) {
  CLI::App& command = *program.add_subcommand("eval", "Correlate a formula with the accuracies of problems");
  auto arguments = std::make_shared<Arguments>();
  command.add_option("FORMULA", arguments->formula, "Infix text, or @result.json for the formula of a run")->required();
  command.add_option(
      "PROBLEM", arguments->problems,
      "T.h5 (all its problems), T.h5:space/task, a CSV file, or a name to be looked for (nb201_cifar10)");
  add_data_option(command, arguments->data);
  command.add_option("--target", arguments->target, "The accuracy to compare with [val_accuracy]")
      ->check(CLI::IsMember({"val_accuracy", "test_accuracy"}));
  add_transform_option(command, arguments->transform);
  command
      .add_option("--missing", arguments->missing,
                  "A terminal that some of the problems lack is 0 there, or an error [constant]")
      ->check(CLI::IsMember({"constant", "error"}));
  CLI::Option* json = command.add_flag("--json", arguments->json, "Print a JSON list instead of a table");
  command
      .add_flag("--values", arguments->values,
                "Print the formula's value of each architecture as CSV instead, which needs no accuracies")
      ->excludes(json);
  command.add_option("--print", arguments->form, "Print the formula too; no problem need be named then")
      ->check(CLI::IsMember({"infix", "simplified", "latex", "python"}))
      ->excludes(json);
  command.footer("Intervals are percentile bootstrap intervals of tau, 95 %, 1000 resamples. Values are float64.");
  command.callback([arguments, &action] { action = [arguments] { return run(*arguments); }; });
}

}  // namespace zcmpi
