/// \file
/// The derivatives of single layers, on tensors: [images, channels, height, width], or [images, features] around the
/// classifier. Arguments are never undefined.
#pragma once

#include <ATen/ATen.h>

#include "zcmpi/proxy/network.hpp"

namespace zcmpi::layer_operations {

at::Tensor convolution(const Layer& layer, const at::Tensor& x, const at::Tensor& weight);
at::Tensor convolution_input_gradient(const Layer& layer, const at::Tensor& gradient, const ImageShape& input,
                                      const at::Tensor& weight);
at::Tensor convolution_weight_gradient(const Layer& layer, const at::Tensor& gradient, const at::Tensor& x,
                                       const at::Tensor& weight);
/// Both in one call.
std::pair<at::Tensor, at::Tensor> convolution_gradients(const Layer& layer, const at::Tensor& gradient,
                                                        const at::Tensor& x, const at::Tensor& weight);

/// Numbers of `numbers` where `relu_output` is above 0, else 0: the derivative of a ReLU, forward and backward.
at::Tensor where_active(const at::Tensor& numbers, const at::Tensor& relu_output);

at::Tensor average_pool(const Layer& layer, const at::Tensor& x);
at::Tensor average_pool_gradient(const Layer& layer, const at::Tensor& gradient, const ImageShape& input);

/// The largest numbers of windows, and where they are.
std::pair<at::Tensor, at::Tensor> max_pool(const Layer& layer, const at::Tensor& x);
at::Tensor max_pool_tangent(const at::Tensor& tangent, const at::Tensor& indices);
at::Tensor max_pool_gradient(const Layer& layer, const at::Tensor& gradient, const ImageShape& input,
                             const at::Tensor& indices);

at::Tensor global_average_pool(const at::Tensor& x);
at::Tensor global_average_pool_gradient(const at::Tensor& gradient, const ImageShape& input);

/// Between the first channels, or all but the first row and column, and the whole; what is not in the part is 0.
at::Tensor part(const Layer& layer, const at::Tensor& x);
at::Tensor part_gradient(const Layer& layer, const at::Tensor& gradient, const ImageShape& input);

/// Uninitialised, channels last where it has four dimensions.
at::Tensor empty_images(std::int64_t images, const ImageShape& shape, const at::TensorOptions& options);

}  // namespace zcmpi::layer_operations
