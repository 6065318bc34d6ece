// The proxies against the same ones computed with automatic differentiation in double precision.
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <map>

#include "autograd_reference.hpp"
#include "computation.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {
namespace {

std::map<Proxy, double> reference_values(const Network& network, const ImageBatch& batch,
                                         const Randomness& randomness) {
  const auto reference = autograd_reference(network, batch, randomness);
  std::map<Proxy, double> values;
  std::vector<torch::Tensor> by = reference.weights;
  by.insert(by.end(), reference.outputs.begin(), reference.outputs.end());
  const auto gradients = gradients_of(reference.loss, by, true);
  torch::Tensor product = torch::zeros({}, torch::kDouble);
  for (std::size_t i = 0; i < reference.weights.size(); ++i) {
    const auto saliency = reference.weights[i] * gradients[i];
    values[Proxy::grad_norm] += gradients[i].norm().item<double>();
    values[Proxy::plain] += saliency.sum().item<double>();
    values[Proxy::snip] += saliency.abs().sum().item<double>();
    auto by_channel = reference.outputs[i] * gradients[reference.weights.size() + i];
    by_channel = by_channel.dim() == 4 ? by_channel.sum({2, 3}) : by_channel;
    values[Proxy::fisher] += 0.5 * by_channel.square().mean(0).sum().item<double>() * reference.fan_in[i];
    product = product + (gradients[i].detach() * gradients[i]).sum();
  }
  const auto products = gradients_of(product, reference.weights);
  for (std::size_t i = 0; i < reference.weights.size(); ++i) {
    values[Proxy::grasp] -= (reference.weights[i] * products[i]).sum().item<double>();
  }
  const auto rows = gradients_of(reference.logits.sum(), {reference.images})[0].flatten(1);
  const auto correlation = torch::corrcoef(rows);
  if (!correlation.isfinite().all().item<bool>()) {
    return values;
  }
  const auto eigenvalues = torch::linalg_eigvalsh(correlation);
  values[Proxy::jacov] = -((eigenvalues + 1e-5).log() + 1.0 / (eigenvalues + 1e-5)).sum().item<double>();
  return values;
}

/// A batch that zero-cost proxies are computed with, but smaller.
ImageBatch small_batch(const Network& network) { return random_batch(network.image(), network.classes(), 12, 3); }

constexpr std::array compared{Proxy::grad_norm, Proxy::plain, Proxy::snip, Proxy::fisher, Proxy::grasp, Proxy::jacov};

void expect_equal_to_reference(const std::string& space_name, const NetworkSettings& settings, std::uint32_t networks,
                               std::span<const Proxy> proxies) {
  const SearchSpace& space = find_space(space_name);
  for (std::uint32_t i = 0; i < networks; ++i) {
    RandomStream random({.seed = 2, .index = i});
    const Architecture architecture = sample(space, random);
    const Network network = build_network(space, architecture, settings);
    const ImageBatch batch = small_batch(network);
    const Randomness randomness = random_from_seed(i);
    auto expected = reference_values(network, batch, randomness);
    for (const auto& value : compute_proxies(network, batch, proxies, {}, randomness)) {
      if (!value.reason.empty()) {
        // A network without a path.
        EXPECT_EQ(expected[Proxy::snip], 0.0) << value.reason;
        continue;
      }
      // plain is a sum of both signs: its error is measured by what is summed. grasp is another, and is held to itself.
      const double scale = value.proxy == Proxy::plain ? expected[Proxy::snip] : std::abs(expected[value.proxy]);
      const double tolerance = value.proxy == Proxy::grasp ? 1e-2 : 1e-3;
      EXPECT_NEAR(value.value, expected[value.proxy], scale * tolerance)
          << to_text(value.proxy) << " of " << space.print(architecture);
    }
  }
}

TEST(Proxies, OfNb201AreThoseOfAutomaticDifferentiation) {
  expect_equal_to_reference("nb201", {.channels = 8, .cells = 1, .image = {3, 16, 16}}, 40, compared);
}

TEST(Proxies, OfNb101AreThoseOfAutomaticDifferentiation) {
  expect_equal_to_reference("nb101", {.channels = 8, .cells = 1, .image = {3, 16, 16}}, 20, compared);
}

// Without a ReLU after the last batch normalisation the sum of the logits does not depend on the images: what jacov is
// computed of is rounding alone.
constexpr auto without_jacov = std::span(compared).first<compared.size() - 1>();

TEST(Proxies, OfNb301AreThoseOfAutomaticDifferentiation) {
  expect_equal_to_reference("nb301", {.channels = 4, .cells = 3, .image = {3, 16, 16}}, 20, without_jacov);
}

TEST(Proxies, OfTransNasBench101AreThoseOfAutomaticDifferentiation) {
  expect_equal_to_reference("tnb101-micro", {.channels = 8, .cells = 1, .image = {3, 64, 64}}, 20, without_jacov);
  expect_equal_to_reference("tnb101-macro", {.channels = 8, .cells = 1, .image = {3, 64, 64}}, 20, without_jacov);
}

}  // namespace
}  // namespace zcmpi
