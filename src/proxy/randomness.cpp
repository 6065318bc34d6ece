#include "randomness.hpp"

#include <algorithm>
#include <cmath>

#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

double normal_deviation(Initialisation initialisation, const Layer& layer) {
  if (initialisation == Initialisation::gaussian) {
    return 1.0;
  }
  if (initialisation == Initialisation::kaiming) {
    return std::sqrt(2.0 / layer.fan_in);
  }
  constexpr double small = 0.01;
  const double fan_out = static_cast<double>(layer.shape.channels) * layer.kernel * layer.kernel;
  return layer.initial_weights == InitialWeights::small_normal ? small : std::sqrt(2.0 / fan_out);
}

void fill_weights(std::uint64_t seed, Initialisation initialisation, std::size_t number, const Layer& layer,
                  std::span<float> weights, std::span<float> biases) {
  RandomStream random({.seed = seed,
                       .generation = static_cast<std::uint32_t>(initialisation),
                       .purpose = Purpose::weights,
                       .index = static_cast<std::uint32_t>(number)});
  if (initialisation == Initialisation::standard && layer.initial_weights == InitialWeights::uniform_fan_in) {
    // A float holds no more than 32 random bits can give.
    const double bound = 1.0 / std::sqrt(static_cast<double>(layer.fan_in));
    const auto draw = [&] {
      return static_cast<float>((static_cast<double>(random.next_word()) * 0x1p-31 - 1.0) * bound);
    };
    std::ranges::generate(weights, draw);
    std::ranges::generate(biases, draw);
    return;
  }
  const double deviation = normal_deviation(initialisation, layer);
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
