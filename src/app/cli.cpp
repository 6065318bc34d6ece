#include "zcmpi/app/cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "commands.hpp"
#include "key_builders.hpp"
#include "zcmpi/app/configuration.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/core/version.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

std::string version_text() {
  const auto revision = git_revision();
  return revision.empty() ? fmt::format("zcmpi {}", version()) : fmt::format("zcmpi {} (git {})", version(), revision);
}

/// Whether the program was given no command, which means `evolve`.
bool names_no_command(int argc, char** argv) {
  if (argc < 2) {
    return true;
  }
  const std::string_view first = argv[1];
  return first.starts_with('-') && first != "-h" && first != "--help" && first != "--version";
}

/// Whether the argument is an option of the command that takes the next one for its value, which is no formula.
bool takes_next_argument(const CLI::App& command, const std::string& argument) {
  const CLI::Option* const option = argument.starts_with("--") ? command.get_option_no_throw(argument) : nullptr;
  return option != nullptr && option->get_items_expected_min() > 0 && argument != "--objective";
}

/// The arguments with the command always named, and with a formula that begins with a minus told apart from an option.
std::vector<std::string> plain_arguments(const CLI::App& program, int argc, char** argv) {
  std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (names_no_command(argc, argv)) {
    arguments.insert(arguments.begin(), "evolve");
  }
  if (arguments.front() == "eval" || arguments.front() == "search") {
    const CLI::App& command = *program.get_subcommand(arguments.front());
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      std::string& argument = arguments[i];
      const bool may_be_formula = argument.size() > 1 && argument[0] == '-' && argument[1] != '-' && argument != "-h";
      if (may_be_formula && !takes_next_argument(command, arguments[i - 1])) {
        argument.insert(argument.begin(), ' ');
      }
    }
  }
  return arguments;
}

/// Throws InputError when the first argument is neither an option nor a command, and likewise of what such a command as
/// `list` takes first.
void check_command(const CLI::App& program, std::span<const std::string> arguments) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  if (names.empty() || arguments.empty() || arguments.front().starts_with('-')) {
    return;
  }
  const auto& first = arguments.front();
  if (std::find(names.begin(), names.end(), first) != names.end()) {
    check_command(*program.get_subcommand(first), arguments.subspan(1));
    return;
  }
  const bool is_above_all = program.get_parent() == nullptr;
  throw InputError(
      fmt::format("{} \"{}\": {}",
                  is_above_all ? std::string("unknown command") : fmt::format("{}: there is no", program.get_name()),
                  first, suggestion(first, names)));
}

std::string on_one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// Whether this process is the only one, or the one of an MPI job that does what is to be done once.
bool is_first_of_job() {
  for (const char* variable : {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"}) {
    if (const char* rank = std::getenv(variable)) {
      return std::string_view(rank) == "0";
    }
  }
  return true;
}

/// CLI11 makes a large number of one below 0, and wraps or saturates what is too large.
auto integer_check(std::int64_t low, std::int64_t high) {
  return [low, high](const std::string& value) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool fits = error == std::errc() && end == value.data() + value.size() && number >= low && number <= high;
    return fits ? std::string() : fmt::format("{}: expected {}", value, integer_range(low, high));
  };
}

/// Says, once a job, why a command line is refused; the exit code. A launcher ends the job as soon as a process fails,
/// perhaps before the first has spoken, so that the others' code is 0.
int refuse(std::string_view why) {
  if (!is_first_of_job()) {
    return 0;
  }
  fmt::print(stderr, "zcmpi: error: {}\n", why);
  return static_cast<int>(ExitCode::bad_input);
}

}  // namespace

