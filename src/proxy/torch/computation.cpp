#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "../computation.hpp"
#include "../patterns.hpp"
#include "../plan.hpp"
#include "devices.hpp"
#include "executor.hpp"
#include "library.hpp"
#include "scores.hpp"
#include "tensors.hpp"
#include "weights.hpp"
#include "zcmpi/data/computed_table.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view no_path = "no path leads from the images to the classifier";
constexpr std::string_view one_number = "a batch normalisation sees one number of each channel";
constexpr std::string_view not_finite = "the network's values are not finite";

double sum_of_numbers(const at::Tensor& tensor) { return tensor.sum(at::kDouble).item<double>(); }

double inner_product(const at::Tensor& a, const at::Tensor& b) { return sum_of_numbers(a * b); }

/// Patterns of active units say nothing of a NaN, which has to be looked for. What is not there is 0.
bool is_finite(const at::Tensor& tensor) { return !tensor.defined() || tensor.isfinite().all().item<bool>(); }

/// Zeros in the place of what is not there.
at::Tensor or_zeros(const at::Tensor& tensor, const at::Tensor& like) {
  return tensor.defined() ? tensor : at::zeros_like(like);
}

/// The gradient of the mean cross-entropy by the logits, and its derivative along the logits' tangent.
Dual loss_gradient(const Dual& logits, std::span<const std::uint32_t> labels) {
  const at::Tensor share = at::softmax(logits.value, 1);
  at::Tensor places = at::empty({static_cast<std::int64_t>(labels.size()), 1}, at::kLong);
  std::ranges::copy(labels, places.data_ptr<std::int64_t>());
  places = places.to(share.device());
  const at::Tensor gradient = share.scatter_add(1, places, at::full(places.sizes(), -1.0, share.options()));
  const auto images = static_cast<double>(labels.size());
  Dual result{gradient / images, {}};
  if (logits.tangent.defined()) {
    const at::Tensor mean = (share * logits.tangent).sum(at::IntArrayRef{1}, true);
    result.tangent = share * (logits.tangent - mean) / images;
  }
  return result;
}

/// One network, one batch, the proxies asked for.
class Computation {
 public:
  Computation(const Network& network, const ImageBatch& batch, std::span<const Proxy> proxies,
              const ProxyOptions& options, const Randomness& randomness)
      : network_(network),
        device_(set_up_device(options.cuda_device)),
        executor_(network, arithmetic_on(device_, options.arithmetic)),
        batch_(batch),
        options_(options),
        randomness_(randomness),
        wanted_(proxies.begin(), proxies.end()),
        last_(static_cast<std::uint32_t>(network.layers.size() - 1)) {
    for (const Pass pass : plan_passes(proxies)) {
      passes_.insert(pass);
    }
  }

  std::vector<ProxyValue> run(std::span<const Proxy> proxies) {
    count();
    // One after the other, so that one pass' values are in memory at a time.
    attempt_batch();
    attempt({Pass::half_gradients}, [&] { run_half_gradients(); });
    attempt({Pass::image_gradients}, [&] { run_image_gradients(); });
    attempt({Pass::saliency}, [&] { run_saliency(); });
    attempt({Pass::gaussian_pair, Pass::gaussian_forward}, [&] { run_gaussian(); });
    attempt({Pass::kaiming_forward, Pass::block_gradients}, [&] { run_blocks(); });
    std::vector<ProxyValue> values;
    for (const Proxy proxy : proxies) {
      values.push_back(value_of(proxy));
    }
    return values;
  }

 private:
  [[nodiscard]] bool wants(Proxy proxy) const { return wanted_.contains(proxy); }
  [[nodiscard]] bool makes(Pass pass) const { return passes_.contains(pass); }

  void set(Proxy proxy, Score score) { scores_[proxy] = std::move(score); }

  /// Computes the score on the proxy's account, when it is wanted.
  template <class MakeScore>
  void score(Proxy proxy, const MakeScore& make_score) {
    if (wants(proxy)) {
      set(proxy, timed_on(device_, own_seconds_[proxy], make_score));
    }
  }

