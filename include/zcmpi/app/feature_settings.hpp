/// \file
/// What every feature that zcmpi computes depends on besides the architecture: images and networks.
#pragma once

#include <cstdint>
#include <string>

namespace zcmpi {

/// The largest sizes that can be asked for: far more than any machine computes, and so few that no size overflows.
inline constexpr std::uint32_t most_channels = 100'000;
inline constexpr std::uint32_t most_cells = 1'000;
inline constexpr std::uint32_t most_classes = 1'000'000;
inline constexpr std::uint32_t most_rows = 10'000;
inline constexpr std::uint32_t most_batch_images = 1'000'000;

struct ImageOptions {
  /// A file, a folder, or `random`.
  std::string images;
  /// Rows and columns; 0: as in the file.
  std::uint32_t resolution = 0;
  /// "classes": the labels of the file; "rotation": quarter turns.
  std::string task = "classes";
};

struct FeatureSettings {
  std::string space;
  /// Or `random` images, of 32 x 32 pixels where no resolution is given.
  ImageOptions images{.images = "random"};
  std::uint32_t batch = 64;
  /// The images are cropped and flipped at random.
  bool augment = false;
  /// Of the batch, the weights and the random inputs.
  std::uint64_t seed = 1;
  /// Of the networks; 0: the benchmark's.
  std::uint32_t channels = 0;
  std::uint32_t cells = 0;
  /// 0: as many as the images have (random ones: 10).
  std::uint32_t classes = 0;
};

}  // namespace zcmpi
