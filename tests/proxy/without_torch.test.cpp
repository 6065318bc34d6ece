// What is computed where there is no LibTorch.
#include <gmock/gmock.h>

#include <cmath>

#include "torch_library.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/proxy/proxies.hpp"
#include "zcmpi/proxy/training.hpp"

namespace zcmpi {

/// In the place of the module's.
const TorchLibrary& torch_library() {
  static const TorchLibrary none{nullptr, "this build has no LibTorch"};
  return none;
}

namespace {

TEST(ProxiesWithoutTorch, AreThoseThatNeedNoPassOverTheNetwork) {
  const SearchSpace& space = find_space("nb201");
  const Network network = build_network(space, space.at(7));
  const auto values = compute_proxies(network, random_batch(network.image(), network.classes(), 2, 1),
                                      parse_proxies("flops,params,snip"));
  ASSERT_EQ(values.size(), 3U);
  EXPECT_EQ(values[0].value, static_cast<double>(count_flops(network)) / 1e6);
  EXPECT_EQ(values[1].value, static_cast<double>(count_parameters(network)) / 1e6);
  EXPECT_TRUE(std::isnan(values[2].value));
  EXPECT_THAT(values[2].reason, testing::HasSubstr("no LibTorch"));
  EXPECT_EQ(why_not_computable(Proxy::params), "");
  EXPECT_THAT(why_not_computable(Proxy::snip), testing::HasSubstr("no LibTorch"));
  EXPECT_EQ(proxy_device_count(), 0);
}

TEST(TrainingWithoutTorch, IsRefusedWithTheReason) {
  const SearchSpace& space = find_space("nb201");
  const Network network = build_network(space, space.at(7), {.classes = 2, .image = {1, 8, 8}});
  const ImageSet images{.format = "idx",
                        .shape = {1, 8, 8},
                        .classes = 2,
                        .normalisation = {{}},
                        .pixels = std::vector<std::uint8_t>(64),
                        .labels = {0}};
  try {
    train_network(network, {images, images}, {});
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("no LibTorch"));
  }
}

}  // namespace
}  // namespace zcmpi
