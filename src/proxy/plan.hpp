/// \file
/// Which passes over a network some proxies need. Each pass is made once for all that take part in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "randomness.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {

/// A forward pass, a backward pass, or both.
enum class Pass : std::uint8_t {
  /// Forward, the batch, standard weights.
  forward,
  /// Backward from the loss, after `forward`.
  loss_gradient,
  /// With `forward` and `loss_gradient`: the derivatives of both by the scale of the weights.
  scale_derivative,
  /// Backward from the sum of the logits to the images, after `forward`.
  input_gradient,
  /// Forward and backward, each half of the batch.
  half_gradients,
  /// Forward and backward from each image's logits, a few images.
  image_gradients,
  /// Forward and backward, an image of ones, absolute weights, without batch normalisation.
  saliency,
  /// Forward twice, random images, Gaussian weights.
  gaussian_pair,
  /// Forward, the batch, Gaussian weights.
  gaussian_forward,
  /// Forward, random images, Kaiming weights.
  kaiming_forward,
  /// Backward through each block, after `kaiming_forward`.
  block_gradients,
};

/// The passes a proxy takes part in, in the order in which they are made.
std::span<const Pass> passes_of(Proxy proxy);

/// The weights that a proxy is of; nullopt: none.
std::optional<Initialisation> initialisation_of(Proxy proxy);

/// The passes that these proxies need together, each once, in order.
std::vector<Pass> plan_passes(std::span<const Proxy> proxies);

}  // namespace zcmpi
