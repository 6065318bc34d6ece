#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "commands.hpp"
#include "image_options.hpp"
#include "search.hpp"

namespace zcmpi {
namespace {

constexpr std::array algorithms{SearchAlgorithm::evolution, SearchAlgorithm::local, SearchAlgorithm::random};
constexpr std::uint32_t most_at_a_time = 1'000'000;

struct Arguments {
  SearchOptions options;
  std::string algorithm;
  std::string resume;
};

SearchOptions options_of(const Arguments& arguments, const CLI::App& command) {
  SearchOptions options = arguments.options;
  for (const auto algorithm : algorithms) {
    if (arguments.algorithm == to_text(algorithm)) {
      options.search.algorithm = algorithm;
    }
  }
  for (const char* const option : {"--population", "--tournament"}) {
    if (options.search.algorithm != SearchAlgorithm::evolution && command.count(option) > 0) {
      throw InputError(fmt::format("{}: expected --algorithm evolution, not {}; leave it out", option,
                                   to_text(options.search.algorithm)));
    }
  }
  if (options.search.tournament > options.search.population) {
    throw InputError(fmt::format("--tournament {}: expected at most --population ({})", options.search.tournament,
                                 options.search.population));
  }
  options.search.seed = options.features.seed;
  options.resume = to_resume_mode(arguments.resume);
  return options;
}

}  // namespace

void add_search_command(CLI::App& program, Action& action, int argc, char** argv) {
  CLI::App& command =
      *program.add_subcommand("search", "Search a space for the architectures that a formula ranks highest");
  auto arguments = std::make_shared<Arguments>();
  auto& options = arguments->options;
  command
      .add_option("--objective", options.objective,
                  "The formula to maximise: @result.json of a run, or infix text over proxies and graph features")
      ->required()
      ->type_name("FORMULA");
  command
      .add_option("--algorithm", arguments->algorithm,
                  "evolution: regularised evolution; local: hill climbing with restarts; random [evolution]")
      ->check(CLI::IsMember({to_text(algorithms[0]), to_text(algorithms[1]), to_text(algorithms[2])}))
      ->type_name("A");
  add_size_option(command, "--evaluations", options.search.evaluations, most_evaluations,
                  "Architectures to evaluate, each network once [1000]");
  add_size_option(command, "--at-a-time", options.search.batch, most_at_a_time,
                  "Architectures chosen, and dealt out to ranks, at a time; the search depends on it [16]");
  add_size_option(command, "--population", options.search.population, most_evaluations, "Members of evolution [50]");
  add_size_option(command, "--tournament", options.search.tournament, most_evaluations,
                  "Members drawn, the best of which becomes a parent [10]");
  add_feature_options(command, options.features, "Seed of the search, the batch, the weights and random inputs [1]");
  add_transform_option(command, options.transform);
  command
      .add_option("--accuracies", options.accuracies,
                  "Table or CSV (arch,val_accuracy[,test_accuracy]) to compare with; the search does not use it")
      ->type_name("FILE");
  command
      .add_option("--name", options.task,
                  "Name of the task, whose recorded standards a standardised formula has [after the images]")
      ->type_name("T");
  add_size_option(command, "--best", options.best, most_evaluations, "How many architectures to report [10]");
  add_cache_option(command, options.caches);
  command.add_option("--run-dir", options.run_folder, "The search's folder [runs/search-S]")->type_name("D");
  add_resume_option(command, arguments->resume);
  add_max_hours_option(command, options.max_hours);
  add_data_option(command, options.data_folders);
  command.footer(
      "Run it on several ranks with mpirun or srun: the outcome does not depend on their number. What is computed is\n"
      "kept in the folder: after a stop (exit code 75) or a crash the same command with --resume goes on, and with\n"
      "more --evaluations a finished search does too.");
  command.callback([arguments, &action, &command, argc, argv] {
    action = [options = options_of(*arguments, command), argc, argv] {
      return static_cast<int>(run_search(options, argc, argv));
    };
  });
}

}  // namespace zcmpi
