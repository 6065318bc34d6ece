/// \file
/// Builds a network layer by layer; every call adds layers and returns the place of the last one, whose shape follows
/// from its inputs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

/// What a convolution brings, and the window that it is moved over its input.
struct ConvolutionShape {
  std::uint32_t channels = 0;
  std::uint32_t kernel = 1;
  std::uint32_t stride = 1;
  std::uint32_t padding = 0;
  std::uint32_t dilation = 1;
  std::uint32_t groups = 1;
};

/// Whether a batch normalisation has parameters.
enum class Affine : std::uint8_t { no, yes };

/// Whether the benchmark counts the global pool.
enum class PoolInFlops : std::uint8_t { no, yes };

class NetworkBuilder {
 public:
  using Place = std::uint32_t;

  explicit NetworkBuilder(const ImageShape& image, InitialWeights convolution_weights = InitialWeights::uniform_fan_in,
                          InitialWeights classifier_weights = InitialWeights::uniform_fan_in);

  [[nodiscard]] static constexpr Place input() { return 0; }
  [[nodiscard]] const ImageShape& shape(Place place) const { return network_.layers[place].shape; }

  Place convolution(Place from, const ConvolutionShape& window);
  Place batch_norm(Place from, Affine affine = Affine::yes);
  Place relu(Place from) { return like(LayerKind::relu, from); }
  Place zeros(Place from, std::uint32_t channels, std::uint32_t stride);
  Place average_pool(Place from, std::uint32_t kernel, std::uint32_t stride, std::uint32_t padding) {
    return pool(LayerKind::average_pool, from, kernel, stride, padding);
  }
  Place max_pool(Place from, std::uint32_t kernel, std::uint32_t stride, std::uint32_t padding) {
    return pool(LayerKind::max_pool, from, kernel, stride, padding);
  }
  /// Only an input alone needs no sum.
  Place add(std::span<const Place> inputs);
  Place concatenate(std::span<const Place> inputs);
  Place truncate(Place from, std::uint32_t channels);
  Place crop(Place from);

  Place convolution_norm(Place from, const ConvolutionShape& window, Affine affine = Affine::yes) {
    return batch_norm(convolution(from, window), affine);
  }
  Place relu_convolution_norm(Place from, const ConvolutionShape& window, Affine affine = Affine::yes) {
    return convolution_norm(relu(from), window, affine);
  }
  /// A ReLU, two convolutions of half the channels each at every second place, one of them shifted by a row and a
  /// column, and a batch normalisation (Liu, Simonyan, Yang 2019). Throws InputError for an odd number of rows or
  /// columns.
  Place factorized_reduction(Place from, std::uint32_t channels, Affine affine = Affine::yes);

  /// Marks the end of the stem or of a cell.
  Place end_block(Place place);

  /// Global average pooling and the classifier. The builder is empty afterwards.
  Network finish(Place from, std::uint32_t classes, PoolInFlops pool_in_flops = PoolInFlops::yes);

 private:
  Place append(Layer layer);
  Place like(LayerKind kind, Place from);
  Place pool(LayerKind kind, Place from, std::uint32_t kernel, std::uint32_t stride, std::uint32_t padding);

  Network network_;
  InitialWeights convolution_weights_;
  InitialWeights classifier_weights_;
};

}  // namespace zcmpi
