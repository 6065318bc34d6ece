#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "zcmpi/app/evolve.hpp"

namespace zcmpi {
namespace {

/// The texts of the command line, before they are understood.
struct Arguments {
  std::string configuration;
  std::vector<std::string> data;
  std::vector<std::string> settings;
  std::string run_folder;
  std::string resume;
  /// Values of the options that stand for a key.
  std::string generations;
  std::string max_hours;
  std::string seed;
  std::string islands;
};

EvolveOptions to_options(const Arguments& arguments) {
  EvolveOptions options;
  if (!arguments.configuration.empty()) {
    options.configuration = arguments.configuration;
  }
  options.data_folders.assign(arguments.data.begin(), arguments.data.end());
  options.overrides = arguments.settings;
  const auto override_key = [&options](const char* key, const std::string& value) {
    if (!value.empty()) {
      options.overrides.push_back(fmt::format("{}={}", key, value));
    }
  };
  override_key("run.generations", arguments.generations);
  override_key("run.max_hours", arguments.max_hours);
  override_key("run.seed", arguments.seed);
  override_key("run.islands", arguments.islands);
  if (!arguments.run_folder.empty()) {
    options.run_folder = arguments.run_folder;
  }
  if (arguments.resume == "auto") {
    options.resume = ResumeMode::automatic;
  } else if (!arguments.resume.empty()) {
    options.resume = ResumeMode::required;
    // What CLI11 makes of the flag without a value.
    if (arguments.resume != "true") {
      options.checkpoint = arguments.resume;
    }
  }
  return options;
}

}  // namespace

void add_evolve_command(CLI::App& program, Action& action, int argc, char** argv) {
  CLI::App& command = *program.add_subcommand("evolve", "Evolve formulas (the default command)");
  auto arguments = std::make_shared<Arguments>();
  const Configuration defaults;
  command
      .add_option("--config", arguments->configuration,
                  "Configuration: a TOML file, or the name of a ready one (nbsz13, nb5, quick)")
      ->type_name("F");
  add_data_option(command, arguments->data);
  command
      .add_option("--set", arguments->settings,
                  "Override a setting, such as gp.population=500; may be given more than once")
      ->type_name("key=value")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  command.add_option("--run-dir", arguments->run_folder, "Folder of the run [runs/<name>]")->type_name("D");
  command.add_flag(
      "--resume", arguments->resume,
      "Go on from the newest checkpoint of the run's folder; =CKPT: from this file, in its own run's folder; "
      "=auto: start anew if the folder has never held a checkpoint. Without --config, with the "
      "settings of the folder's config.toml");
  command
      .add_option("--generations", arguments->generations,
                  fmt::format("Generations to reach [{}]", defaults.run.generations))
      ->type_name("N");
  command
      .add_option("--max-hours", arguments->max_hours,
                  "Stop with a checkpoint after this wall time, in hours; 0: no limit [0]")
      ->type_name("H");
  command.add_option("--seed", arguments->seed, fmt::format("Seed of all randomness [{}]", defaults.run.seed))
      ->type_name("S");
  command.add_option("--islands", arguments->islands, "Number of islands [one a rank]")->type_name("I");
  command.footer(
      "Options override --set, which overrides the configuration. `zcmpi config --default` shows all "
      "settings, their units and\ndefaults. Run it on several ranks with mpirun or srun.");
  command.callback([arguments, &action, argc, argv] {
    action = [arguments, argc, argv] { return static_cast<int>(run_evolve(to_options(*arguments), argc, argv)); };
  });
}

}  // namespace zcmpi