  /// Runs the action when one of its passes is needed. When LibTorch cannot do it, the passes' proxies are missing.
  void attempt(std::initializer_list<Pass> passes, const std::function<void()>& action) {
    if (std::ranges::none_of(passes, [&](Pass pass) { return makes(pass); })) {
      return;
    }
    if (const auto failure = failure_of(device_, action)) {
      for (const Pass pass : passes) {
        failures_.try_emplace(pass, *failure);
      }
    }
  }

  /// Where the memory does not suffice for all passes over the batch at once, those that keep more are given up, step
  /// by step, so that they do not take along the proxies that need less.
  void attempt_batch() {
    const auto attempt_passes = [&] {
      attempt({Pass::forward, Pass::loss_gradient, Pass::scale_derivative, Pass::input_gradient}, [&] { run_batch(); });
    };
    attempt_passes();
    const std::set backward{Pass::scale_derivative, Pass::loss_gradient, Pass::input_gradient};
    for (const auto& given_up : {std::set{Pass::scale_derivative}, backward}) {
      const auto failure = failures_.find(Pass::forward);
      if (failure == failures_.end() || !failure->second.starts_with(no_memory)) {
        return;
      }
      if (std::ranges::any_of(given_up, [&](Pass pass) { return makes(pass); })) {
        go_on_without(given_up);
        attempt_passes();
      }
    }
  }

  /// Plans anew what has no score yet and does not need these passes, and forgets what an attempt of it took.
  void go_on_without(const std::set<Pass>& given_up) {
    std::vector<Proxy> rest;
    std::ranges::copy_if(wanted_, std::back_inserter(rest), [&](Proxy proxy) {
      return !scores_.contains(proxy) &&
             std::ranges::none_of(passes_of(proxy), [&](Pass pass) { return given_up.contains(pass); });
    });
    const auto passes = plan_passes(rest);
    passes_ = {passes.begin(), passes.end()};
    for (const Pass pass : passes) {
      failures_.erase(pass);
      pass_seconds_.erase(pass);
    }
    for (const Proxy proxy : wanted_) {
      const auto needed = passes_of(proxy);
      if (!needed.empty() && std::ranges::all_of(needed, [&](Pass pass) { return makes(pass); })) {
        own_seconds_.erase(proxy);
      }
    }
  }

  [[nodiscard]] ProxyValue value_of(Proxy proxy) const {
    ProxyValue value{.proxy = proxy};
    const auto found = scores_.find(proxy);
    if (found != scores_.end()) {
      value.value = found->second.value;
      value.reason = found->second.reason;
    }
    const auto own = own_seconds_.find(proxy);
    value.seconds = own == own_seconds_.end() ? 0.0 : own->second;
    if (const auto initialisation = initialisation_of(proxy)) {
      const auto drawing = drawing_seconds_.find(*initialisation);
      value.seconds += drawing == drawing_seconds_.end() ? 0.0 : drawing->second;
    }
    for (const Pass pass : passes_of(proxy)) {
      const auto seconds = pass_seconds_.find(pass);
      value.seconds += seconds == pass_seconds_.end() ? 0.0 : seconds->second;
      const auto failure = failures_.find(pass);
      if (failure != failures_.end() && std::isnan(value.value) && value.reason.empty()) {
        value.reason = failure->second;
      }
    }
    if (!std::isfinite(value.value)) {
      if (value.reason.empty()) {
        value.reason = std::isnan(value.value) ? "the value is nan"
                       : value.value > 0.0     ? "the value is inf"
                                               : "the value is -inf";
      }
      value.value = std::numeric_limits<double>::quiet_NaN();
    }
    return value;
  }

  /// On the account of all proxies that need these weights: not to be called while anything else is timed.
  [[nodiscard]] Weights make_weights(Initialisation initialisation) {
    // Without those of a drawing that failed.
    double& seconds = drawing_seconds_[initialisation] = 0.0;
    return timed_on(device_, seconds, [&] {
      Weights weights = draw_weights(network_, randomness_, initialisation);
      for (auto* tensors : {&weights.weight, &weights.bias}) {
        for (at::Tensor& tensor : *tensors) {
          tensor = tensor.defined() ? tensor.to(device_) : tensor;
        }
      }
      return weights;
    });
  }

