#include "zcmpi/proxy/training.hpp"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <cmath>
#include <new>

#include "autograd_reference.hpp"
#include "support.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

using testing::HasSubstr;

const SearchSpace& nb201() { return find_space("nb201"); }

constexpr std::string_view good =
    "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|none~2|";
constexpr std::string_view without_path = "|none~0|+|nor_conv_3x3~0|none~1|+|none~0|nor_conv_3x3~1|none~2|";

Network small_network(std::string_view architecture) {
  return build_network(nb201(), nb201().parse(architecture),
                       {.channels = 4, .cells = 1, .classes = 4, .image = {1, 8, 8}});
}

TEST(Training, LearnsWhatTheImagesShow) {
  const Network network = small_network(good);
  const auto training = quarters(240, 1);
  const auto validation = quarters(300, 2);
  const auto test = quarters(100, 3);
  const auto result =
      train_network(network, {training, validation, &test}, {.epochs = 6, .batch = 32, .validation_interval = 1});
  EXPECT_EQ(result.reason, "");
  ASSERT_EQ(result.epochs.size(), 6U);
  EXPECT_LT(result.epochs.back().loss, 0.5 * result.epochs.front().loss);
  EXPECT_GT(result.epochs.back().training_accuracy, 90.0);
  EXPECT_GT(result.validation_accuracy(), 85.0) << "chance is 25";
  EXPECT_GT(result.test_accuracy(), 85.0);
  EXPECT_GT(result.seconds(), 0.0);
}

TEST(Training, EndsWithAReasonWhereTheMemoryDoesNotSuffice) {
  const Network network = small_network(good);
  const auto images = quarters(40, 1);
  const auto host = train_network(network, {images, images}, {}, []() -> bool { throw std::bad_alloc(); });
  const auto device = train_network(network, {images, images}, {}, []() -> bool {
    throw c10::OutOfMemoryError({__func__, __FILE__, __LINE__}, "CUDA out of memory.");
  });
  for (const auto& result : {host, device}) {
    EXPECT_EQ(result.reason, "the memory does not suffice");
    EXPECT_TRUE(std::isnan(result.validation_accuracy()));
  }
}

TEST(Training, OfTheSameSeedGivesTheSameBits) {
  const Network network = small_network(good);
  const auto images = quarters(100, 1);
  const auto train = [&](std::uint64_t seed, Augmentation augmentation) {
    return train_network(network, {images, images},
                         {.epochs = 2, .batch = 32, .augmentation = augmentation, .seed = seed})
        .epochs.back();
  };
  for (const auto augmentation : {Augmentation::none, Augmentation::crop_and_flip}) {
    EXPECT_EQ(train(1, augmentation).loss, train(1, augmentation).loss);
    EXPECT_EQ(train(1, augmentation).validation_accuracy, train(1, augmentation).validation_accuracy);
    EXPECT_NE(train(1, augmentation).loss, train(2, augmentation).loss);
  }
  EXPECT_NE(train(1, Augmentation::none).loss, train(1, Augmentation::crop_and_flip).loss);
}

TEST(Training, MeasuresAfterTheEpochsThatAreAskedFor) {
  const Network network = small_network(good);
  const auto images = quarters(40, 1);
  const auto measured = [&](std::uint32_t interval) {
    std::vector<bool> result;
    for (const auto& epoch :
         train_network(network, {images, images}, {.epochs = 3, .batch = 20, .validation_interval = interval}).epochs) {
      result.push_back(!std::isnan(epoch.validation_accuracy));
    }
    return result;
  };
  EXPECT_EQ(measured(0), (std::vector{false, false, true}));
  EXPECT_EQ(measured(1), (std::vector{true, true, true}));
  EXPECT_EQ(measured(2), (std::vector{false, true, true}));
}

TEST(Training, OfANetworkWithoutAPathStaysAtChance) {
  const Network network = small_network(without_path);
  const auto images = quarters(400, 1);
  const auto result = train_network(network, {images, images}, {.epochs = 2, .batch = 32});
  EXPECT_EQ(result.reason, "");
  EXPECT_NEAR(result.validation_accuracy(), 25.0, 5.0);
  EXPECT_NEAR(result.epochs.back().loss, std::log(4.0), 0.2);
}

TEST(Training, ThatDivergesSaysWhereAndHasNoAccuracy) {
  const Network network = small_network(good);
  const auto images = quarters(100, 1);
  const auto result = train_network(network, {images, images}, {.epochs = 50, .batch = 20, .learning_rate = 1e30});
  EXPECT_THAT(result.reason, HasSubstr("not finite in epoch"));
  EXPECT_TRUE(std::isnan(result.validation_accuracy()));
  EXPECT_LT(result.epochs.size(), 50U);
}

