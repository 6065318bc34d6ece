#include "executor.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "devices.hpp"
#include "layer_operations.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using layer_operations::empty_images;
namespace operations = layer_operations;
namespace norms = norm_operations;

/// a + b, where an undefined tensor is 0.
at::Tensor sum_of(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined()) {
    return b;
  }
  return b.defined() ? a + b : a;
}

/// Computes with values and tangents, and knows what the tangents took.
class DualArithmetic {
 public:
  explicit DualArithmetic(at::Device device) : device_(device) {}

  [[nodiscard]] double tangent_seconds() const { return tangent_seconds_; }

  /// What the function gives, on the account of the tangents.
  template <class Action>
  at::Tensor tangent(const Action& action) {
    return timed_on(device_, tangent_seconds_, action);
  }

  void accumulate(Dual& target, const Dual& term) {
    target.value = sum_of(target.value, term.value);
    if (target.tangent.defined() || term.tangent.defined()) {
      target.tangent = tangent([&] { return sum_of(target.tangent, term.tangent); });
    }
  }

  /// The function of value and tangent, each where it is defined.
  template <class Linear>
  Dual map(const Dual& dual, const Linear& linear) {
    return {dual.value.defined() ? linear(dual.value) : at::Tensor(),
            dual.tangent.defined() ? tangent([&] { return linear(dual.tangent); }) : at::Tensor()};
  }

 private:
  at::Device device_;
  double tangent_seconds_ = 0.0;
};

/// One forward pass under way.
class Forward {
 public:
  Forward(const Network& network, const Schedule& schedule, norm_operations::Arithmetic norm_arithmetic,
          const Weights& weights, const ForwardRequest& request, at::Device device)
      : network_(network),
        schedule_(schedule),
        norm_arithmetic_(norm_arithmetic),
        weights_(weights),
        request_(request),
        arithmetic_(device) {
    const std::size_t layers = network.layers.size();
    state_.outputs.resize(layers);
    state_.statistics.resize(layers);
    state_.tangent_statistics.resize(layers);
    state_.pool_indices.resize(layers);
    state_.normalising = request.normalising;
    state_.scaling = request.scaling;
    keep_.assign(layers, false);
    for (const auto place : request.kept_places) {
      keep_[schedule.same_as(place)] = true;
    }
    keep_.back() = true;
    if (request.keep == ForwardRequest::Keep::for_backward) {
      mark_kept_for_backward();
    }
  }

  ForwardState run(const at::Tensor& images) {
    state_.images = images.size(0);
    options_ = images.options();
    const std::uint32_t until =
        request_.until ? schedule_.same_as(*request_.until) : static_cast<std::uint32_t>(network_.layers.size() - 1);
    std::vector<std::uint32_t> unread(network_.layers.size());
    for (std::uint32_t i = 0; i <= until; ++i) {
      if (!schedule_.is_computed(i)) {
        continue;
      }
      unread[i] = schedule_.readers(i);
      state_.outputs[i] = i == 0 ? Dual{images, {}} : compute(i);
      if (request_.on_value) {
        request_.on_value(i, state_.outputs[i].value);
      }
      for (const auto input : schedule_.inputs(i)) {
        if (--unread[input] == 0) {
          release(input);
        }
      }
      if (unread[i] == 0 && i != until) {
        release(i);
      }
    }
    state_.tangent_seconds = arithmetic_.tangent_seconds();
    return std::move(state_);
  }

 private:
  void release(std::uint32_t place) {
    if (!keep_[place]) {
      state_.outputs[place] = {};
    }
  }

  void mark_kept_for_backward() {
    for (std::uint32_t i = 0; i < network_.layers.size(); ++i) {
      const Layer& layer = network_.layers[i];
      keep_[i] = keep_[i] || layer.kind == LayerKind::relu || layer.has_weights();
      const bool normalises = layer.kind == LayerKind::batch_norm && request_.normalising == Normalising::batch;
      if (layer.has_weights() || normalises) {
        for (const auto input : schedule_.inputs(i)) {
          keep_[input] = true;
        }
      }
    }
  }

