#include "image_options.hpp"

#include <fmt/format.h>

#include "commands.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {

CLI::Option& add_image_options(CLI::App& command, ImageOptions& options) {
  CLI::Option& images =
      *command
           .add_option("--images", options.images,
                       "Images: a CIFAR-10 or CIFAR-100 binary file, an IDX file, or a folder of either")
           ->required()
           ->type_name("F");
  add_size_option(command, "--resolution", options.resolution, most_rows,
                  "Bring the images to R x R pixels, each the mean over the area it covers [as in the file]")
      .type_name("R");
  command
      .add_option("--task", options.task,
                  "classes: the images' labels; rotation: images turned by 0 to 3 quarter turns, which are to be told "
                  "[classes]")
      ->type_name("T");
  return images;
}

void add_feature_options(CLI::App& command, FeatureSettings& settings, const std::string& seed_description) {
  command.add_option("--space", settings.space, "Search space (zcmpi list spaces)")->required()->type_name("S");
  add_image_options(command, settings.images)
      .required(false)
      ->description("Images: a CIFAR-10 or CIFAR-100 binary file, an IDX file, a folder of either, or random [random]");
  add_size_option(command, "--batch", settings.batch, most_batch_images, "Images that proxies are computed with [64]");
  command.add_flag("--augment", settings.augment,
                   "Crop and flip the images at random, as the benchmarks do in training");
  add_seed_option(command, settings.seed, seed_description);
  add_network_options(command, settings.channels, settings.cells);
  add_size_option(command, "--classes", settings.classes, most_classes,
                  "Classes of the networks [the images'; random: 10]");
}

void add_cache_option(CLI::App& command, std::vector<std::filesystem::path>& folders) {
  command
      .add_option("--cache", folders,
                  "Folder of feature caches to read too, so that what they hold of the same settings is not computed "
                  "again; may be given more than once")
      ->type_name("DIR")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void add_network_options(CLI::App& command, std::uint32_t& channels, std::uint32_t& cells) {
  add_size_option(command, "--channels", channels, most_channels,
                  "Channels of the networks' stem, of nb301 a third of them [the benchmark's]");
  add_size_option(
      command, "--cells", cells, most_cells,
      "nb201: cells a stage; nb101: cells a stack; nb301: cells; tnb101: blocks a module [the benchmark's]");
}

bool is_rotation_task(const ImageOptions& options) {
  if (options.task != "classes" && options.task != "rotation") {
    throw InputError(fmt::format("unknown task '{}' (--task): expected classes or rotation", options.task));
  }
  return options.task == "rotation";
}

ImageSet prepare(ImageSet images, const ImageOptions& options) {
  const bool is_rotation = is_rotation_task(options);
  if (options.resolution != 0) {
    images = resized(images, options.resolution, options.resolution);
  }
  return is_rotation ? rotation_task(images) : images;
}

}  // namespace zcmpi
