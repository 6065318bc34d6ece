/// \file
/// Training a network for real: stochastic gradient descent on images, and its accuracy on images that it was not
/// trained on.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "zcmpi/data/image_batch.hpp"
#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

enum class Momentum : std::uint8_t { heavy_ball, nesterov };

/// Defaults are the benchmarks' where they agree; epochs are for networks of minutes, not of hours.
struct TrainingSettings {
  std::uint32_t epochs = 3;
  std::uint32_t batch = 128;
  /// At the first step; it falls along half a cosine to 0 behind the last one.
  double learning_rate = 0.1;
  double momentum = 0.9;
  Momentum momentum_kind = Momentum::nesterov;
  /// Of all parameters, as the benchmarks have it.
  double weight_decay = 5e-4;
  Augmentation augmentation = Augmentation::none;
  /// Accuracies on images that are not trained on are taken after every so many epochs, and after the last one; 0:
  /// after the last one alone.
  std::uint32_t validation_interval = 0;
  /// Of the first weights, the order of the images and their augmentation.
  std::uint64_t seed = 1;
  /// Below proxy_device_count(); nullopt: the host.
  std::optional<int> cuda_device{};
  NetworkArithmetic arithmetic = NetworkArithmetic::fastest;
};

/// What the network is trained and measured on. All are normalised as the training images.
struct TrainingImages {
  const ImageSet& training;
  const ImageSet& validation;
  /// Null when there are none.
  const ImageSet* test = nullptr;
};

/// NaN stands for what was not measured. Accuracies are in percent.
struct TrainingEpoch {
  /// Mean cross-entropy and accuracy over the epoch's batches, each before its step.
  double loss = std::numeric_limits<double>::quiet_NaN();
  double training_accuracy = std::numeric_limits<double>::quiet_NaN();
  double validation_accuracy = std::numeric_limits<double>::quiet_NaN();
  double test_accuracy = std::numeric_limits<double>::quiet_NaN();
  /// Of training and measuring.
  double seconds = 0.0;
};

struct TrainingResult {
  /// One an epoch that was begun.
  std::vector<TrainingEpoch> epochs;
  /// Why training ended before its last epoch; empty when it did not. Then there is no accuracy.
  std::string reason;

  /// After the last epoch; NaN when training ended early.
  [[nodiscard]] double validation_accuracy() const;
  [[nodiscard]] double test_accuracy() const;
  [[nodiscard]] double seconds() const;
};

/// The share of the first learning rate that step `step` of `steps` takes: half a cosine from 1 to 0.
double cosine_schedule(std::uint64_t step, std::uint64_t steps);

/// Throws InputError when images or settings do not fit the network or each other.
void check_training(const Network& network, const TrainingImages& images, const TrainingSettings& settings);

/// Trains the network from the weights of the seed (as Layer::initial_weights says; scales 1, shifts 0). Batch
/// normalisations that have parameters learn them; on images that are not trained on they normalise by running
/// statistics. An epoch's last batch holds what is left of the images. The same on every call with the same arguments
/// on the same machine. A loss that is no number ends training with a reason, and so does memory that does not suffice.
/// `should_stop` is asked before each batch; when it says yes training ends with the reason "stopped". Throws
/// InputError when images or settings do not fit, or when there is no LibTorch. Runs on one thread, and sets
/// LibTorch to one thread.
TrainingResult train_network(const Network& network, const TrainingImages& images, const TrainingSettings& settings,
                             const std::function<bool()>& should_stop = {});

}  // namespace zcmpi