  [[nodiscard]] const Dual& input(std::uint32_t place) const { return state_.outputs[schedule_.inputs(place).front()]; }

  Dual compute(std::uint32_t place) {
    const Layer& layer = network_.layers[place];
    switch (layer.kind) {
      case LayerKind::input:
      case LayerKind::zeros: return {};
      case LayerKind::add: return add(place);
      case LayerKind::concatenate: return concatenate(place);
      case LayerKind::linear: return linear(place);
      default: break;
    }
    const Dual& x = input(place);
    if (!x.value.defined()) {
      return layer.kind == LayerKind::batch_norm ? shift_alone(place) : Dual{};
    }
    switch (layer.kind) {
      case LayerKind::convolution: return convolution(place);
      case LayerKind::batch_norm: return batch_norm(place);
      case LayerKind::max_pool: return max_pool(place);
      case LayerKind::relu: {
        const at::Tensor y = at::relu(x.value);
        return {y, x.tangent.defined() ? arithmetic_.tangent([&] { return operations::where_active(x.tangent, y); })
                                       : at::Tensor()};
      }
      case LayerKind::average_pool:
        return arithmetic_.map(x, [&](const at::Tensor& t) { return operations::average_pool(layer, t); });
      case LayerKind::global_average_pool: return arithmetic_.map(x, operations::global_average_pool);
      default: return arithmetic_.map(x, [&](const at::Tensor& t) { return operations::part(layer, t); });
    }
  }

  Dual convolution(std::uint32_t place) {
    const Layer& layer = network_.layers[place];
    const at::Tensor& weight = weights_.weight[place];
    Dual y =
        arithmetic_.map(input(place), [&](const at::Tensor& t) { return operations::convolution(layer, t, weight); });
    if (state_.scaling == ForwardRequest::Scaling::weights) {
      y.tangent = arithmetic_.tangent([&] { return sum_of(y.tangent, y.value); });
    }
    return y;
  }

  Dual linear(std::uint32_t place) {
    const at::Tensor& weight = weights_.weight[place];
    const at::Tensor& bias = weights_.bias[place];
    Dual products = arithmetic_.map(input(place), [&](const at::Tensor& t) { return at::mm(t, weight.t()); });
    if (state_.scaling == ForwardRequest::Scaling::weights) {
      products.tangent = arithmetic_.tangent([&] { return sum_of(products.tangent, products.value); });
    }
    const at::Tensor value = products.value.defined() ? products.value + bias : bias.expand({state_.images, -1});
    return {value, products.tangent};
  }

  Dual batch_norm(std::uint32_t place) {
    const Dual& x = input(place);
    if (request_.normalising == Normalising::none) {
      return x;
    }
    const NormParameters* const parameters = weights_.norm(place);
    if (request_.normalising == Normalising::running) {
      return {norms::normalise(x.value, weights_.running[place], parameters, norm_arithmetic_), {}};
    }
    auto& statistics = state_.statistics[place];
    statistics = norms::batch_statistics(x.value, norm_arithmetic_);
    Dual y{norms::normalise(x.value, *statistics, parameters, norm_arithmetic_), {}};
    if (x.tangent.defined()) {
      ZCMPI_EXPECT(parameters == nullptr);
      y.tangent = arithmetic_.tangent([&] {
        auto& tangent = state_.tangent_statistics[place];
        tangent = norms::tangent_statistics(x.value, x.tangent, *statistics, norm_arithmetic_);
        return norms::normalise_tangent(x.value, x.tangent, *statistics, *tangent, norm_arithmetic_);
      });
    }
    return y;
  }

  /// Zeros have no deviation: what a normalisation makes of them is its shift.
  [[nodiscard]] Dual shift_alone(std::uint32_t place) const {
    const NormParameters* const parameters = weights_.norm(place);
    if (parameters == nullptr) {
      return {};
    }
    at::Tensor y = empty_images(state_.images, network_.layers[place].shape, options_);
    return {y.copy_(norms::by_channel(parameters->shift, y).expand_as(y)), {}};
  }

