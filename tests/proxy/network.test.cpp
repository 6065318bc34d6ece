#include "zcmpi/proxy/network.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>

#include "../real_data.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

/// The published columns of one problem's architectures.
class PublishedColumns : public testing::Test {
 protected:
  void SetUp() override { ZCMPI_SKIP_WITHOUT_REAL_DATA(); }

  /// Every row's parameters and FLOPs are what is counted, in millions, when the classifier reads the features of so
  /// many images at once.
  void expect_equal_counts(const std::string& space_name, const std::string& task, const NetworkSettings& settings,
                           std::size_t at_least, std::uint64_t images_together = 1) const {
    const SearchSpace& space = find_space(space_name);
    const Problem problem = read_csv(test::real_data_folder() / (space_name + "_" + task + ".csv"), space_name, task);
    const auto params = problem.feature(*problem.find_terminal("params"));
    const auto flops = problem.feature(*problem.find_terminal("flops"));
    EXPECT_GE(problem.size(), at_least);
    std::size_t different = 0;
    for (std::size_t i = 0; i < problem.size() && different < 5; ++i) {
      const Network network = build_network(space, space.parse(problem.architectures[i]), settings);
      const std::uint64_t more_weights = (images_together - 1) * network.layers.back().weights();
      const auto counted_params = count_parameters(network) + more_weights;
      const ImageShape& map = network.layers[network.feature_map].shape;
      const std::uint64_t pool = std::uint64_t{map.channels} * (map.height + 1) * (map.width + 1);
      const auto counted_flops = count_flops(network) + more_weights + (images_together - 1) * pool;
      if (static_cast<std::uint64_t>(std::llround(params[i] * 1e6)) != counted_params ||
          static_cast<std::uint64_t>(std::llround(flops[i] * 1e6)) != counted_flops) {
        ++different;
        ADD_FAILURE() << problem.architectures[i] << ": counted " << counted_params << " and " << counted_flops
                      << ", published " << std::fixed << params[i] * 1e6 << " and " << flops[i] * 1e6;
      }
    }
  }
};

