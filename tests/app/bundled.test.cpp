// The bundled problems (data/) against the program that is to have made them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "feature_source.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/nas/search_space.hpp"
#include "zcmpi/proxy/proxies.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {
namespace {

const std::filesystem::path folder = std::filesystem::path(ZCMPI_SOURCE_DIR) / "data";
const std::filesystem::path fashion_mnist = "/usr/share/datasets/fashion-mnist";

class Bundled : public testing::TestWithParam<std::string> {
 protected:
  const Problem problem = read_table(folder / (GetParam() + ".h5")).at(0);
};

INSTANTIATE_TEST_SUITE_P(All, Bundled,
                         testing::Values("nb201_fashion_mnist", "tnb101-macro_fashion_mnist",
                                         "tnb101-macro_fashion_mnist_rotation"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_P(Bundled, HasTheNameOfItsFileAndEnoughArchitectures) {
  EXPECT_EQ(problem.space + "_" + problem.task, GetParam());
  EXPECT_GE(problem.size(), problem.space == "nb201" ? 500U : 250U);
}

TEST_P(Bundled, HoldsEachArchitectureOfItsSpaceOnce) {
  const SearchSpace& space = find_space(problem.space);
  std::set<std::string> texts;
  for (const auto& text : problem.architectures) {
    texts.insert(space.print(space.parse(text)));
  }
  EXPECT_EQ(texts.size(), problem.size());
}

TEST_P(Bundled, HasEveryProxyWithItsCost) {
  for (const ProxyDescription& proxy : all_proxies()) {
    const auto terminal = problem.find_terminal(proxy.name);
    ASSERT_TRUE(terminal.has_value()) << proxy.name;
    EXPECT_GT(problem.costs_seconds[*terminal], 0.0) << proxy.name;
  }
  EXPECT_EQ(problem.terminals.size(), all_proxies().size());
}

TEST_P(Bundled, SaysHowItsAccuraciesWereTrained) {
  for (const char* key : {"epochs", "channels", "cells", "batch", "resolution", "seeds", "training_images"}) {
    EXPECT_TRUE(problem.provenance.contains(std::string("accuracies.") + key)) << key;
  }
}

/// What the two seeds disagree on is noise, which limits what any formula can reach: data/README.md states it.
TEST_P(Bundled, RanksArchitecturesMuchAlikeByEitherSeed) {
  ASSERT_TRUE(problem.curves.has_value());
  ASSERT_EQ(problem.curves->seeds.size(), 2U);
  const std::span accuracies(problem.curves->accuracy);
  const auto first = accuracies.first(problem.size());
  const auto second = accuracies.last(problem.size());
  for (std::size_t row = 0; row < problem.size(); ++row) {
    EXPECT_DOUBLE_EQ(problem.val_accuracy[row], (first[row] + second[row]) / 2.0);
  }
  const double tau = kendall_tau_b(first, second);
  EXPECT_GE(tau, 0.65);
  const std::string readme = read_file(folder / "README.md");
  const auto line = readme.find("| `" + GetParam() + "` |");
  ASSERT_NE(line, std::string::npos);
  EXPECT_THAT(readme.substr(line, readme.find('\n', line) - line),
              testing::HasSubstr(fmt::format("| {:.3f} |", tau).replace(2, 1, "")));
}

TEST(BundledProblems, AccuraciesBringTheirLearningCurvesInTheOrderOfTheArchitectures) {
  const Problem known = read_table(folder / "nb201_fashion_mnist.h5").at(0);
  Problem problem;
  problem.architectures = {known.architectures[7], known.architectures[2]};
  take_accuracies(problem, find_space("nb201"), known, "table");
  ASSERT_TRUE(problem.curves.has_value());
  const std::size_t n = known.size();
  const auto& all = known.curves->accuracy;
  EXPECT_THAT(problem.curves->accuracy, testing::ElementsAre(all[7], all[2], all[n + 7], all[n + 2]));
  const auto& losses = known.curves->loss;
  EXPECT_THAT(problem.curves->loss,
              testing::ElementsAre(losses[7], losses[2], losses[n + 7], losses[n + 2], losses[2 * n + 7],
                                   losses[2 * n + 2], losses[3 * n + 7], losses[3 * n + 2]));
  EXPECT_EQ(problem.curves->seeds, known.curves->seeds);
}

/// A definition of a proxy, or a draw of weights or images, that changed would make the tables stale.
TEST_P(Bundled, HoldsWhatTheProgramComputes) {
  if (!std::filesystem::exists(fashion_mnist)) {
    GTEST_SKIP() << "no images in " << fashion_mnist;
  }
  const auto recorded = [&](const char* key) { return problem.provenance.at(key); };
  const auto number = [&](const char* key) { return static_cast<std::uint32_t>(std::stoul(recorded(key))); };
  const FeatureSource source({.space = problem.space,
                              .images = {.images = fashion_mnist.string(),
                                         .resolution = number("accuracies.resolution"),
                                         .task = recorded("accuracies.task")},
                              .channels = number("network_channels"),
                              .cells = number("network_cells")});
  EXPECT_EQ(source.provenance().at("batch_digest"), recorded("batch_digest"));
  std::vector<Proxy> proxies;
  for (const ProxyDescription& proxy : all_proxies()) {
    // Without a ReLU after the last batch normalisation these are rounding alone (docs/proxies.md).
    const bool is_rounding =
        problem.space != "nb201" &&
        (proxy.proxy == Proxy::jacov || proxy.proxy == Proxy::epe_nas || proxy.proxy == Proxy::ntk_cond);
    if (!is_rounding) {
      proxies.push_back(proxy.proxy);
    }
  }
  for (const std::size_t row : {std::size_t{0}, problem.size() - 1}) {
    for (const ProxyValue& value : source.compute(problem.architectures[row], proxies)) {
      const double stored = problem.feature(problem.find_terminal(to_text(value.proxy)).value())[row];
      if (std::isnan(stored)) {
        EXPECT_TRUE(std::isnan(value.value)) << to_text(value.proxy);
      } else {
        EXPECT_NEAR(value.value, stored, 0.01 * std::abs(stored)) << to_text(value.proxy);
      }
    }
  }
}

TEST(BundledProblems, AreUnderThreeMegabytesTogether) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    bytes += entry.file_size();
  }
  EXPECT_LT(bytes, 3'000'000U);
}

}  // namespace
}  // namespace zcmpi