void add_data_option(CLI::App& command, std::vector<std::string>& folders) {
  command
      .add_option("--data", folders, "Folder to look in for problems, before ZCMPI_DATA; may be given more than once")
      ->type_name("DIR")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void add_transform_option(CLI::App& command, std::string& transform) {
  command
      .add_option("--transform", transform, "How a terminal's raw value becomes what the formula reads [signed_log]")
      ->check(CLI::IsMember({"raw", "signed_log", "standardised"}));
}

void add_seed_option(CLI::App& command, std::uint64_t& seed, const std::string& description) {
  command.add_option("--seed", seed, description)->type_name("N")->check(integer_check(0, largest_integer));
}

CLI::Option& add_size_option(CLI::App& command, const std::string& name, std::uint32_t& value, std::uint32_t most,
                             const std::string& description, std::uint32_t least) {
  return *command.add_option(name, value, description)->type_name("N")->check(integer_check(least, most));
}

void add_max_hours_option(CLI::App& command, double& hours) {
  command.add_option("--max-hours", hours, "Stop after this wall time, in hours; 0: no limit [0]")->type_name("H");
}

void add_resume_option(CLI::App& command, std::string& text) {
  command.add_flag("--resume", text, "Go on from what was computed before; =auto: start where there is nothing yet");
}

ResumeMode to_resume_mode(const std::string& text) {
  if (text.empty()) {
    return ResumeMode::never;
  }
  if (text == "auto") {
    return ResumeMode::automatic;
  }
  if (text == "true") {
    return ResumeMode::required;
  }
  throw InputError(fmt::format("--resume={}: expected --resume or --resume=auto", text));
}

std::vector<std::filesystem::path> folders_to_search(const std::vector<std::string>& given) {
  Configuration configuration;
  configuration.data.folders = given;
  return data_folders(configuration);
}

std::vector<Problem> load_all(const std::vector<std::string>& references, const std::vector<std::string>& folders) {
  const auto search = folders_to_search(folders);
  std::vector<Problem> problems;
  for (const std::string& reference : references) {
    for (Problem& problem : load_problems(reference, search)) {
      problems.push_back(std::move(problem));
    }
  }
  return problems;
}

void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw std::runtime_error("standard output cannot be written: is the disk full, or the pipe closed?");
  }
}

namespace {

/// An empty value is mostly a variable of a script that is not set; taken for none, the default would be used unsaid.
void refuse_empty_values(CLI::App& command) {
  const CLI::Validator is_not_empty(
      [](std::string& value) { return value.empty() ? std::string("expected a value, not an empty one") : ""; }, "");
  for (CLI::Option* const option : command.get_options()) {
    if (option->get_items_expected_min() > 0) {
      option->check(is_not_empty);
    }
  }
  for (CLI::App* const below : command.get_subcommands({})) {
    refuse_empty_values(*below);
  }
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App program(
      "zcmpi evolves zero-cost metrics for neural architecture search.\n"
      "Without a command it evolves (see `zcmpi evolve --help`).",
      "zcmpi");
  Action action;
  program.set_version_flag("--version", version_text());
  program.require_subcommand(1);
  program.failure_message(CLI::FailureMessage::simple);
  add_evolve_command(program, action, argc, argv);
  add_eval_command(program, action);
  add_features_command(program, action, argc, argv);
  add_import_command(program, action);
  add_inspect_command(program, action);
  add_list_command(program, action);
  add_search_command(program, action, argc, argv);
  add_train_command(program, action, argc, argv);
  add_config_command(program, action);
  for (CLI::App* const command : program.get_subcommands({})) {
    refuse_empty_values(*command);
  }
  program.footer(
      "Exit codes: 0 done; 1 failed; 2 bad usage, configuration or input; 75 stopped early, and what\n"
      "was done is kept: the same command with --resume goes on (evolve with --resume=auto, too,\n"
      "where it was stopped before its first checkpoint).");

  auto arguments = plain_arguments(program, argc, argv);
  try {
    check_command(program, arguments);
  } catch (const InputError& error) {
    return refuse(error.what());
  }
  // CLI11 takes its arguments from the back.
  std::reverse(arguments.begin(), arguments.end());
  try {
    program.parse(std::move(arguments));
  } catch (const CLI::Success& request) {
    return program.exit(request);
  } catch (const InputError& error) {
    return refuse(error.what());
  } catch (const CLI::ParseError& error) {
    return refuse(
        fmt::format("{}; `zcmpi --help` and `zcmpi COMMAND --help` show what is possible", on_one_line(error.what())));
  }
  // These are spread over ranks; started by mpirun, any other command is done once.
  constexpr std::array spread_commands{"evolve", "features", "search", "train"};
  const bool on_all_ranks =
      std::ranges::any_of(spread_commands, [&](const char* name) { return program.got_subcommand(name); });
  if (!on_all_ranks && !is_first_of_job()) {
    return 0;
  }
  return action();
}

}  // namespace zcmpi
