/// \file
/// The images that a command computes with, and what is made of them: options and preparation that commands share.
#pragma once

#include <CLI/CLI.hpp>

#include "zcmpi/app/feature_settings.hpp"
#include "zcmpi/data/images.hpp"

namespace zcmpi {

/// Returns the option --images, which is required unless the command says otherwise.
CLI::Option& add_image_options(CLI::App& command, ImageOptions& options);

/// Throws InputError for a task that there is none of.
bool is_rotation_task(const ImageOptions& options);

/// What the options make of the images of a file. Throws InputError.
ImageSet prepare(ImageSet images, const ImageOptions& options);

}  // namespace zcmpi
