// What a build without LibTorch computes: this test is linked with that build's source in the place of the other one.
#include <gmock/gmock.h>

#include <cmath>

#include "zcmpi/proxy/proxies.hpp"

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

}  // namespace
}  // namespace zcmpi
