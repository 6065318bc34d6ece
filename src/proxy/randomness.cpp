#include "randomness.hpp"

#include <algorithm>
#include <cmath>

#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

void fill_weights(std::uint64_t seed, Initialisation initialisation, std::size_t number, const Layer& layer,
                  std::span<float> weights, std::span<float> biases) {
  RandomStream random({.seed = seed,
                       .generation = static_cast<std::uint32_t>(initialisation),
                       .purpose = Purpose::weights,
                       .index = static_cast<std::uint32_t>(number)});
  const double fan_in = std::max(layer.fan_in, 1U);
  if (initialisation == Initialisation::standard) {
    // A float holds no more than 32 random bits can give.
    const double bound = 1.0 / std::sqrt(fan_in);
    const auto draw = [&] {
      return static_cast<float>((static_cast<double>(random.next_word()) * 0x1p-31 - 1.0) * bound);
    };
    std::ranges::generate(weights, draw);
    std::ranges::generate(biases, draw);
    return;
  }
  const double deviation = initialisation == Initialisation::kaiming ? std::sqrt(2.0 / fan_in) : 1.0;
  std::ranges::generate(weights, [&] { return static_cast<float>(random.normal() * deviation); });
  std::ranges::fill(biases, 0.0F);
}

void fill_input(std::uint64_t seed, RandomInput input, std::uint32_t index, std::span<float> values) {
  RandomStream random(
      {.seed = seed, .generation = static_cast<std::uint32_t>(input), .purpose = Purpose::proxy, .index = index});
  if (input == RandomInput::az_gradients) {
    std::ranges::generate(values, [&] { return random.next_word() >> 31 == 0 ? -1.0F : 1.0F; });
  } else {
    std::ranges::generate(values, [&] { return static_cast<float>(random.normal()); });
  }
}

}  // namespace

Randomness random_from_seed(std::uint64_t seed) {
  return {.fill_weights =
              [seed](Initialisation initialisation, std::size_t number, const Layer& layer, std::span<float> weights,
                     std::span<float> biases) { fill_weights(seed, initialisation, number, layer, weights, biases); },
          .fill_input = [seed](RandomInput input, std::uint32_t index,
                               std::span<float> values) { fill_input(seed, input, index, values); }};
}

}  // namespace zcmpi