  /// By the statistics of the batch. Throws NotDefined where those are of one number, of which every normalisation
  /// makes 0.
  [[nodiscard]] ForwardState forward(const Weights& weights, const at::Tensor& images, const ForwardRequest& request) {
    ForwardState state = executor_.forward(weights, images, request);
    if (std::ranges::any_of(state.statistics,
                            [](const auto& statistics) { return statistics && statistics->rows == 1; })) {
      throw NotDefined(std::string(one_number));
    }
    return state;
  }

  [[nodiscard]] std::array<std::int64_t, 4> image_sizes(std::size_t images) const {
    const auto& [channels, height, width] = network_.image();
    return {static_cast<std::int64_t>(images), channels, height, width};
  }

  [[nodiscard]] at::Tensor batch_images() const { return images_of(batch_).to(device_); }

  [[nodiscard]] at::Tensor random_images(RandomInput input) const {
    at::Tensor images = at::empty(image_sizes(batch_.size()));
    randomness_.fill_input(input, 0, writable_numbers_of(images));
    return images.contiguous(at::MemoryFormat::ChannelsLast).to(device_);
  }

  /// The network's features depend on the images.
  [[nodiscard]] bool has_path(const ForwardState& state) const {
    return state.outputs[executor_.schedule().inputs(last_).front()].value.defined();
  }

  const Weights& standard_weights() {
    if (!standard_weights_) {
      standard_weights_ = make_weights(Initialisation::standard);
    }
    return *standard_weights_;
  }

  void count();
  void run_batch();
  void score_loss_gradient(const ForwardState& state);
  void score_input_gradient(const ForwardState& state);
  void run_half_gradients();
  void run_image_gradients();
  void run_saliency();
  void run_gaussian();
  void run_zen(const Weights& weights);
  void run_swap(const Weights& weights);
  void run_blocks();
  void score_entropies(const ForwardState& state);
  void score_trainability(const Weights& weights, const ForwardState& state);

  const Network& network_;
  at::Device device_;
  Executor executor_;
  const ImageBatch& batch_;
  const ProxyOptions& options_;
  const Randomness& randomness_;
  std::set<Proxy> wanted_;
  std::set<Pass> passes_;
  std::uint32_t last_;
  std::optional<Weights> standard_weights_;
  std::map<Proxy, Score> scores_;
  std::map<Proxy, double> own_seconds_;
  std::map<Pass, double> pass_seconds_;
  std::map<Initialisation, double> drawing_seconds_;
  std::map<Pass, std::string> failures_;
};

void Computation::count() {
  for (const Proxy proxy : {Proxy::params, Proxy::flops, Proxy::az_complexity}) {
    // On no device: the first call of one may fail, and that is the reason of passes.
    if (wants(proxy)) {
      set(proxy, Score{timed(own_seconds_[proxy], [&] { return counted(network_, proxy); })});
    }
  }
  if (!wants(Proxy::l2_norm)) {
    return;
  }
  const auto failure = failure_of(device_, [&] {
    const Weights& weights = standard_weights();
    score(Proxy::l2_norm, [&] {
      Score sum{0.0};
      for (const at::Tensor& weight : weights.weight) {
        sum.value += weight.defined() ? std::sqrt(inner_product(weight, weight)) : 0.0;
      }
      return sum;
    });
  });
  if (failure) {
    set(Proxy::l2_norm, missing(*failure));
  }
}

