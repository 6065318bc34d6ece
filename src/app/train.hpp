/// \file
/// Trains architectures of a space on all ranks together and makes a table of their accuracies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "image_options.hpp"
#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/proxy/training.hpp"

namespace zcmpi {

struct TrainOptions {
  std::string space;
  std::string architectures;
  /// Folders in which tables named in `architectures` are looked for.
  std::vector<std::filesystem::path> folders;
  ImageOptions images;
  /// Empty: the test part beside the training images.
  std::string validation_images;
  std::uint32_t training_images = 0;
  std::uint32_t channels = 0;
  std::uint32_t cells = 0;
  TrainingSettings training;
  /// Trainings of each architecture; their seeds are training.seed and those that follow.
  std::uint32_t seeds = 2;
  /// The task's name in the table; empty: that of the images' task.
  std::string name;
  std::filesystem::path out;
  ResumeMode resume = ResumeMode::never;
  /// 0: no limit.
  double max_hours = 0.0;
};

/// Collective. What is trained is kept in the folder `<out>.cache` until the table is written, so that a stopped or
/// killed run goes on with `resume`. Returns 75 when a signal or the limit
/// stopped it.
ExitCode run_train(const TrainOptions& options, int argc, char** argv);

}  // namespace zcmpi
