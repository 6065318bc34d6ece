/// \file
/// Where the random numbers of proxies come from: weights and inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

enum class Initialisation : std::uint8_t {
  /// As the benchmark does: Layer::initial_weights.
  standard,
  /// N(0, 1), biases 0.
  gaussian,
  /// N(0, 2 / fan_in), biases 0.
  kaiming,
};

/// What random inputs are for.
enum class RandomInput : std::uint8_t { zen_images, zen_changes, az_images, az_gradients };

/// Functions, so that tests can put weights and inputs that follow a formula in the place of random ones.
struct Randomness {
  /// Fills a layer's weights (row by row: output channel, input channel, row, column) and its biases, of which a
  /// convolution has none. Layers with weights are numbered from 0 in the network's order.
  std::function<void(Initialisation, std::size_t number, const Layer&, std::span<float> weights,
                     std::span<float> biases)>
      fill_weights;
  /// Fills inputs with N(0, 1), and az_gradients with -1 and 1. `index` tells the inputs of one use apart.
  std::function<void(RandomInput, std::uint32_t index, std::span<float> values)> fill_input;
};

Randomness random_from_seed(std::uint64_t seed);

}  // namespace zcmpi