void Computation::run_batch() {
  const Weights& weights = standard_weights();
  PatternAgreement agreement(batch_.size());
  Score meco{0.0};
  ForwardRequest request;
  request.on_value = [&](std::uint32_t place, const at::Tensor& value) {
    const Layer& layer = network_.layers[place];
    const std::uint32_t times = executor_.schedule().multiplicity(place);
    if (layer.kind == LayerKind::relu && wants(Proxy::nwot)) {
      timed_on(device_, own_seconds_[Proxy::nwot], [&] {
        value.defined() ? agreement.add(numbers_of(value.cpu()), times)
                        : agreement.add_inactive(layer.shape.size() * times);
      });
    }
    if (layer.kind != LayerKind::input && wants(Proxy::meco) && value.defined() && value.dim() == 4) {
      timed_on(device_, own_seconds_[Proxy::meco],
               [&] { meco.value += times * smallest_channel_eigenvalue(value[0].cpu()); });
    }
  };
  const bool backward = makes(Pass::loss_gradient) || makes(Pass::input_gradient);
  request.keep = backward ? ForwardRequest::Keep::for_backward : ForwardRequest::Keep::nothing;
  request.kept_places = {network_.feature_map, network_.layers.back().inputs.front()};
  request.scaling = makes(Pass::scale_derivative) ? ForwardRequest::Scaling::weights : ForwardRequest::Scaling::none;
  const at::Tensor images = batch_images();
  double seconds = 0.0;
  const ForwardState state = timed_on(device_, seconds, [&] { return forward(weights, images, request); });
  pass_seconds_[Pass::forward] =
      seconds - own_seconds_[Proxy::nwot] - own_seconds_[Proxy::meco] - state.tangent_seconds;
  pass_seconds_[Pass::scale_derivative] += state.tangent_seconds;
  set(Proxy::meco, meco);
  score(Proxy::nwot, [&] {
    if (!is_finite(state.outputs[last_].value)) {
      return missing(std::string(not_finite));
    }
    const auto kernel = agreement.kernel();
    const auto images_count = static_cast<std::int64_t>(batch_.size());
    return log_determinant(at::tensor(kernel).view({images_count, images_count}));
  });
  if (!has_path(state)) {
    failures_[Pass::loss_gradient] = failures_[Pass::input_gradient] = no_path;
    return;
  }
  if (makes(Pass::loss_gradient)) {
    score_loss_gradient(state);
  }
  if (makes(Pass::input_gradient)) {
    score_input_gradient(state);
  }
}

void Computation::score_loss_gradient(const ForwardState& state) {
  const Weights& weights = standard_weights();
  double grad_norm = 0.0;
  double plain = 0.0;
  double snip = 0.0;
  double fisher = 0.0;
  double grasp = 0.0;
  BackwardRequest request;
  request.from = last_;
  request.seed = loss_gradient(state.outputs[last_], batch_.labels);
  request.on_weight_gradient = [&](std::uint32_t place, const Dual& gradient) {
    const at::Tensor product = weights.weight[place] * gradient.value;
    const double square = inner_product(gradient.value, gradient.value);
    grad_norm += std::sqrt(square);
    plain += sum_of_numbers(product);
    snip += sum_of_numbers(product.abs());
    // The gradient's derivative along the weights is the Hessian's product with them, and the Hessian is symmetric.
    grasp -= gradient.tangent.defined() ? inner_product(gradient.value, gradient.tangent) : 0.0;
  };
  if (wants(Proxy::fisher)) {
    request.on_output_gradient = [&](std::uint32_t place, const at::Tensor& gradient) {
      const at::Tensor& value = state.outputs[place].value;
      if (value.defined()) {
        const at::Tensor product = value * gradient;
        const at::Tensor by_channel = product.dim() == 4 ? product.sum(at::IntArrayRef{2, 3}) : product;
        fisher += 0.5 * inner_product(by_channel, by_channel) / static_cast<double>(batch_.size()) *
                  network_.layers[place].fan_in;
      }
    };
  }
  const double tangent_seconds = timed_on(device_, pass_seconds_[Pass::loss_gradient], [&] {
                                   return executor_.backward(weights, state, request);
                                 }).tangent_seconds;
  pass_seconds_[Pass::loss_gradient] -= tangent_seconds;
  pass_seconds_[Pass::scale_derivative] += tangent_seconds;
  set(Proxy::grad_norm, {grad_norm});
  set(Proxy::plain, {plain});
  set(Proxy::snip, {snip});
  set(Proxy::fisher, {fisher});
  if (makes(Pass::scale_derivative)) {
    set(Proxy::grasp, {grasp});
  }
}