TEST(Training, StopsBetweenBatchesWhenItIsAsked) {
  const Network network = small_network(good);
  const auto images = quarters(100, 1);
  int batches = 0;
  const auto result =
      train_network(network, {images, images}, {.epochs = 3, .batch = 20}, [&] { return ++batches > 7; });
  EXPECT_EQ(result.reason, "stopped");
  EXPECT_EQ(result.epochs.size(), 2U);
  EXPECT_EQ(batches, 8);
}

TEST(Training, RefusesWhatDoesNotFit) {
  const Network network = small_network(good);
  const auto images = quarters(10, 1);
  const auto refused = [&](const ImageSet& training, const ImageSet& validation, const TrainingSettings& settings) {
    EXPECT_THROW(train_network(network, {training, validation}, settings), InputError);
  };
  auto none = quarters(0, 1);
  auto larger = images;
  larger.shape = {1, 8, 9};
  auto more_classes = images;
  more_classes.classes = 5;
  refused(none, images, {});
  refused(images, larger, {});
  refused(more_classes, images, {});
  refused(images, images, {.epochs = 0});
  refused(images, images, {.batch = 1});
  refused(images, images, {.learning_rate = std::nan("")});
  refused(images, images, {.momentum = 1.0});
  refused(images, images, {.weight_decay = -1.0});
}

/// The same network, written down again with PyTorch's modules' arithmetic: automatic differentiation in double
/// precision and torch::optim::SGD.
class ReferenceTraining {
 public:
  ReferenceTraining(const Network& network, const TrainingSettings& settings) : network_(network), settings_(settings) {
    const Randomness randomness = random_from_seed(settings.seed);
    std::size_t number = 0;
    for (const Layer& layer : network.layers) {
      torch::Tensor first;
      torch::Tensor second;
      if (layer.has_weights()) {
        const bool linear = layer.kind == LayerKind::linear;
        std::vector<float> weights(layer.weights());
        std::vector<float> biases(linear ? layer.shape.channels : 0);
        randomness.fill_weights(Initialisation::standard, number++, layer, weights, biases);
        const std::int64_t kernel = layer.kernel;
        first = torch::tensor(weights)
                    .to(torch::kDouble)
                    .view({layer.shape.channels, layer.fan_in / (kernel * kernel), kernel, kernel});
        first = linear ? first.flatten(1) : first;
        second = linear ? torch::tensor(biases).to(torch::kDouble) : second;
      } else if (layer.kind == LayerKind::batch_norm && layer.affine) {
        first = torch::ones({layer.shape.channels}, torch::kDouble);
        second = torch::zeros({layer.shape.channels}, torch::kDouble);
      }
      running_mean_.push_back(torch::zeros({layer.shape.channels}, torch::kDouble));
      running_variance_.push_back(torch::ones({layer.shape.channels}, torch::kDouble));
      first_.push_back(first.defined() ? first.clone().set_requires_grad(true) : first);
      second_.push_back(second.defined() ? second.clone().set_requires_grad(true) : second);
      for (const auto& tensor : {first_.back(), second_.back()}) {
        if (tensor.defined()) {
          parameters_.push_back(tensor);
        }
      }
    }
  }

  torch::Tensor logits(const ImageBatch& batch, bool training) {
    const auto images = static_cast<std::int64_t>(batch.size());
    std::vector<torch::Tensor> values{torch::tensor(batch.pixels)
                                          .to(torch::kDouble)
                                          .view({images, batch.shape.channels, batch.shape.height, batch.shape.width})};
    for (std::size_t i = 1; i < network_.layers.size(); ++i) {
      std::vector<torch::Tensor> inputs;
      for (const auto input : network_.layers[i].inputs) {
        inputs.push_back(values[input]);
      }
      values.push_back(network_.layers[i].kind == LayerKind::batch_norm
                           ? torch::batch_norm(inputs[0], first_[i], second_[i], running_mean_[i], running_variance_[i],
                                               training, 0.1, 1e-5, false)
                           : reference_layer(network_.layers[i], inputs, first_[i], second_[i], images));
    }
    return values.back();
  }

