/// \file
/// Batch normalisation, with a scale of 1 and a shift of 0 or with those that are learned, and its derivatives. Numbers
/// lie as rows of channels: all numbers of one channel are `channels` apart.
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

/// Scale and shift of a batch normalisation, or gradients by them: one each a channel.
struct NormParameters {
  std::vector<float> scale;
  std::vector<float> shift;
};

BatchStatistics batch_statistics(std::span<const float> x, std::size_t channels);

/// y = (x - mean) / deviation
void normalise(std::span<const float> x, const BatchStatistics& statistics, std::span<float> y);

/// y = (x - mean) / deviation * scale + shift; without parameters as above.
void normalise(std::span<const float> x, const BatchStatistics& statistics, const NormParameters* parameters,
               std::span<float> y);

TangentStatistics tangent_statistics(std::span<const float> x, std::span<const float> x_tangent,
                                     const BatchStatistics& statistics);

/// The derivative of y along x'.
void normalise_tangent(std::span<const float> x, std::span<const float> x_tangent, const BatchStatistics& statistics,
                       const TangentStatistics& tangent, std::span<float> y_tangent);

/// From the gradient by y to the gradient by x.
void normalise_gradient(std::span<const float> x, const BatchStatistics& statistics, std::span<const float> y_gradient,
                        std::span<float> x_gradient);

/// The same with a scale and a shift. Returns the gradients by them.
NormParameters normalise_gradient(std::span<const float> x, const BatchStatistics& statistics,
                                  const NormParameters& parameters, std::span<const float> y_gradient,
                                  std::span<float> x_gradient);

/// The gradients by scale and shift where x is 0 throughout.
NormParameters shift_gradient(std::span<const float> y_gradient, std::size_t channels);

/// Takes a batch's statistics into running ones: they move towards it by the share `momentum`, the variance with
/// Bessel's correction, as PyTorch has it. Running statistics begin with mean 0 and variance 1.
void update_running(BatchStatistics& running, const BatchStatistics& batch, float momentum);

/// The derivative of `normalise_gradient` along x' and along the derivative of the gradient by y. The last two may be
/// the same memory.
void normalise_gradient_tangent(std::span<const float> x, std::span<const float> x_tangent,
                                const BatchStatistics& statistics, const TangentStatistics& tangent,
                                std::span<const float> y_gradient, std::span<const float> y_gradient_tangent,
                                std::span<float> x_gradient_tangent);

}  // namespace zcmpi
