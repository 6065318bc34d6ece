// The proxies that depend on little but the architecture against the benchmark's published columns.
#include <gmock/gmock.h>

#include <cmath>

#include "../real_data.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/proxy/proxies.hpp"

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

}  // namespace
}  // namespace zcmpi
