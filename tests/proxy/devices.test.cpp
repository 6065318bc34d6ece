// What devices compute with, on the host: the general operations, and memory that does not suffice.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>
#include <new>

#include "computation.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {
namespace {

using testing::HasSubstr;

Network network_of(std::string_view space_name) {
  const auto& space = find_space(space_name);
  RandomStream random({.seed = 6, .purpose = Purpose::architectures});
  return build_network(space, sample(space, random), {.channels = 8, .cells = 1, .image = {3, 32, 32}});
}

class Spaces : public testing::TestWithParam<const char*> {};

TEST_P(Spaces, HaveTheSameValuesByGeneralOperationsButForTheLastDigits) {
  const Network network = network_of(GetParam());
  const ImageBatch batch = random_batch(network.image(), network.classes(), 8, 1);
  const auto proxies = parse_proxies("all");
  const auto fastest = compute_proxies(network, batch, proxies);
  const auto general = compute_proxies(network, batch, proxies, {.arithmetic = NetworkArithmetic::general});
  for (std::size_t i = 0; i < proxies.size(); ++i) {
    SCOPED_TRACE(to_text(proxies[i]));
    EXPECT_EQ(general[i].reason, fastest[i].reason);
    // Of kernels that are singular but for rounding, condition numbers are rounding too.
    constexpr double singular = 1e6;
    if (proxies[i] == Proxy::ntk_cond && fastest[i].value > singular) {
      EXPECT_GT(general[i].value, singular);
    } else if (!std::isnan(fastest[i].value)) {
      EXPECT_NEAR(general[i].value, fastest[i].value, 2e-2 * std::abs(fastest[i].value) + 1e-4);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OfBenchmarks, Spaces, testing::Values("nb101", "nb201", "nb301", "tnb101-micro"),
                         [](const auto& which) {
                           std::string name = which.param;
                           std::erase(name, '-');
                           return name;
                         });

/// The proxies of a small network where filling the inputs of the entropies fails.
template <class Failure>
std::vector<ProxyValue> values_when(const Failure& fail) {
  const Network network = network_of("nb201");
  const ImageBatch batch = random_batch(network.image(), network.classes(), 4, 1);
  auto randomness = random_from_seed(1);
  randomness.fill_input = [&, fill = randomness.fill_input](RandomInput input, std::uint32_t index,
                                                            std::span<float> values) {
    input == RandomInput::az_images ? fail() : fill(input, index, values);
  };
  return compute_proxies(network, batch, parse_proxies("az_expressivity,az_trainability,nwot"), {}, randomness);
}

template <class Failure>
void expect_missing_memory(const Failure& fail) {
  const auto values = values_when(fail);
  EXPECT_EQ(values[0].reason, "the memory does not suffice");
  EXPECT_EQ(values[1].reason, "the memory does not suffice");
  EXPECT_TRUE(std::isnan(values[0].value));
  EXPECT_TRUE(std::isfinite(values[2].value)) << values[2].reason;
}

TEST(Memory, ThatDoesNotSufficeIsTheReasonOfThePassesProxiesAlone) {
  expect_missing_memory([] { throw std::bad_alloc(); });
  expect_missing_memory([] { throw c10::OutOfMemoryError({__func__, __FILE__, __LINE__}, "CUDA out of memory."); });
  // The host's allocator has an error of its own.
  expect_missing_memory([] { static_cast<void>(at::empty({std::int64_t{1} << 55})); });
}

TEST(Memory, ThatDoesNotSufficeForTheWeightsOfANormLeavesWhatNeedsNone) {
  const Network network = network_of("nb201");
  const ImageBatch batch = random_batch(network.image(), network.classes(), 4, 1);
  auto randomness = random_from_seed(1);
  randomness.fill_weights = [fill = randomness.fill_weights](Initialisation initialisation, std::size_t number,
                                                             const Layer& layer, std::span<float> weights,
                                                             std::span<float> biases) {
    if (initialisation == Initialisation::standard) {
      throw std::bad_alloc();
    }
    fill(initialisation, number, layer, weights, biases);
  };
  const auto values = compute_proxies(network, batch, parse_proxies("l2_norm,params,swap,snip"), {}, randomness);
  for (const std::size_t missing : {0U, 3U}) {
    EXPECT_EQ(values[missing].reason, "the memory does not suffice");
    EXPECT_TRUE(std::isnan(values[missing].value));
  }
  for (const std::size_t computed : {1U, 2U}) {
    EXPECT_TRUE(std::isfinite(values[computed].value)) << values[computed].reason;
  }
}

TEST(Memory, OtherErrorsOfLibTorchAreSaid) {
  const auto values = values_when([] { static_cast<void>(at::mm(at::ones({2, 3}), at::ones({2, 3}))); });
  EXPECT_THAT(values[0].reason, HasSubstr("LibTorch: "));
}

}  // namespace
}  // namespace zcmpi
