/// \file
/// Batch normalisation (src/proxy/batch_norm.hpp) on tensors of any device: float, [images, channels, height, width],
/// channels last, or [images, channels].
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../batch_norm.hpp"

namespace zcmpi::norm_operations {

enum class Arithmetic : std::uint8_t {
  /// The loops of batch_norm.hpp, for tensors in the host's memory.
  loops,
  /// LibTorch's operations, for any device.
  tensors,
};

BatchStatistics batch_statistics(const at::Tensor& x, Arithmetic arithmetic);
/// Without parameters the scale is 1 and the shift 0.
at::Tensor normalise(const at::Tensor& x, const BatchStatistics& statistics, const NormParameters* parameters,
                     Arithmetic arithmetic);
TangentStatistics tangent_statistics(const at::Tensor& x, const at::Tensor& x_tangent,
                                     const BatchStatistics& statistics, Arithmetic arithmetic);
at::Tensor normalise_tangent(const at::Tensor& x, const at::Tensor& x_tangent, const BatchStatistics& statistics,
                             const TangentStatistics& tangent, Arithmetic arithmetic);
at::Tensor normalise_gradient(const at::Tensor& x, const BatchStatistics& statistics, const at::Tensor& y_gradient,
                              Arithmetic arithmetic);
std::pair<at::Tensor, NormParameters> normalise_gradient(const at::Tensor& x, const BatchStatistics& statistics,
                                                         const NormParameters& parameters, const at::Tensor& y_gradient,
                                                         Arithmetic arithmetic);
NormParameters shift_gradient(const at::Tensor& y_gradient, Arithmetic arithmetic);
at::Tensor normalise_gradient_tangent(const at::Tensor& x, const at::Tensor& x_tangent,
                                      const BatchStatistics& statistics, const TangentStatistics& tangent,
                                      const at::Tensor& y_gradient, const at::Tensor& y_gradient_tangent,
                                      Arithmetic arithmetic);

/// The numbers in the host's memory, in their order.
std::vector<float> fetched(const at::Tensor& numbers);
/// [1, channels, 1, 1] or [1, channels], as fits `like`, and where that is.
at::Tensor by_channel(std::span<const float> numbers, const at::Tensor& like);

}  // namespace zcmpi::norm_operations
