#include "builder.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

/// Rows or columns that a window takes when it is moved over `size` of them.
std::uint32_t windows(std::uint32_t size, const ConvolutionShape& shape) {
  const std::uint32_t reach = shape.dilation * (shape.kernel - 1) + 1;
  const std::uint32_t padded = size + 2 * shape.padding;
  if (padded < reach) {
    throw InputError(
        fmt::format("the images are too small for the network: a layer is left with {} rows or columns "
                    "for a window of {}; expected larger images",
                    padded, reach));
  }
  return (padded - reach) / shape.stride + 1;
}

/// Layers that halve odd numbers of rows or columns round differently.
void require_same_size(const ImageShape& one, const ImageShape& other) {
  if (one.height != other.height || one.width != other.width) {
    throw InputError(
        fmt::format("the images do not fit the network: layers that come together are left with {} x {} and {} x {}; "
                    "expected images of sizes that 32 divides, or larger ones",
                    one.height, one.width, other.height, other.width));
  }
}

}  // namespace

NetworkBuilder::NetworkBuilder(const ImageShape& image, InitialWeights convolution_weights,
                               InitialWeights classifier_weights)
    : convolution_weights_(convolution_weights), classifier_weights_(classifier_weights) {
  append({.kind = LayerKind::input, .shape = image});
}

NetworkBuilder::Place NetworkBuilder::append(Layer layer) {
  network_.layers.push_back(std::move(layer));
  return static_cast<Place>(network_.layers.size() - 1);
}

NetworkBuilder::Place NetworkBuilder::like(LayerKind kind, Place from) {
  return append({.kind = kind, .inputs = {from}, .shape = shape(from)});
}

NetworkBuilder::Place NetworkBuilder::batch_norm(Place from, Affine affine) {
  const Place place = like(LayerKind::batch_norm, from);
  network_.layers[place].affine = affine == Affine::yes;
  return place;
}

NetworkBuilder::Place NetworkBuilder::factorized_reduction(Place from, std::uint32_t channels, Affine affine) {
  const ImageShape input = shape(from);
  if (input.height % 2 != 0 || input.width % 2 != 0) {
    throw InputError(
        fmt::format("the images do not fit the network: a layer that halves the resolution is left with {} "
                    "x {}; expected even numbers of rows and columns there, which images of sizes that 32 divides give",
                    input.height, input.width));
  }
  const Place active = relu(from);
  const Place first = convolution(active, {.channels = channels / 2, .stride = 2});
  const Place second = convolution(crop(active), {.channels = channels - channels / 2, .stride = 2});
  return batch_norm(concatenate(std::array{first, second}), affine);
}

NetworkBuilder::Place NetworkBuilder::convolution(Place from, const ConvolutionShape& window) {
  const ImageShape input = shape(from);
  ZCMPI_EXPECT(input.channels % window.groups == 0 && window.channels % window.groups == 0);
  return append({.kind = LayerKind::convolution,
                 .inputs = {from},
                 .shape = {window.channels, windows(input.height, window), windows(input.width, window)},
                 .kernel = window.kernel,
                 .stride = window.stride,
                 .padding = window.padding,
                 .dilation = window.dilation,
                 .groups = window.groups,
                 .fan_in = input.channels / window.groups * window.kernel * window.kernel,
                 .initial_weights = convolution_weights_});
}

NetworkBuilder::Place NetworkBuilder::zeros(Place from, std::uint32_t channels, std::uint32_t stride) {
  const ConvolutionShape window{.stride = stride};
  return append({.kind = LayerKind::zeros,
                 .inputs = {},
                 .shape = {channels, windows(shape(from).height, window), windows(shape(from).width, window)}});
}

NetworkBuilder::Place NetworkBuilder::pool(LayerKind kind, Place from, std::uint32_t kernel, std::uint32_t stride,
                                           std::uint32_t padding) {
  const ImageShape input = shape(from);
  const ConvolutionShape window{.kernel = kernel, .stride = stride, .padding = padding};
  return append({.kind = kind,
                 .inputs = {from},
                 .shape = {input.channels, windows(input.height, window), windows(input.width, window)},
                 .kernel = kernel,
                 .stride = stride,
                 .padding = padding});
}

NetworkBuilder::Place NetworkBuilder::add(std::span<const Place> inputs) {
  ZCMPI_EXPECT(!inputs.empty());
  if (inputs.size() == 1) {
    return inputs.front();
  }
  for (const Place place : inputs) {
    require_same_size(shape(place), shape(inputs.front()));
    ZCMPI_EXPECT(shape(place).channels == shape(inputs.front()).channels);
  }
  return append({.kind = LayerKind::add, .inputs = {inputs.begin(), inputs.end()}, .shape = shape(inputs.front())});
}

NetworkBuilder::Place NetworkBuilder::concatenate(std::span<const Place> inputs) {
  ZCMPI_EXPECT(!inputs.empty());
  if (inputs.size() == 1) {
    return inputs.front();
  }
  ImageShape sum = shape(inputs.front());
  sum.channels = 0;
  for (const Place place : inputs) {
    require_same_size(shape(place), sum);
    sum.channels += shape(place).channels;
  }
  return append({.kind = LayerKind::concatenate, .inputs = {inputs.begin(), inputs.end()}, .shape = sum});
}

NetworkBuilder::Place NetworkBuilder::truncate(Place from, std::uint32_t channels) {
  ImageShape kept = shape(from);
  ZCMPI_EXPECT(channels <= kept.channels);
  if (kept.channels == channels) {
    return from;
  }
  kept.channels = channels;
  return append({.kind = LayerKind::truncate, .inputs = {from}, .shape = kept});
}

NetworkBuilder::Place NetworkBuilder::crop(Place from) {
  const ImageShape input = shape(from);
  if (input.height < 2 || input.width < 2) {
    throw InputError(
        "the images are too small for the network: a layer is left with one row or column; expected "
        "larger images");
  }
  return append(
      {.kind = LayerKind::crop, .inputs = {from}, .shape = {input.channels, input.height - 1, input.width - 1}});
}

NetworkBuilder::Place NetworkBuilder::end_block(Place place) {
  network_.blocks.push_back(place);
  return place;
}

Network NetworkBuilder::finish(Place from, std::uint32_t classes, PoolInFlops pool_in_flops) {
  network_.feature_map = from;
  const std::uint32_t channels = shape(from).channels;
  const Place pooled = append({.kind = LayerKind::global_average_pool,
                               .inputs = {from},
                               .shape = {channels, 1, 1},
                               .in_flops = pool_in_flops == PoolInFlops::yes});
  append({.kind = LayerKind::linear,
          .inputs = {pooled},
          .shape = {classes, 1, 1},
          .fan_in = channels,
          .initial_weights = classifier_weights_});
  return std::exchange(network_, {});
}

}  // namespace zcmpi
