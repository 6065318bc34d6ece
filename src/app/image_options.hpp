/// \file
/// The images that a command computes with, and what is made of them: options and preparation that commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "zcmpi/data/images.hpp"

namespace zcmpi {

struct ImageOptions {
  std::string images;
  /// Rows and columns; 0: as in the file.
  std::uint32_t resolution = 0;
  /// "classes": the labels of the file; "rotation": quarter turns.
  std::string task = "classes";
};

/// Returns the option --images, which is required unless the command says otherwise.
CLI::Option& add_image_options(CLI::App& command, ImageOptions& options);

/// Throws InputError for a task that there is none of.
bool is_rotation_task(const ImageOptions& options);

/// What the options make of the images of a file. Throws InputError.
ImageSet prepare(ImageSet images, const ImageOptions& options);

}  // namespace zcmpi
