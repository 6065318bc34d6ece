// TransNAS-Bench-101's networks (Duan et al. 2021) for classification: a stem that reads every fourth row and column,
// modules of two blocks, the first of which may halve the resolution and double the channels.
#include "zcmpi/nas/tnb101.hpp"

#include <array>
#include <vector>

#include "builder.hpp"
#include "networks.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using Place = NetworkBuilder::Place;

/// The modules of every micro network.
constexpr std::array micro_modules{Tnb101Module::double_channels_and_halve_resolution, Tnb101Module::normal,
                                   Tnb101Module::double_channels_and_halve_resolution, Tnb101Module::normal,
                                   Tnb101Module::double_channels_and_halve_resolution};

Place add_stem(NetworkBuilder& builder, std::uint32_t channels) {
  const Place first = builder.convolution_norm(NetworkBuilder::input(),
                                               {.channels = channels / 2, .kernel = 3, .stride = 2, .padding = 1});
  return builder.end_block(
      builder.relu_convolution_norm(first, {.channels = channels, .kernel = 3, .stride = 2, .padding = 1}));
}

/// Two convolutions with a shortcut around them.
Place add_basic_block(NetworkBuilder& builder, Place input, std::uint32_t channels, std::uint32_t stride) {
  const Place first =
      builder.relu_convolution_norm(input, {.channels = channels, .kernel = 3, .stride = stride, .padding = 1});
  const Place second = builder.relu_convolution_norm(first, {.channels = channels, .kernel = 3, .padding = 1});
  const bool reshapes = stride != 1 || builder.shape(input).channels != channels;
  const Place shortcut = reshapes ? builder.convolution_norm(input, {.channels = channels, .stride = stride}) : input;
  return builder.end_block(builder.add(std::array{shortcut, second}));
}

Place add_operation(NetworkBuilder& builder, Tnb101Operation operation, Place from, std::uint32_t channels,
                    std::uint32_t stride) {
  switch (operation) {
    case Tnb101Operation::none: return builder.zeros(from, channels, stride);
    case Tnb101Operation::skip_connect:
      return stride == 1 && builder.shape(from).channels == channels ? from
                                                                     : builder.factorized_reduction(from, channels);
    case Tnb101Operation::conv_1x1:
      return builder.relu_convolution_norm(from, {.channels = channels, .stride = stride});
    case Tnb101Operation::conv_3x3:
      return builder.relu_convolution_norm(from, {.channels = channels, .kernel = 3, .stride = stride, .padding = 1});
  }
  return from;
}

Place add_micro_cell(NetworkBuilder& builder, const Tnb101MicroCell& cell, Place input, std::uint32_t channels,
                     std::uint32_t stride) {
  std::vector<Place> nodes{input};
  for (std::size_t to = 1; to < Tnb101MicroCell::nodes; ++to) {
    std::vector<Place> edges;
    for (std::size_t from = 0; from < to; ++from) {
      edges.push_back(add_operation(builder, cell.operation(from, to), nodes[from], channels, from == 0 ? stride : 1));
    }
    nodes.push_back(builder.add(edges));
  }
  return builder.end_block(nodes.back());
}

/// Calls `add_block(input, channels, stride)` for each block of the modules, which returns the block's output.
template <class AddBlock>
Network build(const std::vector<Tnb101Module>& modules, const NetworkSettings& settings, NetworkBuilder& builder,
              const AddBlock& add_block) {
  std::uint32_t channels = settings.channels;
  if (channels < 2) {
    throw InputError("a network of tnb101 has too few channels: expected at least 2, which its stem halves");
  }
  const std::uint32_t blocks = settings.cells;
  Place place = add_stem(builder, channels);
  for (const Tnb101Module module : modules) {
    channels *= doubles_channels(module) ? 2U : 1U;
    for (std::uint32_t block = 0; block < blocks; ++block) {
      place = add_block(place, channels, block == 0 && halves_resolution(module) ? 2U : 1U);
    }
  }
  return builder.finish(place, settings.classes);
}

}  // namespace

Network build_tnb101_macro_network(const Architecture& architecture, const NetworkSettings& settings) {
  NetworkBuilder builder(settings.image, InitialWeights::normal_fan_out);
  return build(to_tnb101_macro_network(architecture).modules, settings, builder,
               [&](Place input, std::uint32_t channels, std::uint32_t stride) {
                 return add_basic_block(builder, input, channels, stride);
               });
}

Network build_tnb101_micro_network(const Architecture& architecture, const NetworkSettings& settings) {
  const Tnb101MicroCell cell = to_tnb101_micro_cell(architecture);
  NetworkBuilder builder(settings.image, InitialWeights::normal_fan_out);
  return build({micro_modules.begin(), micro_modules.end()}, settings, builder,
               [&](Place input, std::uint32_t channels, std::uint32_t stride) {
                 return add_micro_cell(builder, cell, input, channels, stride);
               });
}

}  // namespace zcmpi
