#include <memory>

#include "commands.hpp"
#include "features.hpp"
#include "image_options.hpp"

namespace zcmpi {

void add_features_command(CLI::App& program, Action& action, int argc, char** argv) {
  CLI::App& command = *program.add_subcommand("features", "Compute zero-cost proxies of architectures, on all ranks");
  auto options = std::make_shared<FeaturesOptions>();
  auto resume = std::make_shared<std::string>();
  add_feature_options(command, options->settings, "Seed of the batch, the weights and random inputs [1]");
  command
      .add_option("--archs", options->architectures,
                  "all; random:N or random:N:SEED, with --accuracies among those that have one; a table (T.h5, "
                  "T.h5:space/task, a .csv file with a column arch); a "
                  "text file, an architecture a line; or one architecture")
      ->required()
      ->type_name("SPEC");
  command
      .add_option("--proxies", options->proxies,
                  "Names between commas (zcmpi list proxies), each taken once, all, nbsz (the 13 of "
                  "NAS-Bench-Suite-Zero), graph (the "
                  "graph features) [all]")
      ->type_name("LIST");
  add_cache_option(command, options->caches);
  command.add_option("--out", options->out, "The table to write")->required()->type_name("T.h5");
  command
      .add_option(
          "--accuracies", options->accuracies,
          "Table or CSV (arch,val_accuracy[,test_accuracy]) with the accuracies of the architectures; without it "
          "the table holds features only")
      ->type_name("FILE");
  command
      .add_option("--name", options->task,
                  "Name of the task in the table [that of the accuracies, else after the images]")
      ->type_name("T");
  add_resume_option(command, *resume);
  add_max_hours_option(command, options->max_hours);
  add_data_option(command, options->data_folders);
  command.footer(
      "Run it on several ranks with mpirun or srun. What is computed is kept in T.h5.cache, a file a rank, so that "
      "nothing\n"
      "is computed twice: after a stop (exit code 75) or a crash the same command with --resume goes on, and with "
      "more\n"
      "architectures or proxies it adds to the table.");
  command.callback([options, resume, &action, argc, argv] {
    action = [options, resume, argc, argv] {
      options->resume = to_resume_mode(*resume);
      return static_cast<int>(run_features(*options, argc, argv));
    };
  });
}

}  // namespace zcmpi
