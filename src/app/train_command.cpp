#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "train.hpp"

namespace zcmpi {
namespace {

/// More are taken for a mistake.
constexpr std::uint32_t most_seeds = 1'000;
constexpr std::uint32_t most_epochs = 100'000;
constexpr std::uint32_t most_training_images = 1'000'000'000;

struct Arguments {
  TrainOptions options;
  std::vector<std::string> folders;
  std::string out;
  std::string resume;
  bool augment = false;
  bool heavy_ball = false;
};

void add_training_options(CLI::App& command, Arguments& arguments) {
  TrainOptions& options = arguments.options;
  TrainingSettings& training = options.training;
  const auto describe = [](const char* what, auto value) { return fmt::format("{} [{}]", what, value); };
  add_size_option(command, "--seeds", options.seeds, most_seeds,
                  describe("Trainings of each architecture", options.seeds));
  add_seed_option(command, training.seed, describe("Seed of the first one; the others follow", training.seed));
  add_size_option(command, "--epochs", training.epochs, most_epochs,
                  describe("Passes over the training images", training.epochs));
  add_size_option(command, "--batch", training.batch, most_batch_images, describe("Images a step", training.batch));
  command
      .add_option(
          "--learning-rate", training.learning_rate,
          describe("Learning rate of the first step; it falls along half a cosine to 0", training.learning_rate))
      ->type_name("X");
  command.add_option("--momentum", training.momentum, describe("Momentum", training.momentum))->type_name("X");
  command.add_flag("--heavy-ball", arguments.heavy_ball, "Momentum without Nesterov's look ahead");
  command.add_option("--weight-decay", training.weight_decay, describe("Weight decay", training.weight_decay))
      ->type_name("X");
  command.add_flag("--augment", arguments.augment, "Crop and flip the training images at random, as the benchmarks do");
  add_size_option(command, "--validation-interval", training.validation_interval, most_epochs,
                  "Epochs between two measurements on the validation images; 0: after the last epoch only [0]", 0);
}

}  // namespace

void add_train_command(CLI::App& program, Action& action, int argc, char** argv) {
  CLI::App& command =
      *program.add_subcommand("train", "Train architectures for real, briefly, and make a table of their accuracies");
  auto arguments = std::make_shared<Arguments>();
  TrainOptions& options = arguments->options;
  command.add_option("--space", options.space, "Search space: `zcmpi list spaces`")->required()->type_name("S");
  command
      .add_option("--archs", options.architectures,
                  "Architectures: all, random:N, random:N:SEED, a table, or a file with one a line")
      ->required()
      ->type_name("SPEC");
  add_image_options(command, options.images);
  command
      .add_option("--validation-images", options.validation_images,
                  "Images to measure accuracies on [the test part beside the training images]")
      ->type_name("F");
  add_size_option(command, "--training-images", options.training_images, most_training_images,
                  "Train on so many of the images, drawn from the seed 1; 0: all [0]", 0);
  add_network_options(command, options.channels, options.cells);
  add_training_options(command, *arguments);
  command.add_option("--name", options.name, "Name of the task in the table [classes or rotation]")->type_name("T");
  command.add_option("--out", arguments->out, "The table to write")->required()->type_name("T.h5");
  add_resume_option(command, arguments->resume);
  add_max_hours_option(command, options.max_hours);
  add_data_option(command, arguments->folders);
  command.footer(
      "Accuracies in percent are means over the seeds. Run it on several ranks with mpirun or srun; each trains on one "
      "core.\nStopped by a signal or --max-hours it exits with 75, and the same command with --resume goes on, perhaps "
      "with more\narchitectures or seeds.");
  command.callback([arguments, &action, argc, argv] {
    action = [arguments, argc, argv] {
      TrainOptions& chosen = arguments->options;
      chosen.out = arguments->out;
      chosen.resume = to_resume_mode(arguments->resume);
      chosen.folders = folders_to_search(arguments->folders);
      chosen.training.augmentation = arguments->augment ? Augmentation::crop_and_flip : Augmentation::none;
      chosen.training.momentum_kind = arguments->heavy_ball ? Momentum::heavy_ball : Momentum::nesterov;
      return static_cast<int>(run_train(chosen, argc, argv));
    };
  });
}

}  // namespace zcmpi
