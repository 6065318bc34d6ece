#include "layer_operations.hpp"

#include <array>
#include <utility>

#include "devices.hpp"

namespace zcmpi::layer_operations {
namespace {

using Pair = std::array<std::int64_t, 2>;

Pair both(std::uint32_t number) { return {number, number}; }

std::array<std::int64_t, 4> sizes_of(std::int64_t images, const ImageShape& shape) {
  return {images, shape.channels, shape.height, shape.width};
}

/// On a device channels come first for the gradients of pooling, whose kernels for channels last are at fault.
at::MemoryFormat pooling_gradient_format(const at::Tensor& gradient) {
  return gradient.is_cpu() ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

/// In memory as images are, for what reads the numbers row by row.
at::Tensor channels_last(const at::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

void require_room(const at::Tensor& x) {
  if (x.is_cpu()) {
    require_room_for_convolution();
  }
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(const Layer& layer, const at::Tensor& gradient,
                                                                    const at::Tensor& x, const at::Tensor& weight,
                                                                    std::array<bool, 3> mask) {
  require_room(gradient);
  return at::convolution_backward(gradient, x, weight, {}, both(layer.stride), both(layer.padding),
                                  both(layer.dilation), false, both(0), layer.groups, mask);
}

/// oneDNN (2.6, with AVX2) writes beyond its memory where it computes such a convolution's gradient by the weights and
/// there are few channels: it is given the pixels that are read, and no others.
bool skips_pixels(const Layer& layer) { return layer.kernel == 1 && layer.padding == 0 && layer.stride > 1; }

}  // namespace

at::Tensor empty_images(std::int64_t images, const ImageShape& shape, const at::TensorOptions& options) {
  return at::empty(sizes_of(images, shape), options, at::MemoryFormat::ChannelsLast);
}

at::Tensor convolution(const Layer& layer, const at::Tensor& x, const at::Tensor& weight) {
  require_room(x);
  return channels_last(at::convolution(x, weight, {}, both(layer.stride), both(layer.padding), both(layer.dilation),
                                       false, both(0), layer.groups));
}

at::Tensor convolution_input_gradient(const Layer& layer, const at::Tensor& gradient, const ImageShape& input,
                                      const at::Tensor& weight) {
  // Only the input's size is looked at.
  const auto x = empty_images(gradient.size(0), input, gradient.options());
  return channels_last(std::get<0>(convolution_backward(layer, gradient, x, weight, {true, false, false})));
}

at::Tensor convolution_weight_gradient(const Layer& layer, const at::Tensor& gradient, const at::Tensor& x,
                                       const at::Tensor& weight) {
  if (skips_pixels(layer)) {
    Layer dense = layer;
    dense.stride = 1;
    const auto read = channels_last(x.slice(2, 0, x.size(2), layer.stride).slice(3, 0, x.size(3), layer.stride));
    return convolution_weight_gradient(dense, gradient, read, weight);
  }
  return std::get<1>(convolution_backward(layer, gradient, x, weight, {false, true, false}));
}

std::pair<at::Tensor, at::Tensor> convolution_gradients(const Layer& layer, const at::Tensor& gradient,
                                                        const at::Tensor& x, const at::Tensor& weight) {
  if (skips_pixels(layer)) {
    const ImageShape input{.channels = static_cast<std::uint32_t>(x.size(1)),
                           .height = static_cast<std::uint32_t>(x.size(2)),
                           .width = static_cast<std::uint32_t>(x.size(3))};
    return {convolution_input_gradient(layer, gradient, input, weight),
            convolution_weight_gradient(layer, gradient, x, weight)};
  }
  auto [by_input, by_weight, by_bias] = convolution_backward(layer, gradient, x, weight, {true, true, false});
  return {channels_last(by_input), by_weight};
}

at::Tensor where_active(const at::Tensor& numbers, const at::Tensor& relu_output) {
  return at::threshold_backward(numbers, relu_output, 0);
}

at::Tensor average_pool(const Layer& layer, const at::Tensor& x) {
  return channels_last(at::avg_pool2d(x, both(layer.kernel), both(layer.stride), both(layer.padding), false, false));
}

// LibTorch's CUDA kernel for channels last forgets the padding (pytorch issue 188344, mended in 2026).
at::Tensor average_pool_gradient(const Layer& layer, const at::Tensor& gradient, const ImageShape& input) {
  const auto format = pooling_gradient_format(gradient);
  const auto x = at::empty(sizes_of(gradient.size(0), input), gradient.options(), format);
  return channels_last(at::avg_pool2d_backward(gradient.contiguous(format), x, both(layer.kernel), both(layer.stride),
                                               both(layer.padding), false, false, {}));
}

std::pair<at::Tensor, at::Tensor> max_pool(const Layer& layer, const at::Tensor& x) {
  auto [largest, indices] =
      at::max_pool2d_with_indices(x, both(layer.kernel), both(layer.stride), both(layer.padding), both(1), false);
  return {channels_last(largest), indices};
}

at::Tensor max_pool_tangent(const at::Tensor& tangent, const at::Tensor& indices) {
  return channels_last(tangent.flatten(2).gather(2, indices.flatten(2)).view_as(indices));
}

// LibTorch's CUDA kernel for channels last adds in an order that changes from call to call.
at::Tensor max_pool_gradient(const Layer& layer, const at::Tensor& gradient, const ImageShape& input,
                             const at::Tensor& indices) {
  const auto format = pooling_gradient_format(gradient);
  const auto x = at::empty(sizes_of(gradient.size(0), input), gradient.options(), format);
  return channels_last(at::max_pool2d_with_indices_backward(gradient.contiguous(format), x, both(layer.kernel),
                                                            both(layer.stride), both(layer.padding), both(1), false,
                                                            indices.contiguous(format)));
}

at::Tensor global_average_pool(const at::Tensor& x) { return x.mean(at::IntArrayRef{2, 3}); }

at::Tensor global_average_pool_gradient(const at::Tensor& gradient, const ImageShape& input) {
  const auto scaled = gradient / (static_cast<double>(input.height) * input.width);
  return channels_last(scaled.view({gradient.size(0), input.channels, 1, 1}).expand(sizes_of(gradient.size(0), input)));
}

at::Tensor part(const Layer& layer, const at::Tensor& x) {
  if (layer.kind == LayerKind::truncate) {
    return channels_last(x.narrow(1, 0, layer.shape.channels));
  }
  return channels_last(x.narrow(2, 1, layer.shape.height).narrow(3, 1, layer.shape.width));
}

at::Tensor part_gradient(const Layer& layer, const at::Tensor& gradient, const ImageShape& input) {
  auto whole = empty_images(gradient.size(0), input, gradient.options()).zero_();
  auto target = layer.kind == LayerKind::truncate
                    ? whole.narrow(1, 0, layer.shape.channels)
                    : whole.narrow(2, 1, layer.shape.height).narrow(3, 1, layer.shape.width);
  target.copy_(gradient);
  return whole;
}

}  // namespace zcmpi::layer_operations
