/// \file
/// Computes a network forward and backward with LibTorch's layer operations, without its automatic differentiation:
/// values are kept only where a backward pass reads them, one forward pass serves several backward passes, and
/// derivatives along a change of weights (tangents) ride along where they are asked for.
///
/// An undefined tensor stands for zeros, of values, tangents and gradients alike. So what is fed by nothing costs
/// nothing and contributes exactly nothing.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "../batch_norm.hpp"
#include "../schedule.hpp"
#include "norm_operations.hpp"
#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

/// Weights by place of the layer; undefined where a layer has none. Convolutions: [out, in / groups, kernel, kernel],
/// channels last in memory when they are float; linear layers: [out, in]. Biases of linear layers only.
struct Weights {
  std::vector<at::Tensor> weight;
  std::vector<at::Tensor> bias;
  /// Of batch normalisations by place; empty where there are none, and then the scale is 1 and the shift 0.
  std::vector<NormParameters> norms{};
  /// What Normalising::running normalises by, by place.
  std::vector<BatchStatistics> running{};

  /// Null when the layer's scale is 1 and its shift 0.
  [[nodiscard]] const NormParameters* norm(std::uint32_t place) const {
    return norms.empty() || norms[place].scale.empty() ? nullptr : &norms[place];
  }
};

/// A value and its derivative along the change of weights.
struct Dual {
  at::Tensor value;
  at::Tensor tangent;
};

enum class Normalising : std::uint8_t {
  /// By the batch's statistics.
  batch,
  /// By those in the weights. There are no tangents and no gradients.
  running,
  /// Not at all: batch normalisations pass on what they get.
  none,
};

struct ForwardRequest {
  /// Called for each layer that is computed, as soon as it is.
  std::function<void(std::uint32_t place, const at::Tensor& value)> on_value{};
  /// Keep what backward passes read, and the outputs of convolutions; or only what the rest of the pass reads.
  enum class Keep : std::uint8_t { nothing, for_backward } keep = Keep::nothing;
  Normalising normalising = Normalising::batch;
  /// Which change the tangents are along: that of all weights at the rate of their own values, d weight = weight.
  enum class Scaling : std::uint8_t { none, weights } scaling = Scaling::none;
  /// The last layer that is computed.
  std::optional<std::uint32_t> until{};
  /// Layers whose values stay, whatever else is kept.
  std::vector<std::uint32_t> kept_places{};
};

/// What a forward pass leaves: values and tangents by place, and what layers noted on the way.
struct ForwardState {
  std::vector<Dual> outputs;
  std::vector<std::optional<BatchStatistics>> statistics;
  std::vector<std::optional<TangentStatistics>> tangent_statistics;
  std::vector<at::Tensor> pool_indices;
  Normalising normalising = Normalising::batch;
  ForwardRequest::Scaling scaling = ForwardRequest::Scaling::none;
  std::int64_t images = 0;
  /// Time that tangents took, out of the whole.
  double tangent_seconds = 0.0;
};

struct BackwardRequest {
  /// The gradient by the output of layer `from`, and its tangent.
  std::uint32_t from = 0;
  Dual seed{};
  /// Layers after this one are gone through. With `stop_gradient` the gradient by this one's output is returned.
  std::uint32_t stop = 0;
  enum class StopGradient : std::uint8_t { left_out, wanted } stop_gradient = StopGradient::left_out;
  /// Called for each layer with weights when its gradients are known; without, none are computed.
  std::function<void(std::uint32_t place, const Dual& gradient)> on_weight_gradient{};
  /// Called for each batch normalisation with parameters that a gradient reaches, with the gradients by them.
  std::function<void(std::uint32_t place, const NormParameters& gradient)> on_norm_gradient{};
  /// Called for each layer with weights that a gradient reaches: with the gradient by its output.
  std::function<void(std::uint32_t place, const at::Tensor& gradient)> on_output_gradient{};
};

struct BackwardResult {
  /// By the output of the layer where the pass stopped, when it was asked for and reached.
  Dual gradient;
  /// Time that tangents took, out of the whole.
  double tangent_seconds = 0.0;
};

class Executor {
 public:
  using Arithmetic = norm_operations::Arithmetic;

  /// The network outlives the executor. With Arithmetic::loops all tensors are in the host's memory.
  explicit Executor(const Network& network, Arithmetic arithmetic = Arithmetic::loops)
      : network_(network), schedule_(network), arithmetic_(arithmetic) {}

  [[nodiscard]] const Schedule& schedule() const { return schedule_; }

  /// `images`: [images, channels, height, width].
  [[nodiscard]] ForwardState forward(const Weights& weights, const at::Tensor& images,
                                     const ForwardRequest& request = {}) const;

  /// The state was made with Keep::for_backward.
  BackwardResult backward(const Weights& weights, const ForwardState& state, const BackwardRequest& request) const;

 private:
  const Network& network_;
  Schedule schedule_;
  Arithmetic arithmetic_;
};

}  // namespace zcmpi
