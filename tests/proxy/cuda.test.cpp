// What a CUDA device computes, beside the host: on machines that have one, with a LibTorch that can use it.
#include <gmock/gmock.h>

#include <cmath>

#include "support.hpp"
#include "zcmpi/proxy/proxies.hpp"
#include "zcmpi/proxy/training.hpp"

namespace zcmpi {
namespace {

class OnCuda : public testing::Test {
 protected:
  void SetUp() override {
    if (proxy_device_count() == 0) {
      GTEST_SKIP() << "LibTorch has no CUDA device here";
    }
  }
};

TEST_F(OnCuda, ProxiesHaveTheHostsValuesButForTheLastDigits) {
  const auto proxies = parse_proxies("all");
  for (const auto* space : {"nb101", "nb201", "nb301", "tnb101-micro", "tnb101-macro"}) {
    const Network network = network_of(space);
    const ImageBatch batch = random_batch(network.image(), network.classes(), 16, 1);
    const auto host = compute_proxies(network, batch, proxies, {.arithmetic = NetworkArithmetic::general});
    const auto device = compute_proxies(network, batch, proxies, {.cuda_device = 0});
    for (std::size_t i = 0; i < proxies.size(); ++i) {
      SCOPED_TRACE(std::string(space) + " " + std::string(to_text(proxies[i])));
      EXPECT_EQ(device[i].reason, host[i].reason);
      // Of kernels that are singular but for rounding, condition numbers are rounding too; and so are the determinants
      // of correlations of so few images' gradients.
      constexpr double singular = 1e6;
      if (proxies[i] == Proxy::epe_nas) {
        EXPECT_EQ(std::isfinite(device[i].value), std::isfinite(host[i].value));
      } else if (proxies[i] == Proxy::ntk_cond && host[i].value > singular) {
        EXPECT_GT(device[i].value, singular);
      } else if (!std::isnan(host[i].value)) {
        EXPECT_NEAR(device[i].value, host[i].value, 2e-2 * std::abs(host[i].value) + 1e-4);
      }
      EXPECT_GT(device[i].seconds, 0.0);
    }
  }
}

TEST_F(OnCuda, ProxiesAreTheSameOnEveryCall) {
  const auto proxies = parse_proxies("all");
  // nb101 and nb301 have pooling by the largest value, nb201 and nb301 by the average.
  for (const auto* space : {"nb101", "nb201", "nb301"}) {
    const Network network = network_of(space);
    const ImageBatch batch = random_batch(network.image(), network.classes(), 16, 1);
    const auto once = compute_proxies(network, batch, proxies, {.cuda_device = 0});
    const auto again = compute_proxies(network, batch, proxies, {.cuda_device = 0});
    for (std::size_t i = 0; i < proxies.size(); ++i) {
      EXPECT_TRUE(once[i].value == again[i].value || (std::isnan(once[i].value) && std::isnan(again[i].value)))
          << space << " " << to_text(proxies[i]) << ": " << once[i].value << " and " << again[i].value;
    }
  }
}

TEST_F(OnCuda, ABatchThatDoesNotFitIsMissingAndTheNextOneIsComputed) {
  const auto& space = find_space("nb201");
  const Network large = build_network(
      space,
      space.parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|"),
      {.channels = 64, .cells = 20, .image = {3, 128, 128}});
  const auto proxies = parse_proxies("grad_norm");
  const auto missing =
      compute_proxies(large, random_batch(large.image(), large.classes(), 1024, 1), proxies, {.cuda_device = 0});
  EXPECT_EQ(missing[0].reason, "the memory does not suffice");
  EXPECT_TRUE(std::isnan(missing[0].value));
  const Network small = network_of("nb201");
  const auto next =
      compute_proxies(small, random_batch(small.image(), small.classes(), 16, 1), proxies, {.cuda_device = 0});
  EXPECT_TRUE(std::isfinite(next[0].value)) << next[0].reason;
}

TEST_F(OnCuda, TrainingGoesAsOnTheHost) {
  const auto images = quarters(240, 1);
  const auto& space = find_space("nb201");
  const Network network = build_network(
      space, space.parse("|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|none~2|"),
      {.channels = 4, .cells = 1, .classes = 4, .image = {1, 8, 8}});
  TrainingSettings settings{.epochs = 4, .batch = 32};
  const auto host = train_network(network, {images, images}, settings);
  settings.cuda_device = 0;
  const auto device = train_network(network, {images, images}, settings);
  ASSERT_EQ(device.reason, "");
  // Rounding grows with the steps; the first epoch has few.
  EXPECT_NEAR(device.epochs.front().loss, host.epochs.front().loss, 2e-2 * host.epochs.front().loss);
  EXPECT_GT(device.validation_accuracy(), 85.0) << "chance is 25, the host's is " << host.validation_accuracy();
  EXPECT_EQ(train_network(network, {images, images}, settings).epochs.back().loss, device.epochs.back().loss);
}

}  // namespace
}  // namespace zcmpi
