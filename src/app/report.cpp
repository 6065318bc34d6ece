#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "text_layout.hpp"
#include "zcmpi/app/progress.hpp"

namespace zcmpi {
namespace {

std::string tau_text(double tau) { return std::isfinite(tau) ? fmt::format("{:.3f}", tau) : "-"; }

std::string interval_text(double low, double high) {
  return std::isfinite(low) && std::isfinite(high) ? fmt::format("[{:.3f}, {:.3f}]", low, high) : "";
}

std::string problem_table(const RunResult& result) {
  std::vector<std::vector<std::string>> rows{
      {"problem", "train n", "tau", "95 % interval", "test n", "tau", "95 % interval", "best terminal", "its tau"}};
  for (const ProblemResult& problem : result.problems) {
    rows.push_back({problem.problem, fmt::format("{}", problem.n_train), tau_text(problem.tau_train),
                    interval_text(problem.tau_train_low, problem.tau_train_high), fmt::format("{}", problem.n_test),
                    tau_text(problem.tau_test), interval_text(problem.tau_test_low, problem.tau_test_high),
                    problem.best_terminal, tau_text(problem.best_terminal_tau_test)});
  }
  const MeanResult mean = mean_over_problems(result.problems);
  rows.push_back({"mean", "", tau_text(mean.tau_train), "", "", tau_text(mean.tau_test), "", "",
                  tau_text(mean.best_terminal_tau_test)});
  constexpr auto left = Align::left;
  constexpr auto right = Align::right;
  return layout_table(rows, {left, right, right, left, right, right, left, left, right});
}

/// What evolution gained over the best that a user could have taken ready-made.
std::string gain(const RunResult& result) {
  const double formula = mean_over_problems(result.problems).tau_test;
  const SingleTerminal& terminal = result.best_single_terminal;
  return fmt::format("mean test tau {}; the best single terminal on all problems is {} with {}: {:+.3f}",
                     tau_text(formula), terminal.formula, tau_text(terminal.mean_tau_test),
                     formula - terminal.mean_tau_test);
}

/// "label  text", with further lines under the text's first.
std::string labelled(std::string_view label, std::string_view text, std::size_t width) {
  constexpr std::size_t indent = 12;
  const std::size_t room = width > 2 * indent ? width - indent : indent;
  std::string block = fmt::format("{:<{}}", label, indent);
  bool first = true;
  for (const std::string& line : wrap_words(text, room)) {
    block += (first ? "" : std::string(indent, ' ')) + line + "\n";
    first = false;
  }
  return first ? block + "\n" : block;
}

std::string time_split(const RunResult& result) {
  std::string text = describe_duration(result.wall_seconds);
  double total = 0.0;
  for (const double seconds : result.phase_seconds) {
    total += seconds;
  }
  for (std::size_t phase = 0; phase < phase_count && total > 0.0; ++phase) {
    std::string name(phase_names[phase]);
    std::replace(name.begin(), name.end(), '_', ' ');
    text += fmt::format("{} {} {:.1f} %", phase == 0 ? ":" : ",", name, 100.0 * result.phase_seconds[phase] / total);
  }
  return text;
}

std::string_view describe(StoppedBy cause) {
  switch (cause) {
    case StoppedBy::generations: return "all generations done";
    case StoppedBy::max_hours: return "stopped by run.max_hours";
    case StoppedBy::signal: return "stopped by a signal";
    case StoppedBy::stop_file: return "stopped by the file STOP";
  }
  return "";
}

}  // namespace

std::string describe_duration(double seconds) {
  constexpr double minute = 60.0;
  if (seconds < minute) {
    return fmt::format("{:.1f} s", seconds);
  }
  const auto whole = static_cast<std::uint64_t>(seconds);
  return whole < 3600 ? fmt::format("{} min {:02} s", whole / 60, whole % 60)
                      : fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string render_report(const RunResult& result, const ReportContext& context) {
  std::string text = problem_table(result) + "\n";
  text += labelled("formula", result.formula, context.width);
  if (result.formula_simplified != result.formula) {
    text += labelled("simplified", result.formula_simplified, context.width);
  }
  if (!result.best_single_terminal.formula.empty()) {
    text += labelled("gain", gain(result), context.width);
  }
  text +=
      labelled("size", fmt::format("{} nodes; terminals as {}", result.size, to_text(result.transform)), context.width);
  text += labelled("run",
                   fmt::format("generation {} of {} islands, seed {}; {}", result.generations, result.islands,
                               result.seed, describe(result.stopped_by)),
                   context.width);
  text += labelled("evaluated",
                   fmt::format("{} formulas; {:.1f} % of those drawn were known and not evaluated again",
                               result.evaluations, 100.0 * result.duplicate_share()),
                   context.width);
  text += labelled("time", time_split(result), context.width);
  text += labelled("folder", context.run_folder.string(), context.width);
  if (!context.resume_command.empty()) {
    text += fmt::format("{:<12}{}\n", "go on", context.resume_command);
  }
  if (!context.eval_command.empty()) {
    text += fmt::format("{:<12}{}\n", "evaluate", context.eval_command);
  }
  return text;
}

}  // namespace zcmpi
