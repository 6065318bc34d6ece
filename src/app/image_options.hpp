/// \file
/// The images that a command computes with, what is made of them, and the size of networks: options and preparation
/// that commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "zcmpi/app/feature_settings.hpp"
#include "zcmpi/data/images.hpp"

namespace zcmpi {

/// Returns the option --images, which is required unless the command says otherwise.
CLI::Option& add_image_options(CLI::App& command, ImageOptions& options);

/// The options --space (required), --images (not required), --batch, --seed and those of the networks.
void add_feature_options(CLI::App& command, FeatureSettings& settings, const std::string& seed_description);

/// The option --cache of commands that compute features.
void add_cache_option(CLI::App& command, std::vector<std::filesystem::path>& folders);

/// The options --channels and --cells.
void add_network_options(CLI::App& command, std::uint32_t& channels, std::uint32_t& cells);

/// Throws InputError for a task that there is none of.
bool is_rotation_task(const ImageOptions& options);

/// What the options make of the images of a file. Throws InputError.
ImageSet prepare(ImageSet images, const ImageOptions& options);

}  // namespace zcmpi
