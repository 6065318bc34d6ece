/// \file
/// Networks as plain data: a flat list of layers, each reading layers before it, with the shapes of what they bring.
/// A network is what a benchmark builds of an architecture; parameters and FLOPs are counted from it by arithmetic, and
/// whoever computes with it (src/proxy/torch/executor.hpp) needs nothing else. No weights are in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "zcmpi/data/images.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {

enum class LayerKind : std::uint8_t {
  /// The images. Always layer 0, and only that.
  input,
  /// Nothing but zeros: what an edge without an operation brings.
  zeros,
  convolution,
  /// Over the batch; its scale is 1 and its shift 0, whether or not they could be learned.
  batch_norm,
  relu,
  /// Padding is not counted.
  average_pool,
  max_pool,
  /// The mean over all rows and columns.
  global_average_pool,
  linear,
  /// The sum of all inputs, which have the same shape.
  add,
  /// The inputs' channels one after the other.
  concatenate,
  /// The first channels only.
  truncate,
  /// Without the first row and the first column.
  crop,
};

std::string_view to_text(LayerKind kind);

/// How a benchmark draws a layer's first weights.
enum class InitialWeights : std::uint8_t {
  /// PyTorch's default: uniform up to 1 / sqrt(fan_in), biases too.
  uniform_fan_in,
  /// N(0, 2 / fan_out) with fan_out the outputs of one input number; biases 0.
  normal_fan_out,
  /// N(0, 0.01^2), biases 0.
  small_normal,
};

struct Layer {
  LayerKind kind = LayerKind::input;
  /// Places of layers before this one.
  std::vector<std::uint32_t> inputs{};
  /// Of the output.
  ImageShape shape{};
  /// Of convolutions and pools; kernels are square. A convolution has no bias, a linear layer has one.
  std::uint32_t kernel = 1;
  std::uint32_t stride = 1;
  std::uint32_t padding = 0;
  std::uint32_t dilation = 1;
  std::uint32_t groups = 1;
  /// Of convolutions and linear layers: inputs of one output number, that is weights of one output channel.
  std::uint32_t fan_in = 0;
  InitialWeights initial_weights = InitialWeights::uniform_fan_in;
  /// Of batch normalisations: scale and shift are parameters.
  bool affine = true;
  /// Of pools: they are in the benchmark's FLOPs. Its counter does not see a mean that is no layer of its own.
  bool in_flops = true;

  /// A layer that has weights.
  [[nodiscard]] bool has_weights() const { return kind == LayerKind::convolution || kind == LayerKind::linear; }
  [[nodiscard]] std::size_t weights() const { return has_weights() ? std::size_t{shape.channels} * fan_in : 0; }
};

struct Network {
  /// In an order in which they can be computed. The last one is the logits.
  std::vector<Layer> layers;
  /// What the stem and each of the cells bring, in order.
  std::vector<std::uint32_t> blocks;
  /// What is pooled over all rows and columns before the classifier.
  std::uint32_t feature_map = 0;

  [[nodiscard]] const ImageShape& image() const { return layers.front().shape; }
  [[nodiscard]] std::uint32_t classes() const { return layers.back().shape.channels; }
};

/// The size of a space's networks. 0 stands for what the benchmark computes its zero-cost proxies with.
struct NetworkSettings {
  /// Channels that the stem brings; nb301: those of a node in the first cells, a third of the stem's.
  std::uint32_t channels = 0;
  /// nb201: cells a stage; nb101: cells a stack; nb301: cells; tnb101: blocks a module.
  std::uint32_t cells = 0;
  std::uint32_t classes = 10;
  ImageShape image{};
};

/// Whether networks of the space are known, which proxies need.
bool has_networks(const SearchSpace& space);

/// The settings with the benchmark's numbers in the place of each 0. Throws InputError when no networks of the space
/// are known.
NetworkSettings complete(const SearchSpace& space, NetworkSettings settings);

/// The network of an architecture. Throws InputError when the settings do not fit the space or no networks of the space
/// are known.
Network build_network(const SearchSpace& space, const Architecture& architecture, const NetworkSettings& settings = {});

/// Weights and biases of convolutions and linear layers, scales and shifts of batch normalisations.
std::uint64_t count_parameters(const Network& network);

/// For one image: a multiply-add of a convolution or linear layer counts 1, a batch normalisation 2 (without
/// scale and shift 1) and a ReLU 1 for each number, a pool the size of its window for each number it brings. So does
/// the benchmarks' counter.
std::uint64_t count_flops(const Network& network);

/// Which operations a network is computed with.
enum class NetworkArithmetic : std::uint8_t {
  /// What is fastest where the tensors are.
  fastest,
  /// What a device would use, on the host too: the values differ from the fastest in the last digits.
  general,
};

}  // namespace zcmpi
