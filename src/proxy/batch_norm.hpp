/// \file
/// Batch normalisation with batch statistics, a scale of 1 and a shift of 0, and its derivatives. Numbers lie as rows
/// of channels: all numbers of one channel are `channels` apart.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace zcmpi {

inline constexpr float batch_norm_epsilon = 1e-5F;

struct BatchStatistics {
  std::size_t rows = 0;
  /// One each a channel.
  std::vector<float> mean;
  /// Without Bessel's correction.
  std::vector<float> variance;
  /// 1 / sqrt(variance + epsilon)
  std::vector<float> inverse_deviation;

  [[nodiscard]] std::size_t channels() const { return mean.size(); }
};

/// Statistics of the derivative x' of x: the mean of x', and that of y x' with y the normalised x.
struct TangentStatistics {
  std::vector<float> mean;
  std::vector<float> product;
};

BatchStatistics batch_statistics(std::span<const float> x, std::size_t channels);

/// y = (x - mean) / deviation
void normalise(std::span<const float> x, const BatchStatistics& statistics, std::span<float> y);

TangentStatistics tangent_statistics(std::span<const float> x, std::span<const float> x_tangent,
                                     const BatchStatistics& statistics);

/// The derivative of y along x'.
void normalise_tangent(std::span<const float> x, std::span<const float> x_tangent, const BatchStatistics& statistics,
                       const TangentStatistics& tangent, std::span<float> y_tangent);

/// From the gradient by y to the gradient by x.
void normalise_gradient(std::span<const float> x, const BatchStatistics& statistics, std::span<const float> y_gradient,
                        std::span<float> x_gradient);

/// The derivative of `normalise_gradient` along x' and along the derivative of the gradient by y. The last two may be
/// the same memory.
void normalise_gradient_tangent(std::span<const float> x, std::span<const float> x_tangent,
                                const BatchStatistics& statistics, const TangentStatistics& tangent,
                                std::span<const float> y_gradient, std::span<const float> y_gradient_tangent,
                                std::span<float> x_gradient_tangent);

}  // namespace zcmpi