void Computation::score_input_gradient(const ForwardState& state) {
  BackwardRequest request;
  request.from = last_;
  request.seed = {at::ones_like(state.outputs[last_].value), {}};
  request.stop_gradient = BackwardRequest::StopGradient::wanted;
  const at::Tensor gradient = timed_on(device_, pass_seconds_[Pass::input_gradient], [&] {
                                return executor_.backward(standard_weights(), state, request);
                              }).gradient.value;
  if (!gradient.defined()) {
    failures_[Pass::input_gradient] = no_path;
    return;
  }
  const at::Tensor rows = gradient.flatten(1).cpu();
  score(Proxy::jacov, [&] { return jacov_score(rows); });
  score(Proxy::epe_nas, [&] { return epe_nas_score(rows, batch_.labels, network_.classes()); });
}

void Computation::run_half_gradients() {
  const auto half = static_cast<std::int64_t>(batch_.size() / 2);
  if (half == 0) {
    set(Proxy::zico, missing("a batch of one image has no halves"));
    return;
  }
  const Weights& weights = standard_weights();
  const at::Tensor images = batch_images();
  std::array<std::vector<at::Tensor>, 2> gradients;
  bool is_reached = false;
  timed_on(device_, pass_seconds_[Pass::half_gradients], [&] {
    for (std::size_t i = 0; i < 2; ++i) {
      gradients[i].resize(network_.layers.size());
      const auto start = static_cast<std::int64_t>(i) * half;
      const ForwardState state =
          forward(weights, images.narrow(0, start, half), {.keep = ForwardRequest::Keep::for_backward});
      is_reached = has_path(state);
      BackwardRequest request;
      request.from = last_;
      request.seed = loss_gradient(
          state.outputs[last_],
          std::span(batch_.labels).subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(half)));
      request.on_weight_gradient = [&](std::uint32_t place, const Dual& gradient) {
        gradients[i][place] = gradient.value;
      };
      executor_.backward(weights, state, request);
    }
  });
  score(Proxy::zico, [&] {
    double sum = 0.0;
    bool differ = false;
    for (std::uint32_t place = 0; place <= last_; ++place) {
      if (!gradients[0][place].defined()) {
        continue;
      }
      const at::Tensor deviation = (gradients[0][place] - gradients[1][place]).abs() / 2.0;
      const at::Tensor mean = (gradients[0][place].abs() + gradients[1][place].abs()) / 2.0;
      // NaN is none of the zeros that are left out.
      const double ratios = sum_of_numbers(at::where(deviation == 0.0, at::zeros_like(mean), mean / deviation));
      sum += ratios != 0.0 ? std::log(ratios) : 0.0;
      differ = differ || ratios != 0.0;
    }
    if (!is_reached) {
      return missing(std::string(no_path));
    }
    return differ ? Score{sum} : missing("the halves of the batch have the same gradients");
  });
}

void Computation::run_image_gradients() {
  const auto images = static_cast<std::int64_t>(std::min<std::size_t>(options_.ntk_images, batch_.size()));
  const Weights& weights = standard_weights();
  std::map<std::uint32_t, std::vector<at::Tensor>> gradients;
  at::Tensor kernel = at::zeros({images, images}, at::TensorOptions(at::kDouble).device(device_));
  bool reached = false;
  timed_on(device_, pass_seconds_[Pass::image_gradients], [&] {
    const ForwardState state =
        forward(weights, batch_images().narrow(0, 0, images), {.keep = ForwardRequest::Keep::for_backward});
    reached = has_path(state);
    for (std::int64_t i = 0; reached && i < images; ++i) {
      BackwardRequest request;
      request.from = last_;
      request.seed = {at::zeros_like(state.outputs[last_].value), {}};
      request.seed.value[i].fill_(1.0);
      request.on_weight_gradient = [&](std::uint32_t place, const Dual& gradient) {
        gradients[place].push_back(gradient.value.flatten());
      };
      executor_.backward(weights, state, request);
    }
    for (const auto& [place, rows] : gradients) {
      const at::Tensor matrix = at::stack(rows).to(at::kDouble);
      kernel += at::mm(matrix, matrix.t());
    }
  });
  score(Proxy::ntk_cond, [&] { return reached ? condition_number(kernel.cpu()) : missing(std::string(no_path)); });
}

