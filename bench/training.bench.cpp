// What training a network for real costs, and how far one training seed agrees with another: seconds a network,
// Kendall's tau between the accuracies of two seeds over random architectures, which bounds what any formula can reach
// on a table of single trainings.
//
//     OMP_NUM_THREADS=1 bench_training IMAGES_FOLDER [--space S] [--networks N] [--channels C] [--cells N]
//         [--resolution R] [--task rotation] [--images N] [--epochs N] [--batch N] [--rate X] [--augment]
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/proxy/training.hpp"
#include "zcmpi/rank/rank.hpp"

namespace {

using namespace zcmpi;

struct Settings {
  std::string folder;
  std::string space = "nb201";
  std::size_t networks = 40;
  std::size_t images = 4000;
  std::uint32_t resolution = 10;
  bool rotation = false;
  NetworkSettings network{.channels = 8, .cells = 2};
  TrainingSettings training;
};

Settings parse(int argc, char** argv) {
  Settings settings;
  settings.folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  for (int i = 2; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--augment") {
      settings.training.augmentation = Augmentation::crop_and_flip;
      continue;
    }
    const std::string value = i + 1 < argc ? argv[++i] : "";
    const auto number = [&] { return static_cast<std::uint32_t>(std::stoul(value)); };
    if (option == "--space") {
      settings.space = value;
    } else if (option == "--networks") {
      settings.networks = number();
    } else if (option == "--channels") {
      settings.network.channels = number();
    } else if (option == "--cells") {
      settings.network.cells = number();
    } else if (option == "--resolution") {
      settings.resolution = number();
    } else if (option == "--task") {
      settings.rotation = value == "rotation";
    } else if (option == "--images") {
      settings.images = number();
    } else if (option == "--epochs") {
      settings.training.epochs = number();
    } else if (option == "--batch") {
      settings.training.batch = number();
    } else if (option == "--rate") {
      settings.training.learning_rate = std::stod(value);
    } else {
      throw InputError(fmt::format("unknown option {}", option));
    }
  }
  return settings;
}

ImageSet prepare(ImageSet images, const Settings& settings) {
  images = resized(images, settings.resolution, settings.resolution);
  return settings.rotation ? rotation_task(images) : images;
}

void measure(Settings settings) {
  const ImageSet training = sampled(prepare(read_images(settings.folder), settings), settings.images);
  ImageSet validation = prepare(read_test_images(settings.folder), settings);
  validation.normalisation = training.normalisation;
  settings.network.image = training.shape;
  settings.network.classes = training.classes;
  const SearchSpace& space = find_space(settings.space);
  std::vector<std::vector<double>> accuracies(2);
  double seconds = 0.0;
  for (std::uint32_t i = 0; i < settings.networks; ++i) {
    RandomStream random({.seed = 1, .index = i});
    const Architecture architecture = sample(space, random);
    const Network network = build_network(space, architecture, settings.network);
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      settings.training.seed = seed;
      const TrainingResult result = train_network(network, {training, validation}, settings.training);
      accuracies[seed - 1].push_back(result.validation_accuracy());
      seconds += result.seconds();
    }
    fmt::print("{} {:.2f} {:.2f}{}", space.print(architecture), accuracies[0].back(), accuracies[1].back(), "\n");
    std::fflush(stdout);
  }
  fmt::print("tau between two seeds {:.3f}, seconds a training {:.2f}\n", kendall_tau_b(accuracies[0], accuracies[1]),
             seconds / static_cast<double>(2 * settings.networks));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure(parse(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
