#include "training.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <string_view>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/platform.hpp"

namespace zcmpi {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void check_images(const Network& network, [[maybe_unused]] const ImageSet& training, const ImageSet& images,
                  std::string_view part) {
  if (images.shape != network.image()) {
    throw InputError(fmt::format("the {} images do not fit the network: {} x {} x {}, expected {} x {} x {}", part,
                                 images.shape.channels, images.shape.height, images.shape.width,
                                 network.image().channels, network.image().height, network.image().width));
  }
  if (images.classes > network.classes()) {
    throw InputError(fmt::format("the network has {} classes and the {} images {}: expected at least as many",
                                 network.classes(), part, images.classes));
  }
  if (images.size() == 0) {
    throw InputError(fmt::format("there are no {} images: expected at least one", part));
  }
  ZCMPI_EXPECT(images.normalisation == training.normalisation);
}

void check_number(bool good, std::string_view name, double value, std::string_view expected) {
  if (!good) {
    throw InputError(fmt::format("{} cannot be {} (training): expected {}", name, value, expected));
  }
}

}  // namespace

double TrainingResult::validation_accuracy() const {
  return reason.empty() && !epochs.empty() ? epochs.back().validation_accuracy : nan;
}

double TrainingResult::test_accuracy() const {
  return reason.empty() && !epochs.empty() ? epochs.back().test_accuracy : nan;
}

double TrainingResult::seconds() const {
  return std::accumulate(epochs.begin(), epochs.end(), 0.0,
                         [](double sum, const TrainingEpoch& epoch) { return sum + epoch.seconds; });
}

double cosine_schedule(std::uint64_t step, std::uint64_t steps) {
  return 0.5 * (1.0 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(steps)));
}

void check_training(const Network& network, const TrainingImages& images, const TrainingSettings& settings) {
  check_images(network, images.training, images.training, "training");
  check_images(network, images.training, images.validation, "validation");
  if (images.test != nullptr) {
    check_images(network, images.training, *images.test, "test");
  }
  check_number(settings.epochs > 0, "epochs", settings.epochs, "at least 1");
  check_number(settings.batch > 1, "the batch", settings.batch, "at least 2 images");
  check_number(std::isfinite(settings.learning_rate) && settings.learning_rate > 0.0, "the learning rate",
               settings.learning_rate, "a number above 0");
  check_number(settings.momentum >= 0.0 && settings.momentum < 1.0, "the momentum", settings.momentum,
               "a number from 0 to below 1");
  check_number(std::isfinite(settings.weight_decay) && settings.weight_decay >= 0.0, "the weight decay",
               settings.weight_decay, "0 or more");
}

void take_step(SgdParameters& parameters, std::span<const float> gradient, const TrainingSettings& settings,
               double learning_rate) {
  const std::size_t n = parameters.values.size();
  ZCMPI_EXPECT(gradient.empty() || gradient.size() == n);
  const bool first = parameters.velocity.empty();
  parameters.velocity.resize(n);
  const bool nesterov = settings.momentum_kind == Momentum::nesterov;
  const auto decay = static_cast<float>(settings.weight_decay);
  const auto momentum = static_cast<float>(settings.momentum);
  const float kept = first ? 0.0F : momentum;
  // What the value falls by is a mix of both: 1 and the momentum by Nesterov, else the velocity alone.
  const float own_share = nesterov ? 1.0F : 0.0F;
  const float velocity_share = nesterov ? momentum : 1.0F;
  const auto rate = static_cast<float>(learning_rate);
  float* const values = parameters.values.data();
  float* const velocity = parameters.velocity.data();
  const float* const by_value = gradient.data();
  const bool known = !gradient.empty();
  ZCMPI_INDEPENDENT_ITERATIONS
  for (std::size_t i = 0; i < n; ++i) {
    const float change = (known ? by_value[i] : 0.0F) + decay * values[i];
    velocity[i] = kept * velocity[i] + change;
    values[i] -= rate * (own_share * change + velocity_share * velocity[i]);
  }
}

}  // namespace zcmpi