void Computation::run_saliency() {
  double sum = 0.0;
  double sum_of_logs = 0.0;
  bool reached = false;
  Weights weights = standard_weights();
  timed_on(device_, pass_seconds_[Pass::saliency], [&] {
    for (auto* tensors : {&weights.weight, &weights.bias}) {
      for (at::Tensor& tensor : *tensors) {
        tensor = tensor.defined() ? tensor.to(at::kDouble).abs() : tensor;
      }
    }
    const ForwardState state =
        executor_.forward(weights,
                          at::ones(image_sizes(1), at::TensorOptions(at::kDouble).device(device_))
                              .contiguous(at::MemoryFormat::ChannelsLast),
                          {.keep = ForwardRequest::Keep::for_backward, .normalising = Normalising::none});
    reached = has_path(state);
    BackwardRequest request;
    request.from = last_;
    request.seed = {at::ones_like(state.outputs[last_].value), {}};
    request.on_weight_gradient = [&](std::uint32_t place, const Dual& gradient) {
      sum += sum_of_numbers((weights.weight[place] * gradient.value).abs());
      if (wants(Proxy::log_synflow)) {
        sum_of_logs += sum_of_numbers(weights.weight[place] * gradient.value.abs().log1p());
      }
    };
    executor_.backward(weights, state, request);
  });
  set(Proxy::log_synflow, reached ? Score{sum_of_logs} : missing(std::string(no_path)));
  set(Proxy::synflow, reached ? Score{std::log(sum)} : missing(std::string(no_path)));
}

void Computation::run_gaussian() {
  const Weights weights = make_weights(Initialisation::gaussian);
  if (makes(Pass::gaussian_pair)) {
    run_zen(weights);
  }
  if (makes(Pass::gaussian_forward)) {
    run_swap(weights);
  }
}

void Computation::run_zen(const Weights& weights) {
  constexpr double momentum = 0.1;
  constexpr double change = 0.01;
  std::array<at::Tensor, 2> features;
  std::array<ForwardState, 2> states;
  timed_on(device_, pass_seconds_[Pass::gaussian_pair], [&] {
    const at::Tensor images = random_images(RandomInput::zen_images);
    const std::array inputs{images, images + change * random_images(RandomInput::zen_changes)};
    for (std::size_t i = 0; i < 2; ++i) {
      states[i] = forward(weights, inputs[i], {.until = network_.feature_map});
      features[i] = std::exchange(states[i].outputs[executor_.schedule().same_as(network_.feature_map)].value, {});
      states[i].outputs.clear();
    }
  });
  score(Proxy::zen, [&] {
    if (!features[0].defined()) {
      return missing(std::string(no_path));
    }
    const double response = sum_of_numbers((features[0] - features[1]).abs()) / static_cast<double>(batch_.size());
    double scales = 0.0;
    for (std::uint32_t place = 0; place <= last_; ++place) {
      const Layer& layer = network_.layers[place];
      if (layer.kind != LayerKind::batch_norm) {
        continue;
      }
      // The mean over channels of running variances that begin at 1; those of zeros see a variance of 0.
      double running = 1.0;
      for (const ForwardState& state : states) {
        double variance = 0.0;
        if (const auto& statistics = state.statistics[place]) {
          const auto rows = static_cast<double>(statistics->rows);
          for (const float channel : statistics->variance) {
            variance += static_cast<double>(channel) * rows / std::max(rows - 1.0, 1.0) / layer.shape.channels;
          }
        }
        running = (1.0 - momentum) * running + momentum * variance;
      }
      scales += 0.5 * std::log(running);
    }
    return Score{std::log(response) + scales};
  });
}

