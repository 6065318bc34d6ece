#include "../training.hpp"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <span>
#include <string>

#include "devices.hpp"
#include "executor.hpp"
#include "library.hpp"
#include "tensors.hpp"
#include "weights.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

/// PyTorch's.
constexpr float running_momentum = 0.1F;
/// Images that are measured at once: few enough for their values to stay in the caches.
constexpr std::size_t measured_at_once = 250;

/// Losses and hits of a batch, and the gradient of the mean cross-entropy by the logits, on the host.
struct BatchLoss {
  double loss_sum = 0.0;
  std::size_t hits = 0;
  at::Tensor gradient;
};

BatchLoss loss_of(const at::Tensor& logits, std::span<const std::uint32_t> labels) {
  const auto images = static_cast<double>(labels.size());
  const auto classes = static_cast<std::size_t>(logits.size(1));
  const at::Tensor numbers = logits.cpu().contiguous();
  BatchLoss result;
  result.gradient = at::empty_like(numbers);
  const float* const values = numbers.data_ptr<float>();
  float* const gradient = result.gradient.data_ptr<float>();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::span row(values + i * classes, classes);
    const auto largest = std::ranges::max_element(row);
    double sum = 0.0;
    for (const float value : row) {
      sum += std::exp(static_cast<double>(value - *largest));
    }
    result.loss_sum += std::log(sum) - static_cast<double>(row[labels[i]] - *largest);
    result.hits += static_cast<std::size_t>(largest - row.begin()) == labels[i] ? 1U : 0U;
    for (std::size_t c = 0; c < classes; ++c) {
      const double share = std::exp(static_cast<double>(row[c] - *largest)) / sum;
      gradient[i * classes + c] = static_cast<float>((share - (c == labels[i] ? 1.0 : 0.0)) / images);
    }
  }
  return result;
}

std::size_t hits_of(const at::Tensor& logits, std::span<const std::uint32_t> labels) {
  const auto classes = static_cast<std::size_t>(logits.size(1));
  const at::Tensor numbers = logits.cpu().contiguous();
  std::size_t hits = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::span row(numbers.data_ptr<float>() + i * classes, classes);
    hits += static_cast<std::size_t>(std::ranges::max_element(row) - row.begin()) == labels[i] ? 1U : 0U;
  }
  return hits;
}

/// A step of take_step by LibTorch's operations, on any device.
void take_step(at::Tensor& values, at::Tensor& velocity, const at::Tensor& gradient, const TrainingSettings& settings,
               double learning_rate) {
  const at::Tensor decay = values * settings.weight_decay;
  const at::Tensor change = gradient.defined() ? decay + gradient : decay;
  velocity = velocity.defined() ? velocity.mul_(settings.momentum).add_(change) : change.clone();
  if (settings.momentum_kind == Momentum::nesterov) {
    values.sub_(change, learning_rate).sub_(velocity, learning_rate * settings.momentum);
  } else {
    values.sub_(velocity, learning_rate);
  }
}

/// One network that is being trained.
class Training {
 public:
  Training(const Network& network, const TrainingImages& images, const TrainingSettings& settings, at::Device device)
      : network_(network),
        device_(device),
        arithmetic_(arithmetic_on(device_, settings.arithmetic)),
        executor_(network, arithmetic_),
        images_(images),
        settings_(settings),
        weights_(draw_weights(network, random_from_seed(settings.seed), Initialisation::standard)),
        steps_an_epoch_((images.training.size() + settings.batch - 1) / settings.batch) {
    const std::size_t layers = network.layers.size();
    weights_.norms.resize(layers);
    weights_.running.resize(layers);
    weight_parameters_.resize(layers);
    bias_parameters_.resize(layers);
    weight_velocities_.resize(layers);
    bias_velocities_.resize(layers);
    scale_parameters_.resize(layers);
    shift_parameters_.resize(layers);
    for (std::size_t i = 0; i < layers; ++i) {
      begin_layer(i);
    }
  }

