// The proxies that depend on little but the architecture against the benchmark's published columns.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <ranges>
#include <span>
#include <vector>

#include "../real_data.hpp"
#include "zcmpi/data/image_batch.hpp"
#include "zcmpi/data/images.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/proxy/proxies.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {
namespace {

class PublishedProxies : public testing::Test {
 protected:
  void SetUp() override { ZCMPI_SKIP_WITHOUT_REAL_DATA(); }

  /// Of networks evenly spread over the table, on images as small as the space allows.
  void expect_near(const std::string& space_name, const std::string& task, const NetworkSettings& settings, Proxy proxy,
                   double tolerance) const {
    const SearchSpace& space = find_space(space_name);
    const Problem problem = read_csv(test::real_data_folder() / (space_name + "_" + task + ".csv"), space_name, task);
    const auto published = problem.feature(*problem.find_terminal(to_text(proxy)));
    constexpr std::size_t networks = 6;
    for (std::size_t i = 0; i < networks; ++i) {
      const std::size_t row = i * problem.size() / networks;
      const Network network = build_network(space, space.parse(problem.architectures[row]), settings);
      const ImageBatch batch = random_batch(network.image(), network.classes(), 2, 1);
      const auto value = compute_proxies(network, batch, std::vector{proxy}, {.seed = i}).front().value;
      EXPECT_NEAR(value, published[row], tolerance * std::abs(published[row])) << problem.architectures[row];
    }
  }
};

TEST_F(PublishedProxies, L2NormIsWithinOnePercent) {
  expect_near("nb101", "cifar10", {}, Proxy::l2_norm, 0.01);
  expect_near("nb201", "cifar10", {}, Proxy::l2_norm, 0.01);
  expect_near("nb201", "imagenet16-120", {.classes = 120, .image = {3, 16, 16}}, Proxy::l2_norm, 0.01);
  expect_near("nb301", "cifar10", {}, Proxy::l2_norm, 0.01);
  expect_near("tnb101-micro", "class_scene", {.classes = 63, .image = {3, 64, 64}}, Proxy::l2_norm, 0.01);
  expect_near("tnb101-macro", "class_scene", {.classes = 63, .image = {3, 64, 64}}, Proxy::l2_norm, 0.01);
}

/// bench_proxy_ranks prints the same of many more networks and larger batches, for docs/proxies.md.
TEST_F(PublishedProxies, RankAsTheColumnsDo) {
  // Well below what these few networks have, and far above what a proxy of another definition would. plain and grasp
  // are left out: they are noise on few images.
  const std::map<Proxy, double> least{{Proxy::params, 0.999}, {Proxy::flops, 0.999}, {Proxy::synflow, 0.99},
                                      {Proxy::zen, 0.95},     {Proxy::nwot, 0.95},   {Proxy::grad_norm, 0.92},
                                      {Proxy::snip, 0.92},    {Proxy::fisher, 0.92}, {Proxy::l2_norm, 0.88},
                                      {Proxy::jacov, 0.85},   {Proxy::epe_nas, 0.75}};
  std::vector<Proxy> proxies;
  std::ranges::copy(std::views::keys(least), std::back_inserter(proxies));
  const SearchSpace& space = find_space("nb201");
  const Problem problem = read_csv(test::real_data_folder() / "nb201_cifar10.csv", "nb201", "cifar10");
  const ImageSet images = read_images(test::real_data_folder() / "cifar10_train_2000.bin");
  const ImageBatch batch = first_batch(images, 16, 1);
  constexpr std::size_t networks = 24;
  std::map<Proxy, std::vector<double>> computed;
  std::map<Proxy, std::vector<double>> published;
  for (std::size_t i = 0; i < networks; ++i) {
    const std::size_t row = i * problem.size() / networks;
    const Network network = build_network(space, space.parse(problem.architectures[row]));
    for (const auto& value : compute_proxies(network, batch, proxies, {.seed = i})) {
      ASSERT_EQ(value.reason, "") << to_text(value.proxy) << " of " << problem.architectures[row];
      computed[value.proxy].push_back(value.value);
      published[value.proxy].push_back(problem.feature(*problem.find_terminal(to_text(value.proxy)))[row]);
    }
  }
  for (const auto& [proxy, rho] : least) {
    EXPECT_GE(correlation(Statistic::rho, std::span<const double>(computed[proxy]), published[proxy]), rho)
        << to_text(proxy);
  }
}

}  // namespace
}  // namespace zcmpi
