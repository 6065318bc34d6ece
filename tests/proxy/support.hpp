/// \file
/// Networks and images that several tests compute with.
#pragma once

#include "zcmpi/core/random.hpp"
#include "zcmpi/data/image_batch.hpp"
#include "zcmpi/nas/search_space.hpp"
#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

/// A small network of some architecture of the space.
inline Network network_of(std::string_view space_name) {
  const auto& space = find_space(space_name);
  RandomStream random({.seed = 6, .purpose = Purpose::architectures});
  return build_network(space, sample(space, random), {.channels = 8, .cells = 1, .image = {3, 32, 32}});
}

/// Noise, and a bright quarter of the image that is the class.
inline ImageSet quarters(std::size_t count, std::uint32_t index, std::uint32_t side = 8) {
  ImageSet images{.format = "idx", .shape = {1, side, side}, .classes = 4, .normalisation = {{0.3F, 0.3F}}};
  RandomStream random({.seed = 11, .index = index});
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t quarter = random.below(4);
    images.labels.push_back(static_cast<std::uint8_t>(quarter));
    for (std::uint32_t row = 0; row < side; ++row) {
      for (std::uint32_t column = 0; column < side; ++column) {
        const bool bright = row / (side / 2) * 2 + column / (side / 2) == quarter;
        images.pixels.push_back(static_cast<std::uint8_t>((bright ? 120 : 0) + random.below(130)));
      }
    }
  }
  return images;
}

}  // namespace zcmpi
