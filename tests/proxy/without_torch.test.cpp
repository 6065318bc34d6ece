// What a build without LibTorch computes: this test is linked with that build's source in the place of the other one.
#include <gmock/gmock.h>

#include <cmath>

#include "zcmpi/core/error.hpp"
#include "zcmpi/proxy/proxies.hpp"
#include "zcmpi/proxy/training.hpp"

namespace zcmpi {
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