  TrainingResult run(const std::function<bool()>& should_stop) {
    TrainingResult result;
    for (std::uint32_t epoch = 0; epoch < settings_.epochs && result.reason.empty(); ++epoch) {
      const auto start = std::chrono::steady_clock::now();
      auto& entry = result.epochs.emplace_back();
      const auto failure = failure_of(device_, [&] {
        result.reason = train_epoch(epoch, entry, should_stop);
        if (result.reason.empty()) {
          measure(epoch, entry);
        }
      });
      result.reason = failure.value_or(result.reason);
      entry.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    return result;
  }

 private:
  void begin_layer(std::size_t place) {
    const Layer& layer = network_.layers[place];
    if (layer.has_weights() && arithmetic_ == Executor::Arithmetic::loops) {
      weight_parameters_[place].values = writable_numbers_of(weights_.weight[place]);
      if (weights_.bias[place].defined()) {
        bias_parameters_[place].values = writable_numbers_of(weights_.bias[place]);
      }
    } else if (layer.has_weights()) {
      weights_.weight[place] = weights_.weight[place].to(device_);
      if (weights_.bias[place].defined()) {
        weights_.bias[place] = weights_.bias[place].to(device_);
      }
    }
    if (layer.kind == LayerKind::batch_norm) {
      const std::size_t channels = layer.shape.channels;
      weights_.running[place] = {.rows = 0,
                                 .mean = std::vector<float>(channels, 0.0F),
                                 .variance = std::vector<float>(channels, 1.0F),
                                 .inverse_deviation = std::vector<float>(channels, 1.0F)};
      if (layer.affine) {
        auto& norm = weights_.norms[place];
        norm = {std::vector<float>(channels, 1.0F), std::vector<float>(channels, 0.0F)};
        scale_parameters_[place].values = norm.scale;
        shift_parameters_[place].values = norm.shift;
      }
    }
  }

  /// On images that are not trained on, where the epoch is one after which that is due.
  void measure(std::uint32_t epoch, TrainingEpoch& entry) const {
    const bool is_last = epoch + 1 == settings_.epochs;
    const bool is_due = settings_.validation_interval != 0 && (epoch + 1) % settings_.validation_interval == 0;
    if (is_last || is_due) {
      entry.validation_accuracy = accuracy_on(images_.validation);
      if (images_.test != nullptr) {
        entry.test_accuracy = accuracy_on(*images_.test);
      }
    }
  }

  /// Returns why training cannot go on; empty when it can.
  std::string train_epoch(std::uint32_t epoch, TrainingEpoch& entry, const std::function<bool()>& should_stop) {
    const auto order = epoch_order(images_.training.size(), settings_.seed, epoch);
    double loss_sum = 0.0;
    std::size_t hits = 0;
    std::uint64_t step = epoch * steps_an_epoch_;
    for (std::size_t start = 0; start < order.size(); start += settings_.batch, ++step) {
      if (should_stop && should_stop()) {
        return "stopped";
      }
      const auto numbers =
          std::span(order).subspan(start, std::min<std::size_t>(settings_.batch, order.size() - start));
      const ImageBatch batch = make_batch(images_.training, numbers, settings_.augmentation, settings_.seed, epoch);
      const double rate = settings_.learning_rate * cosine_schedule(step, steps_an_epoch_ * settings_.epochs);
      const BatchLoss loss = train_batch(batch, rate);
      if (!std::isfinite(loss.loss_sum)) {
        return "diverged: the loss is not finite in epoch " + std::to_string(epoch + 1);
      }
      loss_sum += loss.loss_sum;
      hits += loss.hits;
    }
    entry.loss = loss_sum / static_cast<double>(order.size());
    entry.training_accuracy = 100.0 * static_cast<double>(hits) / static_cast<double>(order.size());
    return {};
  }

  BatchLoss train_batch(const ImageBatch& batch, double rate) {
    const ForwardState state =
        executor_.forward(weights_, images_of(batch).to(device_), {.keep = ForwardRequest::Keep::for_backward});
    BatchLoss loss = loss_of(state.outputs.back().value, batch.labels);
    if (!std::isfinite(loss.loss_sum)) {
      return loss;
    }
    // Weights that the pass still reads must not move, so gradients wait until it is done.
    std::vector<at::Tensor> gradients(network_.layers.size());
    std::vector<NormParameters> norm_gradients(network_.layers.size());
    BackwardRequest request;
    request.from = static_cast<std::uint32_t>(network_.layers.size() - 1);
    request.seed.value = loss.gradient.to(device_);
    request.on_weight_gradient = [&](std::uint32_t place, const Dual& gradient) {
      gradients[place] = network_.layers[place].kind == LayerKind::linear
                             ? gradient.value.contiguous()
                             : gradient.value.contiguous(at::MemoryFormat::ChannelsLast);
    };
    request.on_norm_gradient = [&](std::uint32_t place, const NormParameters& gradient) {
      norm_gradients[place] = gradient;
    };
    executor_.backward(weights_, state, request);
    const at::Tensor bias_gradient = loss.gradient.sum(at::IntArrayRef{0}).to(device_);
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      step_layer(i, gradients[i], bias_gradient, norm_gradients[i], rate);
      if (state.statistics[i]) {
        update_running(weights_.running[i], *state.statistics[i], running_momentum);
      }
    }
    return loss;
  }