  Dual max_pool(std::uint32_t place) {
    const Dual& x = input(place);
    auto [largest, indices] = operations::max_pool(network_.layers[place], x.value);
    state_.pool_indices[place] = indices;
    return {largest, x.tangent.defined() ? arithmetic_.tangent([&, &places = state_.pool_indices[place]] {
              return operations::max_pool_tangent(x.tangent, places);
            })
                                         : at::Tensor()};
  }

  Dual add(std::uint32_t place) {
    Dual sum;
    for (const auto source : schedule_.inputs(place)) {
      arithmetic_.accumulate(sum, state_.outputs[source]);
    }
    return sum;
  }

  Dual concatenate(std::uint32_t place) {
    return {joined(place, &Dual::value), arithmetic_.tangent([&] { return joined(place, &Dual::tangent); })};
  }

  at::Tensor joined(std::uint32_t place, at::Tensor Dual::*part) {
    std::vector<at::Tensor> parts;
    const at::Tensor* some = nullptr;
    for (const auto source : schedule_.inputs(place)) {
      const at::Tensor& x = state_.outputs[source].*part;
      some = x.defined() ? &x : some;
    }
    if (some == nullptr) {
      return {};
    }
    for (const auto source : schedule_.inputs(place)) {
      const at::Tensor& x = state_.outputs[source].*part;
      parts.push_back(
          x.defined() ? x : empty_images(state_.images, network_.layers[source].shape, some->options()).zero_());
    }
    return at::cat(parts, 1).contiguous(at::MemoryFormat::ChannelsLast);
  }

  const Network& network_;
  const Schedule& schedule_;
  norm_operations::Arithmetic norm_arithmetic_;
  const Weights& weights_;
  const ForwardRequest& request_;
  /// Of the images.
  at::TensorOptions options_;
  ForwardState state_;
  DualArithmetic arithmetic_;
  std::vector<bool> keep_;
};

/// One backward pass under way.
class Backward {
 public:
  Backward(const Network& network, const Schedule& schedule, norm_operations::Arithmetic norm_arithmetic,
           const Weights& weights, const ForwardState& state, const BackwardRequest& request)
      : network_(network),
        schedule_(schedule),
        norm_arithmetic_(norm_arithmetic),
        weights_(weights),
        state_(state),
        request_(request),
        arithmetic_((request.seed.value.defined() ? request.seed.value : request.seed.tangent).device()) {
    find_needed();
  }

  BackwardResult run() {
    gradients_.resize(network_.layers.size());
    gradients_[request_.from] = request_.seed;
    for (std::uint32_t i = request_.from; i > request_.stop; --i) {
      const Dual gradient = std::exchange(gradients_[i], {});
      if (gradient.value.defined() || gradient.tangent.defined()) {
        visit(i, gradient);
      }
    }
    return {gradients_[request_.stop], arithmetic_.tangent_seconds()};
  }

 private:
  /// A layer's gradient is needed when weights or the stop lie at or before it.
  void find_needed() {
    needed_.assign(network_.layers.size(), false);
    needed_[request_.stop] = request_.stop_gradient == BackwardRequest::StopGradient::wanted;
    for (std::uint32_t i = request_.stop + 1; i <= request_.from; ++i) {
      bool needed = network_.layers[i].has_weights() && (request_.on_weight_gradient || request_.on_output_gradient);
      needed = needed || (request_.on_norm_gradient && weights_.norm(i) != nullptr);
      for (const auto input : schedule_.inputs(i)) {
        needed = needed || needed_[input];
      }
      needed_[i] = needed && schedule_.is_computed(i);
    }
  }

  [[nodiscard]] std::uint32_t source_of(std::uint32_t place) const { return schedule_.inputs(place).front(); }

  void give(std::uint32_t place, const Dual& gradient) { arithmetic_.accumulate(gradients_[place], gradient); }

  template <class Linear>
  void give_mapped(std::uint32_t place, const Dual& gradient, const Linear& linear) {
    if (needed_[source_of(place)]) {
      give(source_of(place), arithmetic_.map(gradient, linear));
    }
  }

