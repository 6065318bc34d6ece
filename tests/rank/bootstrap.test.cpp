#include "zcmpi/rank/bootstrap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {
namespace {

using Column = std::vector<double>;

struct Rows {
  Column values;
  Column accuracies;
};

/// Values that follow the accuracies with noise, in steps so that both tie.
Rows noisy_rows(std::size_t n) {
  RandomStream random({.seed = 21});
  Rows rows;
  for (std::size_t i = 0; i < n; ++i) {
    const double accuracy = random.normal();
    rows.accuracies.push_back(std::round(10 * accuracy));
    rows.values.push_back(std::round(10 * (accuracy + random.normal())));
  }
  return rows;
}

TEST(BootstrapInterval, IsZeroForFewerThanTwoRows) {
  EXPECT_EQ(bootstrap_tau_b({}, {}, {}).high, 0.0);
  EXPECT_EQ(bootstrap_tau_b(Column{1}, Column{1}, {}).low, 0.0);
}

TEST(BootstrapInterval, OfTheSameOrderIsOneWhereEveryResampleHasTwoRows) {
  Column column(50);
  for (std::size_t i = 0; i < column.size(); ++i) {
    column[i] = static_cast<double>(i);
  }
  const Interval interval = bootstrap_tau_b(column, column, {});
  EXPECT_EQ(interval.low, 1.0);
  EXPECT_EQ(interval.high, 1.0);
}

TEST(BootstrapInterval, HoldsTheTauOfTheSampleAndNarrowsWithMoreRows) {
  double width = 2.0;
  for (const std::size_t n : {50U, 200U, 800U}) {
    const Rows rows = noisy_rows(n);
    const double tau = kendall_tau_b(rows.values, rows.accuracies);
    const Interval interval = bootstrap_tau_b(rows.values, rows.accuracies, {.resamples = 400});
    EXPECT_LT(interval.low, tau);
    EXPECT_GT(interval.high, tau);
    EXPECT_LT(interval.high - interval.low, width);
    width = interval.high - interval.low;
  }
}

TEST(BootstrapInterval, IsThatOfResamplesDrawnRowByRow) {
  // The definition, drawn from the same streams with rows in the order (accuracy, value) and ranked by the reference.
  Rows rows = noisy_rows(40);
  std::vector<std::pair<double, double>> sorted;
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    sorted.emplace_back(rows.accuracies[i], rows.values[i]);
  }
  std::sort(sorted.begin(), sorted.end());
  constexpr int resamples = 41;
  Column taus;
  for (int k = 0; k < resamples; ++k) {
    RandomStream random({.seed = 5, .purpose = Purpose::bootstrap, .index = static_cast<std::uint32_t>(k)});
    Column values;
    Column accuracies;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      const auto& [accuracy, value] = sorted[random.below(static_cast<std::uint32_t>(sorted.size()))];
      values.push_back(value);
      accuracies.push_back(accuracy);
    }
    taus.push_back(correlation<double>(Statistic::tau_b, values, accuracies));
  }
  std::sort(taus.begin(), taus.end());
  // A tenth of 40 gaps on each side falls on order statistics 4 and 36.
  const Interval interval =
      bootstrap_tau_b(rows.values, rows.accuracies, {.resamples = resamples, .level = 0.8, .seed = 5});
  EXPECT_NEAR(interval.low, taus[4], 1e-12);
  EXPECT_NEAR(interval.high, taus[36], 1e-12);
}

TEST(BootstrapInterval, DoesNotDependOnTheOrderOfTheRows) {
  Rows rows = noisy_rows(60);
  const Interval before = bootstrap_tau_b(rows.values, rows.accuracies, {.resamples = 50});
  std::reverse(rows.values.begin(), rows.values.end());
  std::reverse(rows.accuracies.begin(), rows.accuracies.end());
  const Interval after = bootstrap_tau_b(rows.values, rows.accuracies, {.resamples = 50});
  EXPECT_EQ(before.low, after.low);
  EXPECT_EQ(before.high, after.high);
}

TEST(BootstrapInterval, IsWiderAtAHigherLevelAndChangesWithTheSeed) {
  const Rows rows = noisy_rows(100);
  const Interval narrow = bootstrap_tau_b(rows.values, rows.accuracies, {.resamples = 200, .level = 0.5});
  const Interval wide = bootstrap_tau_b(rows.values, rows.accuracies, {.resamples = 200, .level = 0.95});
  EXPECT_LT(wide.low, narrow.low);
  EXPECT_GT(wide.high, narrow.high);
  const Interval other = bootstrap_tau_b(rows.values, rows.accuracies, {.resamples = 200, .level = 0.95, .seed = 2});
  EXPECT_NE(wide.low, other.low);
}

}  // namespace
}  // namespace zcmpi
