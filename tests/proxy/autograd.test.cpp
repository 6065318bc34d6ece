// The proxies against the same ones computed with automatic differentiation in double precision.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "autograd_reference.hpp"
#include "computation.hpp"
#include "reference_values.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {
namespace {

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
      // Rounding alone comes to some thousandths, as LibTorch's versions sum in different orders.
      const double tolerance = value.proxy == Proxy::grasp ? 1e-2 : 5e-3;
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

/// A network of nb201 without equal layers, and a batch.
class OnOneNetwork : public testing::Test {
 protected:
  [[nodiscard]] double computed(Proxy proxy, const ProxyOptions& options = {}) const {
    const auto value = compute_proxies(network, batch, std::vector{proxy}, options, randomness).front();
    EXPECT_EQ(value.reason, "") << to_text(proxy);
    return value.value;
  }

  const Network network =
      build_network(find_space("nb201"),
                    find_space("nb201").parse(
                        "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|avg_pool_3x3~0|none~1|nor_conv_3x3~2|"),
                    {.channels = 8, .cells = 2, .image = {3, 16, 16}});
  const ImageBatch batch = small_batch(network);
  const Randomness randomness = random_from_seed(11);
};

TEST_F(OnOneNetwork, MecoIsTheSumOfSmallestEigenvaluesOfChannelCorrelations) {
  const auto reference = autograd_reference(network, batch, randomness);
  double expected = 0.0;
  for (std::size_t i = 1; i < network.layers.size(); ++i) {
    if (reference.values[i].dim() == 4) {
      const auto correlation = torch::nan_to_num(torch::corrcoef(reference.values[i][0].flatten(1)), 0.0, 0.0, 0.0);
      expected += torch::linalg_eigvalsh(correlation)[0].item<double>();
    }
  }
  EXPECT_NEAR(computed(Proxy::meco), expected, 1e-3 * std::abs(expected));
}

TEST_F(OnOneNetwork, NtkCondIsThatOfTheKernelOfPerImageGradients) {
  constexpr std::int64_t images = 5;
  ImageBatch first = batch;
  first.labels.resize(images);
  first.pixels.resize(images * network.image().size());
  const auto reference = autograd_reference(network, first, randomness);
  std::vector<torch::Tensor> rows;
  for (std::int64_t i = 0; i < images; ++i) {
    std::vector<torch::Tensor> flat;
    for (const auto& gradient : gradients_of(reference.logits[i].sum(), reference.weights)) {
      flat.push_back(gradient.flatten());
    }
    rows.push_back(torch::cat(flat));
  }
  const auto matrix = torch::stack(rows);
  const auto values = torch::linalg_eigvalsh(matrix.mm(matrix.t()));
  const double expected = (values[images - 1] / values[0]).item<double>();
  EXPECT_NEAR(computed(Proxy::ntk_cond, {.ntk_images = images}), expected, 1e-3 * expected);
}

TEST_F(OnOneNetwork, LogSynflowIsThatOfAbsoluteWeightsOnAnImageOfOnesWithoutNormalisation) {
  Network plain = network;
  for (Layer& layer : plain.layers) {
    // A sum of one number is that number.
    layer.kind = layer.kind == LayerKind::batch_norm ? LayerKind::add : layer.kind;
  }
  Randomness absolute = randomness;
  absolute.fill_weights = [&](Initialisation initialisation, std::size_t number, const Layer& layer,
                              std::span<float> weights, std::span<float> biases) {
    randomness.fill_weights(initialisation, number, layer, weights, biases);
    for (auto numbers : {weights, biases}) {
      std::ranges::transform(numbers, numbers.begin(), [](float x) { return std::abs(x); });
    }
  };
  ImageBatch ones{.shape = batch.shape, .classes = batch.classes};
  ones.pixels.assign(batch.shape.size(), 1.0F);
  ones.labels = {0};
  const auto reference = autograd_reference(plain, ones, absolute);
  const auto gradients = gradients_of(reference.logits.sum(), reference.weights);
  double expected = 0.0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    expected += (reference.weights[i] * torch::log(1.0 + gradients[i].abs())).sum().item<double>();
  }
  EXPECT_GT(expected, 0.0);
  EXPECT_NEAR(computed(Proxy::log_synflow), expected, 1e-6 * expected);
}