  void visit(std::uint32_t place, const Dual& gradient) {
    if (!needed_[place]) {
      return;
    }
    const Layer& layer = network_.layers[place];
    switch (layer.kind) {
      case LayerKind::input:
      case LayerKind::zeros: return;
      case LayerKind::convolution: return convolution(place, gradient);
      case LayerKind::linear: return linear(place, gradient);
      case LayerKind::batch_norm: return batch_norm(place, gradient);
      case LayerKind::add:
        for (const auto source : schedule_.inputs(place)) {
          if (needed_[source]) {
            give(source, gradient);
          }
        }
        return;
      case LayerKind::concatenate: return concatenate(place, gradient);
      case LayerKind::relu: {
        const at::Tensor& y = state_.outputs[place].value;
        if (y.defined()) {
          give_mapped(place, gradient, [&](const at::Tensor& g) { return operations::where_active(g, y); });
        }
        return;
      }
      case LayerKind::average_pool:
        return give_mapped(place, gradient, [&](const at::Tensor& g) {
          return operations::average_pool_gradient(layer, g, network_.layers[source_of(place)].shape);
        });
      case LayerKind::max_pool: {
        const at::Tensor& indices = state_.pool_indices[place];
        if (indices.defined()) {
          give_mapped(place, gradient, [&](const at::Tensor& g) {
            return operations::max_pool_gradient(layer, g, network_.layers[source_of(place)].shape, indices);
          });
        }
        return;
      }
      case LayerKind::global_average_pool:
        return give_mapped(place, gradient, [&](const at::Tensor& g) {
          return operations::global_average_pool_gradient(g, network_.layers[source_of(place)].shape);
        });
      case LayerKind::truncate:
      case LayerKind::crop:
        return give_mapped(place, gradient, [&](const at::Tensor& g) {
          return operations::part_gradient(layer, g, network_.layers[source_of(place)].shape);
        });
    }
  }

  void report_output_gradient(std::uint32_t place, const Dual& gradient) const {
    if (request_.on_output_gradient && gradient.value.defined()) {
      request_.on_output_gradient(place, gradient.value);
    }
  }

  void convolution(std::uint32_t place, const Dual& gradient) {
    report_output_gradient(place, gradient);
    const Layer& layer = network_.layers[place];
    const at::Tensor& weight = weights_.weight[place];
    const std::uint32_t source = source_of(place);
    const Dual& x = state_.outputs[source];
    const bool want_weight = static_cast<bool>(request_.on_weight_gradient) && x.value.defined();
    Dual by_input;
    Dual by_weight;
    const auto differentiate = [&](const at::Tensor& g, at::Tensor& input_part, at::Tensor& weight_part) {
      if (!g.defined()) {
        return;
      }
      if (want_weight && needed_[source]) {
        std::tie(input_part, weight_part) = operations::convolution_gradients(layer, g, x.value, weight);
      } else if (want_weight) {
        weight_part = operations::convolution_weight_gradient(layer, g, x.value, weight);
      } else if (needed_[source]) {
        input_part = operations::convolution_input_gradient(layer, g, network_.layers[source].shape, weight);
      }
    };
    differentiate(gradient.value, by_input.value, by_weight.value);
    by_weight.tangent = arithmetic_.tangent([&] {
      at::Tensor result;
      differentiate(gradient.tangent, by_input.tangent, result);
      if (want_weight && x.tangent.defined() && gradient.value.defined()) {
        result = sum_of(result, operations::convolution_weight_gradient(layer, gradient.value, x.tangent, weight));
      }
      if (state_.scaling == ForwardRequest::Scaling::weights) {
        by_input.tangent = sum_of(by_input.tangent, by_input.value);
      }
      return result;
    });
    if (want_weight) {
      request_.on_weight_gradient(place, by_weight);
    }
    if (needed_[source]) {
      give(source, by_input);
    }
  }