void Computation::run_swap(const Weights& weights) {
  UnitPatterns patterns(batch_.size());
  ForwardRequest request;
  request.on_value = [&](std::uint32_t place, const at::Tensor& value) {
    if (network_.layers[place].kind == LayerKind::relu) {
      value.defined() ? patterns.add(numbers_of(value.cpu())) : patterns.add_inactive();
    }
  };
  request.until = network_.feature_map;
  const ForwardState state = timed_on(device_, pass_seconds_[Pass::gaussian_forward],
                                      [&] { return forward(weights, batch_images(), request); });
  score(Proxy::swap, [&] {
    return is_finite(state.outputs[executor_.schedule().same_as(network_.feature_map)].value)
               ? Score{static_cast<double>(patterns.count_distinct())}
               : missing(std::string(not_finite));
  });
}

void Computation::run_blocks() {
  const Weights weights = make_weights(Initialisation::kaiming);
  ForwardRequest request;
  request.keep = makes(Pass::block_gradients) ? ForwardRequest::Keep::for_backward : ForwardRequest::Keep::nothing;
  request.kept_places = network_.blocks;
  const ForwardState state = timed_on(device_, pass_seconds_[Pass::kaiming_forward],
                                      [&] { return forward(weights, random_images(RandomInput::az_images), request); });
  const bool constant = std::ranges::any_of(network_.blocks, [&](std::uint32_t block) {
    return !state.outputs[executor_.schedule().same_as(block)].value.defined();
  });
  if (constant) {
    failures_[Pass::kaiming_forward] = no_path;
    return;
  }
  score_entropies(state);
  if (makes(Pass::block_gradients)) {
    score_trainability(weights, state);
  }
}

void Computation::score_entropies(const ForwardState& state) {
  double seconds = 0.0;
  Score sum{0.0};
  Score smallest{std::numeric_limits<double>::infinity()};
  timed_on(device_, seconds, [&] {
    std::optional<double> before;
    for (const std::uint32_t block : network_.blocks) {
      const Score entropy = spectral_entropy(state.outputs[executor_.schedule().same_as(block)].value.cpu());
      if (!entropy.reason.empty()) {
        sum = smallest = entropy;
        return;
      }
      sum.value += entropy.value;
      smallest.value = std::min(smallest.value, before ? entropy.value - *before : smallest.value);
      before = entropy.value;
    }
  });
  for (const Proxy proxy : {Proxy::az_expressivity, Proxy::az_progressivity}) {
    own_seconds_[proxy] = seconds;
  }
  set(Proxy::az_expressivity, sum);
  set(Proxy::az_progressivity, smallest);
}

void Computation::score_trainability(const Weights& weights, const ForwardState& state) {
  timed_on(device_, pass_seconds_[Pass::block_gradients], [&] {
    Score mean{0.0};
    for (std::size_t i = 1; i < network_.blocks.size(); ++i) {
      BackwardRequest request;
      request.from = executor_.schedule().same_as(network_.blocks[i]);
      request.stop = executor_.schedule().same_as(network_.blocks[i - 1]);
      request.stop_gradient = BackwardRequest::StopGradient::wanted;
      const at::Tensor& output = state.outputs[request.from].value;
      at::Tensor signs = at::empty(output.sizes());
      randomness_.fill_input(RandomInput::az_gradients, static_cast<std::uint32_t>(i), writable_numbers_of(signs));
      request.seed.value = signs.contiguous(at::MemoryFormat::ChannelsLast).to(device_);
      const at::Tensor gradient =
          or_zeros(executor_.backward(weights, state, request).gradient.value, state.outputs[request.stop].value);
      const Score score = isometry(gradient.cpu(), request.seed.value.cpu());
      if (!score.reason.empty()) {
        mean = score;
        break;
      }
      mean.value += score.value / static_cast<double>(network_.blocks.size() - 1);
    }
    set(Proxy::az_trainability, mean);
  });
}

}  // namespace

std::vector<ProxyValue> compute_by_torch(const Network& network, const ImageBatch& batch,
                                         std::span<const Proxy> proxies, const ProxyOptions& options,
                                         const Randomness& randomness) {
  use_one_thread();
  const c10::InferenceMode inference;
  return Computation(network, batch, proxies, options, randomness).run(proxies);
}

}  // namespace zcmpi
