#include "weights.hpp"

#include <ATen/Parallel.h>

#include "tensors.hpp"

// OpenBLAS keeps threads of its own that LibTorch does not know of; other libraries do not have the symbol.
extern "C" void openblas_set_num_threads(int threads) __attribute__((weak));

namespace zcmpi {

Weights draw_weights(const Network& network, const Randomness& randomness, Initialisation initialisation) {
  Weights weights;
  weights.weight.resize(network.layers.size());
  weights.bias.resize(network.layers.size());
  std::size_t number = 0;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    if (!layer.has_weights()) {
      continue;
    }
    const bool linear = layer.kind == LayerKind::linear;
    const std::int64_t outputs = layer.shape.channels;
    const std::int64_t kernel = layer.kernel;
    at::Tensor weight = linear ? at::empty({outputs, layer.fan_in})
                               : at::empty({outputs, layer.fan_in / (kernel * kernel), kernel, kernel});
    at::Tensor bias = at::empty({linear ? outputs : 0});
    randomness.fill_weights(initialisation, number++, layer, writable_numbers_of(weight), writable_numbers_of(bias));
    weights.weight[i] = linear ? weight : weight.contiguous(at::MemoryFormat::ChannelsLast);
    weights.bias[i] = linear ? bias : at::Tensor();
  }
  return weights;
}

void use_one_thread() {
  at::set_num_threads(1);
  if (openblas_set_num_threads != nullptr) {
    openblas_set_num_threads(1);
  }
}

}  // namespace zcmpi