  void linear(std::uint32_t place, const Dual& gradient) {
    report_output_gradient(place, gradient);
    const at::Tensor& weight = weights_.weight[place];
    const std::uint32_t source = source_of(place);
    const Dual& x = state_.outputs[source];
    if (request_.on_weight_gradient && x.value.defined()) {
      Dual by_weight = arithmetic_.map(gradient, [&](const at::Tensor& g) { return at::mm(g.t(), x.value); });
      if (x.tangent.defined() && gradient.value.defined()) {
        by_weight.tangent = sum_of(by_weight.tangent, at::mm(gradient.value.t(), x.tangent));
      }
      request_.on_weight_gradient(place, by_weight);
    }
    if (needed_[source]) {
      Dual by_input = arithmetic_.map(gradient, [&](const at::Tensor& g) { return at::mm(g, weight); });
      if (state_.scaling == ForwardRequest::Scaling::weights) {
        by_input.tangent = sum_of(by_input.tangent, by_input.value);
      }
      give(source, by_input);
    }
  }

  void batch_norm(std::uint32_t place, const Dual& gradient) {
    if (weights_.norm(place) != nullptr) {
      return scaled_batch_norm(place, gradient.value);
    }
    const std::uint32_t source = source_of(place);
    if (!needed_[source]) {
      return;
    }
    if (state_.normalising == Normalising::none) {
      give(source, gradient);
      return;
    }
    const Dual& x = state_.outputs[source];
    if (!x.value.defined()) {
      // Normalised zeros: the gradient does not vanish, but nothing before them varies.
      return;
    }
    const BatchStatistics& statistics = *state_.statistics[place];
    const auto by_input = [&](const at::Tensor& g) {
      return norms::normalise_gradient(x.value, statistics, g, norm_arithmetic_);
    };
    if (!x.tangent.defined() || !gradient.value.defined()) {
      give(source, arithmetic_.map(gradient, by_input));
      return;
    }
    give(source, {by_input(gradient.value), arithmetic_.tangent([&] {
                    const at::Tensor gradient_tangent =
                        gradient.tangent.defined() ? gradient.tangent : at::zeros_like(gradient.value);
                    return norms::normalise_gradient_tangent(x.value, x.tangent, statistics,
                                                             *state_.tangent_statistics[place], gradient.value,
                                                             gradient_tangent, norm_arithmetic_);
                  })});
  }

  /// One with parameters: without tangents.
  void scaled_batch_norm(std::uint32_t place, const at::Tensor& gradient) {
    ZCMPI_EXPECT(state_.normalising == Normalising::batch);
    const std::uint32_t source = source_of(place);
    const at::Tensor& x = state_.outputs[source].value;
    NormParameters by_parameters;
    if (!x.defined()) {
      by_parameters = norms::shift_gradient(gradient, norm_arithmetic_);
    } else {
      at::Tensor by_input;
      std::tie(by_input, by_parameters) =
          norms::normalise_gradient(x, *state_.statistics[place], *weights_.norm(place), gradient, norm_arithmetic_);
      if (needed_[source]) {
        give(source, {by_input, {}});
      }
    }
    if (request_.on_norm_gradient) {
      request_.on_norm_gradient(place, by_parameters);
    }
  }

  void concatenate(std::uint32_t place, const Dual& gradient) {
    std::int64_t start = 0;
    for (const auto source : schedule_.inputs(place)) {
      const std::int64_t channels = network_.layers[source].shape.channels;
      if (needed_[source]) {
        give(source, arithmetic_.map(gradient, [&](const at::Tensor& g) {
          return g.narrow(1, start, channels).contiguous(at::MemoryFormat::ChannelsLast);
        }));
      }
      start += channels;
    }
  }

  const Network& network_;
  const Schedule& schedule_;
  norm_operations::Arithmetic norm_arithmetic_;
  const Weights& weights_;
  const ForwardState& state_;
  const BackwardRequest& request_;
  DualArithmetic arithmetic_;
  std::vector<bool> needed_;
  std::vector<Dual> gradients_;
};

}  // namespace

ForwardState Executor::forward(const Weights& weights, const at::Tensor& images, const ForwardRequest& request) const {
  return Forward(network_, schedule_, arithmetic_, weights, request, images.device()).run(images);
}

BackwardResult Executor::backward(const Weights& weights, const ForwardState& state,
                                  const BackwardRequest& request) const {
  return Backward(network_, schedule_, arithmetic_, weights, state, request).run();
}

}  // namespace zcmpi
