#include "zcmpi/data/image_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

constexpr std::int32_t crop_padding = 4;

/// Where an augmented image comes from in its original.
struct Placement {
  std::int32_t down = 0;
  std::int32_t right = 0;
  bool flipped = false;
};

Placement draw_placement(std::uint64_t seed, std::uint32_t epoch, std::uint32_t number) {
  RandomStream random({.seed = seed, .generation = epoch, .purpose = Purpose::augmentation, .index = number});
  constexpr std::uint32_t shifts = 2 * crop_padding + 1;
  Placement placement;
  placement.down = static_cast<std::int32_t>(random.below(shifts)) - crop_padding;
  placement.right = static_cast<std::int32_t>(random.below(shifts)) - crop_padding;
  placement.flipped = random.below(2) == 1;
  return placement;
}

void place_channel(std::span<const std::uint8_t> from, std::span<float> to, const ImageShape& shape,
                   const Normalisation& normalisation, const Placement& placement) {
  const auto height = static_cast<std::int32_t>(shape.height);
  const auto width = static_cast<std::int32_t>(shape.width);
  std::size_t place = 0;
  for (std::int32_t row = 0; row < height; ++row) {
    for (std::int32_t column = 0; column < width; ++column) {
      const std::int32_t source_row = row + placement.down;
      const std::int32_t source_column = (placement.flipped ? width - 1 - column : column) + placement.right;
      const bool inside = source_row >= 0 && source_row < height && source_column >= 0 && source_column < width;
      const float value =
          inside ? static_cast<float>(from[static_cast<std::size_t>(source_row * width + source_column)]) / 255.0F
                 : 0.0F;
      to[place++] = (value - normalisation.mean) / normalisation.deviation;
    }
  }
}

}  // namespace

std::uint64_t ImageBatch::digest() const {
  Digester digester;
  digester.add(shape.channels);
  digester.add(shape.height);
  digester.add(shape.width);
  digester.add(classes);
  digester.add(std::span(pixels));
  digester.add(std::span(labels));
  return digester.digest();
}

std::string_view to_text(Augmentation augmentation) {
  switch (augmentation) {
    case Augmentation::none: return "none";
    case Augmentation::crop_and_flip: return "crop_and_flip";
  }
  throw ContractError("to_text: not an augmentation");
}

std::vector<std::uint32_t> epoch_order(std::size_t images, std::uint64_t seed, std::uint32_t epoch) {
  std::vector<std::uint32_t> order(images);
  std::iota(order.begin(), order.end(), 0U);
  RandomStream random({.seed = seed, .generation = epoch, .purpose = Purpose::images});
  shuffle(std::span(order), random);
  return order;
}

ImageBatch make_batch(const ImageSet& images, std::span<const std::uint32_t> numbers, Augmentation augmentation,
                      std::uint64_t seed, std::uint32_t epoch) {
  ImageBatch batch;
  batch.shape = images.shape;
  batch.classes = images.classes;
  batch.pixels.resize(numbers.size() * images.shape.size());
  const std::size_t plane = std::size_t{images.shape.height} * images.shape.width;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    ZCMPI_EXPECT(numbers[i] < images.size());
    batch.labels.push_back(images.labels[numbers[i]]);
    const Placement placement =
        augmentation == Augmentation::crop_and_flip ? draw_placement(seed, epoch, numbers[i]) : Placement{};
    for (std::size_t channel = 0; channel < images.shape.channels; ++channel) {
      place_channel(images.image(numbers[i]).subspan(channel * plane, plane),
                    std::span(batch.pixels).subspan(i * images.shape.size() + channel * plane, plane), images.shape,
                    images.normalisation[channel], placement);
    }
  }
  return batch;
}

ImageBatch first_batch(const ImageSet& images, std::size_t size, std::uint64_t seed, Augmentation augmentation) {
  if (images.size() < size) {
    throw InputError(
        fmt::format("a batch of {} was asked for, but there are only {} images: ask for fewer, or give a "
                    "larger file",
                    size, images.size()));
  }
  const auto order = epoch_order(images.size(), seed, 0);
  return make_batch(images, std::span(order).first(size), augmentation, seed, 0);
}

ImageBatch random_batch(const ImageShape& shape, std::uint32_t classes, std::size_t size, std::uint64_t seed) {
  ZCMPI_EXPECT(classes > 0);
  ImageBatch batch;
  batch.shape = shape;
  batch.classes = classes;
  batch.pixels.reserve(size * shape.size());
  for (std::size_t i = 0; i < size; ++i) {
    batch.labels.push_back(static_cast<std::uint32_t>(i % classes));
    RandomStream random({.seed = seed, .purpose = Purpose::images, .index = static_cast<std::uint32_t>(i)});
    for (std::size_t j = 0; j < shape.size(); ++j) {
      batch.pixels.push_back(static_cast<float>(random.normal()));
    }
  }
  return batch;
}

}  // namespace zcmpi