TEST_F(OnOneNetwork, SwapCountsPatternsOfUnitsOverTheBatch) {
  const auto reference = autograd_reference(network, batch, randomness, Initialisation::gaussian);
  std::set<std::vector<bool>> patterns;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    if (network.layers[i].kind != LayerKind::relu) {
      continue;
    }
    const auto active = (reference.values[i].flatten(1) > 0).contiguous();
    const bool* const flags = active.data_ptr<bool>();
    for (std::int64_t unit = 0; unit < active.size(1); ++unit) {
      std::vector<bool> pattern;
      for (std::int64_t image = 0; image < active.size(0); ++image) {
        pattern.push_back(flags[image * active.size(1) + unit]);
      }
      patterns.insert(pattern);
    }
  }
  // Numbers next to 0 may round to the other side.
  const auto expected = static_cast<double>(patterns.size());
  EXPECT_GT(expected, 1000.0);
  EXPECT_NEAR(computed(Proxy::swap), expected, 0.005 * expected);
}

/// The blocks' feature maps on the random images of AZ-NAS.
AutogradReference az_reference(const Network& network, ImageBatch batch, const Randomness& randomness) {
  randomness.fill_input(RandomInput::az_images, 0, batch.pixels);
  return autograd_reference(network, batch, randomness, Initialisation::kaiming);
}

TEST_F(OnOneNetwork, ExpressivityAndProgressivityAreOfTheBlocksSpectralEntropies) {
  const auto reference = az_reference(network, batch, randomness);
  double sum = 0.0;
  double smallest = std::numeric_limits<double>::infinity();
  double before = std::numeric_limits<double>::quiet_NaN();
  for (const auto block : network.blocks) {
    auto rows = reference.values[block].permute({0, 2, 3, 1}).flatten(0, 2);
    rows = rows - rows.mean(0, true);
    const auto values = torch::linalg_eigvalsh(rows.t().mm(rows));
    const auto share = values / values.sum();
    const double entropy = -(share * (share + 1e-8).log()).sum().item<double>();
    sum += entropy;
    smallest = std::isnan(before) ? smallest : std::min(smallest, entropy - before);
    before = entropy;
  }
  EXPECT_NEAR(computed(Proxy::az_expressivity), sum, 1e-3 * sum);
  EXPECT_NEAR(computed(Proxy::az_progressivity), smallest, 1e-3);
}

TEST_F(OnOneNetwork, TrainabilityIsOfTheBlocksGradientProducts) {
  const auto reference = az_reference(network, batch, randomness);
  double expected = 0.0;
  for (std::size_t i = 1; i < network.blocks.size(); ++i) {
    const auto& output = reference.values[network.blocks[i]];
    const auto& input = reference.values[network.blocks[i - 1]];
    std::vector<float> signs(static_cast<std::size_t>(output.numel()));
    randomness.fill_input(RandomInput::az_gradients, static_cast<std::uint32_t>(i), signs);
    const auto by_output = torch::from_blob(signs.data(), output.sizes()).to(torch::kDouble);
    auto by_input = torch::autograd::grad({output}, {input}, {by_output}, true)[0];
    by_input = by_input.size(2) == by_output.size(2) ? by_input : torch::pixel_unshuffle(by_input, 2);
    const auto product = torch::einsum("nihw,nohw->io", {by_input, by_output}) /
                         static_cast<double>(by_output.size(0) * by_output.size(2) * by_output.size(3));
    const double largest = torch::linalg_svdvals(product)[0].item<double>();
    expected += (2.0 - largest - 1.0 / (largest + 1e-6)) / static_cast<double>(network.blocks.size() - 1);
  }
  EXPECT_NEAR(computed(Proxy::az_trainability), expected, 1e-3 * std::abs(expected));
}

}  // namespace
}  // namespace zcmpi
