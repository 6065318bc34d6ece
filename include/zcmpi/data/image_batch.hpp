/// \file
/// Batches of images as networks take them: numbers, with labels. Which images a batch has and how they are augmented
/// depends on the seed and on its place alone, on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "zcmpi/data/images.hpp"

namespace zcmpi {

struct ImageBatch {
  ImageShape shape;
  std::uint32_t classes = 10;
  /// size() images of shape.size() numbers.
  std::vector<float> pixels{};
  /// size() numbers below `classes`.
  std::vector<std::uint32_t> labels{};

  [[nodiscard]] std::size_t size() const { return labels.size(); }
  [[nodiscard]] std::span<const float> image(std::size_t i) const {
    return std::span(pixels).subspan(i * shape.size(), shape.size());
  }
  [[nodiscard]] std::uint64_t digest() const;
};

enum class Augmentation : std::uint8_t {
  none,
  /// As the benchmarks train: a random crop after padding by 4 zeros on each side, then a horizontal flip with
  /// probability 1/2. The zeros are of the unnormalised image.
  crop_and_flip,
};

/// "none", "crop_and_flip"
std::string_view to_text(Augmentation augmentation);

/// The numbers 0 to images - 1 in the order in which an epoch goes through them.
std::vector<std::uint32_t> epoch_order(std::size_t images, std::uint64_t seed, std::uint32_t epoch);

/// The images of these numbers, normalised. An image is augmented the same whichever batch it is in.
ImageBatch make_batch(const ImageSet& images, std::span<const std::uint32_t> numbers,
                      Augmentation augmentation = Augmentation::none, std::uint64_t seed = 1, std::uint32_t epoch = 0);

/// The first `size` images of epoch 0. Throws InputError when there are not so many.
ImageBatch first_batch(const ImageSet& images, std::size_t size, std::uint64_t seed,
                       Augmentation augmentation = Augmentation::none);

/// Images of independent standard normal numbers; image i is of class i mod classes.
ImageBatch random_batch(const ImageShape& shape, std::uint32_t classes, std::size_t size, std::uint64_t seed);

}  // namespace zcmpi