TEST_F(PublishedColumns, OfNb201AreEqual) {
  expect_equal_counts("nb201", "cifar10", {}, 4'000);
  expect_equal_counts("nb201", "cifar100", {.classes = 100}, 300);
  expect_equal_counts("nb201", "imagenet16-120", {.classes = 120, .image = {3, 16, 16}}, 4'000);
}

TEST_F(PublishedColumns, OfNb101AreEqual) { expect_equal_counts("nb101", "cifar10", {}, 100); }

TEST_F(PublishedColumns, OfNb301AreEqual) { expect_equal_counts("nb301", "cifar10", {}, 300); }

TEST_F(PublishedColumns, OfTransNasBench101AreEqual) {
  for (const auto* space : {"tnb101-micro", "tnb101-macro"}) {
    // Nine numbers that say where the room's corners are.
    expect_equal_counts(space, "room_layout", {.classes = 9, .image = {3, 256, 256}}, 300);
    // A thousand permutations of nine tiles, whose feature maps the head reads together.
    expect_equal_counts(space, "jigsaw", {.classes = 1000, .image = {3, 64, 64}}, 300, 9);
    expect_equal_counts(space, "class_object", {.classes = 100, .image = {3, 256, 256}}, 300);
    expect_equal_counts(space, "class_scene", {.classes = 63, .image = {3, 256, 256}}, 300);
  }
}

/// Layers that read only layers before them, whose shapes are what their inputs make of them.
void expect_consistent(const Network& network) {
  ASSERT_EQ(network.layers.front().kind, LayerKind::input);
  for (std::size_t i = 1; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    EXPECT_EQ(layer.inputs.empty(), layer.kind == LayerKind::zeros) << i;
    for (const auto input : layer.inputs) {
      ASSERT_LT(input, i);
    }
  }
  EXPECT_EQ(network.layers.back().kind, LayerKind::linear);
  EXPECT_LT(network.feature_map, network.layers.size());
  EXPECT_TRUE(std::ranges::is_sorted(network.blocks));
}

TEST(Network, OfEverySpaceIsConsistent) {
  for (const auto* name : {"nb101", "nb201", "nb301", "tnb101-macro", "tnb101-micro"}) {
    const SearchSpace& space = find_space(name);
    for (std::uint32_t i = 0; i < 50; ++i) {
      RandomStream random({.seed = 1, .index = i});
      expect_consistent(build_network(space, sample(space, random)));
    }
  }
}

TEST(Network, OfNb201HasTheBenchmarksSize) {
  const SearchSpace& space = find_space("nb201");
  const auto architecture =
      space.parse("|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|");
  const Network network = build_network(space, architecture);
  EXPECT_EQ(count_parameters(network), 129'306U);
  EXPECT_EQ(count_flops(network), 17'958'592U);
  // The stem, fifteen cells and two reductions.
  EXPECT_EQ(network.blocks.size(), 18U);
  EXPECT_EQ(network.layers[network.feature_map].shape, (ImageShape{64, 8, 8}));
}

TEST(Network, OfTheBenchmarksClassesOfNb201NeedNotBeTheSame) {
  const SearchSpace& space = find_space("nb201");
  std::map<Architecture, std::set<std::uint64_t>> parameters_of_class;
  for (std::uint64_t i = 0; i < space.size(); ++i) {
    const auto architecture = space.at(i);
    parameters_of_class[space.canonical(architecture)].insert(count_parameters(build_network(space, architecture)));
  }
  EXPECT_EQ(std::ranges::count_if(parameters_of_class, [](const auto& entry) { return entry.second.size() > 1; }), 578);
}

TEST(Network, TakesItsSizeFromTheSettings) {
  const SearchSpace& space = find_space("nb201");
  const Network network =
      build_network(space, space.at(0), {.channels = 4, .cells = 2, .classes = 7, .image = {1, 28, 28}});
  EXPECT_EQ(network.image(), (ImageShape{1, 28, 28}));
  EXPECT_EQ(network.classes(), 7U);
  EXPECT_EQ(network.layers[network.feature_map].shape, (ImageShape{16, 7, 7}));
  EXPECT_EQ(network.blocks.size(), 9U);
}

TEST(Network, HasTheBenchmarksNumbersInThePlaceOfZeros) {
  const NetworkSettings benchmark = complete(find_space("nb301"), {});
  EXPECT_EQ(benchmark.channels, 32U);
  EXPECT_EQ(benchmark.cells, 8U);
  const NetworkSettings given = complete(find_space("nb301"), {.channels = 4, .cells = 2});
  EXPECT_EQ(given.channels, 4U);
  EXPECT_EQ(given.cells, 2U);
}

TEST(Network, SettingsThatNoNetworkFitsAreRefused) {
  const SearchSpace& space = find_space("nb201");
  EXPECT_THROW(build_network(space, space.at(0), {.classes = 0}), InputError);
  EXPECT_THROW(build_network(space, space.at(0), {.image = {3, 1, 1}}), InputError);
  const SearchSpace& macro = find_space("tnb101-macro");
  EXPECT_THROW(build_network(macro, macro.at(0), {.channels = 1}), InputError);
}

TEST(Network, WhoseLayersWouldNotFitTogetherIsRefused) {
  for (const auto& space : search_spaces()) {
    for (std::uint32_t rows = 1; rows <= 9; ++rows) {
      for (const std::uint32_t columns : {1U, 2U, 5U, 8U, 16U, 32U}) {
        SCOPED_TRACE(fmt::format("{}, {} x {}", space->name(), rows, columns));
        try {
          const auto network = build_network(*space, space->parse(space->example()),
                                             {.channels = 8, .cells = 3, .image = {3, rows, columns}});
          for (const Layer& layer : network.layers) {
            for (const std::uint32_t input : layer.inputs) {
              if (layer.kind == LayerKind::add) {
                EXPECT_EQ(network.layers[input].shape, layer.shape);
              }
            }
          }
        } catch (const InputError& error) {
          EXPECT_THAT(error.what(), testing::HasSubstr("images"));
        }
      }
    }
  }
}

TEST(Network, WhoseNumbersWouldOverflowIsRefused) {
  const SearchSpace& space = find_space("nb201");
  const Architecture only_3x3 = space.parse("(3, 3, 3, 3, 3, 3)");
  const NetworkSettings large{.channels = 10'000, .cells = 1, .image = {3, 64, 64}};
  EXPECT_GT(count_flops(build_network(space, only_3x3, large)), 1e12);
  EXPECT_THROW(build_network(space, only_3x3, {.channels = 100'000, .cells = 1'000, .image = {3, 10'000, 10'000}}),
               InputError);
}

}  // namespace
}  // namespace zcmpi
