/// \file
/// Scores of matrices: what is left of a proxy when the passes over the network are done. In double precision.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace zcmpi {

/// A value, or NaN and why there is none.
struct Score {
  double value = std::numeric_limits<double>::quiet_NaN();
  std::string reason{};
};

Score missing(std::string reason);

/// Correlations of a matrix' rows; NaN where a row does not vary.
at::Tensor correlations(const at::Tensor& rows);

/// Rows are the images' input gradients.
Score jacov_score(const at::Tensor& rows);

/// Of rows of several classes: docs/proxies.md.
Score epe_nas_score(const at::Tensor& rows, std::span<const std::uint32_t> labels, std::uint32_t classes);

/// ln |det| of a symmetric matrix.
Score log_determinant(const at::Tensor& matrix);

/// The smallest eigenvalue of the correlations of a feature map's channels, undefined correlations taken for 0; NaN
/// when the map is not finite. `map`: [channels, height, width].
double smallest_channel_eigenvalue(const at::Tensor& map);

/// The largest eigenvalue of a symmetric matrix over the smallest.
Score condition_number(const at::Tensor& matrix);

/// Entropy of the normalised eigenvalues of the covariance of the channels. `map`: [images, channels, height, width].
Score spectral_entropy(const at::Tensor& map);

/// 2 - (s + 1 / s) with s the largest singular value of the mean product of the gradients by a block's input and
/// output.
Score isometry(const at::Tensor& input_gradient, const at::Tensor& output_gradient);

}  // namespace zcmpi