  /// Trains one epoch and returns the mean loss.
  double train(const ImageSet& images) {
    torch::optim::SGD optimiser(parameters_, torch::optim::SGDOptions(settings_.learning_rate)
                                                 .momentum(settings_.momentum)
                                                 .nesterov(settings_.momentum_kind == Momentum::nesterov)
                                                 .weight_decay(settings_.weight_decay));
    const auto order = epoch_order(images.size(), settings_.seed, 0);
    const std::size_t steps = (images.size() + settings_.batch - 1) / settings_.batch;
    double loss_sum = 0.0;
    for (std::size_t step = 0; step < steps; ++step) {
      const std::size_t start = step * settings_.batch;
      const auto numbers =
          std::span(order).subspan(start, std::min<std::size_t>(settings_.batch, order.size() - start));
      const ImageBatch batch = make_batch(images, numbers, settings_.augmentation, settings_.seed, 0);
      const auto loss = torch::cross_entropy_loss(logits(batch, true), labels_of(batch));
      optimiser.zero_grad();
      loss.backward();
      static_cast<torch::optim::SGDOptions&>(optimiser.param_groups()[0].options())
          .lr(settings_.learning_rate * 0.5 *
              (1.0 + std::cos(M_PI * static_cast<double>(step) / static_cast<double>(steps))));
      // An optimiser leaves what has no gradient as it is; the decay of weights that nothing reaches is of no account.
      optimiser.step();
      loss_sum += loss.item<double>() * static_cast<double>(numbers.size());
    }
    return loss_sum / static_cast<double>(images.size());
  }

  double accuracy(const ImageSet& images) {
    std::vector<std::uint32_t> numbers(images.size());
    std::iota(numbers.begin(), numbers.end(), 0U);
    const ImageBatch batch = make_batch(images, numbers);
    const auto hits = logits(batch, false).argmax(1).eq(labels_of(batch)).sum().item<std::int64_t>();
    return 100.0 * static_cast<double>(hits) / static_cast<double>(images.size());
  }

 private:
  static torch::Tensor labels_of(const ImageBatch& batch) {
    return torch::tensor(std::vector<std::int64_t>(batch.labels.begin(), batch.labels.end()));
  }

  const Network& network_;
  TrainingSettings settings_;
  std::vector<torch::Tensor> first_;
  std::vector<torch::Tensor> second_;
  std::vector<torch::Tensor> running_mean_;
  std::vector<torch::Tensor> running_variance_;
  std::vector<torch::Tensor> parameters_;
};

void expect_like_reference(const Network& network, const TrainingSettings& settings) {
  // Three steps: the first has no velocity, the third is reached by all that the first two moved.
  const auto images = quarters(90, 1, network.image().height);
  ReferenceTraining reference(network, settings);
  const double loss = reference.train(images);
  const auto result = train_network(network, {images, images}, settings);
  EXPECT_NEAR(result.epochs.front().loss, loss, 2e-3 * loss);
  EXPECT_NEAR(result.validation_accuracy(), reference.accuracy(images), 100.0 / 90.0 + 1e-9);
}

TEST(Training, IsThatOfAutomaticDifferentiationAndPyTorchsOptimiser) {
  for (const auto arithmetic : {NetworkArithmetic::fastest, NetworkArithmetic::general}) {
    for (const auto kind : {Momentum::heavy_ball, Momentum::nesterov}) {
      expect_like_reference(small_network(good), {.epochs = 1,
                                                  .batch = 30,
                                                  .learning_rate = 0.05,
                                                  .momentum_kind = kind,
                                                  .weight_decay = 5e-3,
                                                  .arithmetic = arithmetic});
    }
  }
}

TEST(Training, OfShiftsBehindZerosIsThatOfAutomaticDifferentiation) {
  // Node 1 is fed by nothing, so the convolutions behind it bring their normalisation's shift.
  expect_like_reference(
      small_network("|none~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|none~2|"),
      {.epochs = 1, .batch = 30, .learning_rate = 0.05});
}

TEST(Training, OfOtherSpacesIsThatOfAutomaticDifferentiation) {
  for (const auto* name : {"nb101", "nb301", "tnb101-micro", "tnb101-macro"}) {
    const SearchSpace& space = find_space(name);
    RandomStream random({.seed = 3});
    const Network network = build_network(
        space, sample(space, random),
        {.channels = 8, .cells = name == std::string_view("nb301") ? 3U : 1U, .classes = 4, .image = {1, 32, 32}});
    SCOPED_TRACE(name);
    expect_like_reference(network, {.epochs = 1, .batch = 45, .learning_rate = 0.01});
  }
}

}  // namespace
}  // namespace zcmpi