  void step_layer(std::size_t place, const at::Tensor& gradient, const at::Tensor& bias_gradient,
                  const NormParameters& norm_gradient, double rate) {
    const Layer& layer = network_.layers[place];
    if (layer.has_weights() && arithmetic_ == Executor::Arithmetic::tensors) {
      take_step(weights_.weight[place], weight_velocities_[place], gradient, settings_, rate);
      if (weights_.bias[place].defined()) {
        take_step(weights_.bias[place], bias_velocities_[place], bias_gradient, settings_, rate);
      }
    } else if (layer.has_weights()) {
      take_step(weight_parameters_[place], gradient.defined() ? numbers_of(gradient) : std::span<const float>{},
                settings_, rate);
      // The classifier is the one linear layer and the last one.
      if (weights_.bias[place].defined()) {
        take_step(bias_parameters_[place], numbers_of(bias_gradient), settings_, rate);
      }
    } else if (layer.kind == LayerKind::batch_norm && layer.affine) {
      take_step(scale_parameters_[place], norm_gradient.scale, settings_, rate);
      take_step(shift_parameters_[place], norm_gradient.shift, settings_, rate);
    }
  }

  [[nodiscard]] double accuracy_on(const ImageSet& images) const {
    std::size_t hits = 0;
    std::vector<std::uint32_t> numbers;
    for (std::size_t start = 0; start < images.size(); start += measured_at_once) {
      numbers.clear();
      for (std::size_t i = start; i < std::min(start + measured_at_once, images.size()); ++i) {
        numbers.push_back(static_cast<std::uint32_t>(i));
      }
      const ImageBatch batch = make_batch(images, numbers);
      const ForwardState state =
          executor_.forward(weights_, images_of(batch).to(device_), {.normalising = Normalising::running});
      hits += hits_of(state.outputs.back().value, batch.labels);
    }
    return 100.0 * static_cast<double>(hits) / static_cast<double>(images.size());
  }

  const Network& network_;
  at::Device device_;
  Executor::Arithmetic arithmetic_;
  Executor executor_;
  const TrainingImages& images_;
  const TrainingSettings& settings_;
  Weights weights_;
  std::uint64_t steps_an_epoch_;
  /// By place of the layer; weights and biases as numbers in the host's memory, or as tensors, by the arithmetic.
  std::vector<SgdParameters> weight_parameters_;
  std::vector<SgdParameters> bias_parameters_;
  std::vector<at::Tensor> weight_velocities_;
  std::vector<at::Tensor> bias_velocities_;
  std::vector<SgdParameters> scale_parameters_;
  std::vector<SgdParameters> shift_parameters_;
};

}  // namespace

TrainingResult train_by_torch(const Network& network, const TrainingImages& images, const TrainingSettings& settings,
                              const std::function<bool()>& should_stop) {
  use_one_thread();
  // Without the bookkeeping of automatic differentiation, which nothing here uses.
  const c10::InferenceMode inference;
  TrainingResult result;
  // The weights may not fit the memory either.
  const at::Device device = set_up_device(settings.cuda_device);
  const auto failure =
      failure_of(device, [&] { result = Training(network, images, settings, device).run(should_stop); });
  result.reason = failure.value_or(result.reason);
  return result;
}

}  // namespace zcmpi
