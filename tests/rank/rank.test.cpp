#include "zcmpi/rank/rank.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Statistic all_statistics[] = {Statistic::tau_b, Statistic::rho, Statistic::weighted_tau};

using Column = std::vector<double>;

double correlation_of(Statistic statistic, const Column& values, const Column& accuracies) {
  return correlation<double>(statistic, values, accuracies);
}

PairCounts pairs_of(const Column& values, const Column& accuracies) { return count_pairs<double>(values, accuracies); }

struct Rows {
  Column values;
  Column accuracies;
};

/// Random rows; with `levels` the numbers are whole numbers below it, so that they tie. One value in eight is not
/// finite.
Rows random_rows(std::size_t n, std::uint32_t levels, std::uint32_t index) {
  RandomStream random({.seed = 11, .index = index});
  Rows rows;
  for (std::size_t i = 0; i < n; ++i) {
    const double value = levels > 0 ? random.below(levels) : random.uniform();
    const double special[] = {infinity, -infinity, nan};
    rows.values.push_back(random.below(8) == 0 ? special[random.below(3)] : value);
    rows.accuracies.push_back(levels > 0 ? random.below(levels) : random.uniform());
  }
  return rows;
}

TEST(PairCounts, CountFourRowsAsByHand) {
  // Pairs by (value, accuracy): 12 concordant, 13 tied value, 14 concordant, 23 discordant, 24 tied accuracy, 34
  // discordant.
  EXPECT_EQ(pairs_of({1, 2, 1, 3}, {1, 2, 3, 2}),
            (PairCounts{.pairs = 6, .score = 0, .tied_values = 1, .tied_accuracies = 1}));
  EXPECT_EQ(pairs_of({1, 2, 3, 4}, {1, 2, 3, 4}),
            (PairCounts{.pairs = 6, .score = 6, .tied_values = 0, .tied_accuracies = 0}));
}

TEST(PairCounts, TakeAPairTiedInBothAsTiedInEach) {
  EXPECT_EQ(pairs_of({5, 5, 6}, {7, 7, 8}),
            (PairCounts{.pairs = 3, .score = 2, .tied_values = 1, .tied_accuracies = 1}));
}

TEST(PairCounts, TreatNegativeAndPositiveZeroAsEqual) { EXPECT_EQ(pairs_of({-0.0, 0.0}, {1, 2}).tied_values, 1); }

TEST(PairCounts, RankEveryNonFiniteValueBelowTheFiniteOnesAndTiedWithItsLike) {
  const Column accuracies{1, 2, 3, 4};
  const PairCounts expected{.pairs = 6, .score = -5, .tied_values = 1, .tied_accuracies = 0};
  EXPECT_EQ(pairs_of({-1, -1e300, nan, infinity}, accuracies), expected);
  EXPECT_EQ(pairs_of({-1, -1e300, -infinity, nan}, accuracies), expected);
}

TEST(PairCounts, AreTheSameForFloatAndDouble) {
  const std::vector<float> values{0.5F, -std::numeric_limits<float>::infinity(), 0.5F, 2.0F};
  const Column accuracies{4, 3, 2, 1};
  EXPECT_EQ(count_pairs<float>(values, accuracies), pairs_of(Column(values.begin(), values.end()), accuracies));
}

TEST(Tau, IsThatOfTheFormula) {
  // Scores 2 of sqrt((3 - 1)(3 - 0)).
  EXPECT_DOUBLE_EQ(correlation_of(Statistic::tau_b, {1, 1, 2}, {1, 2, 3}), 2.0 / std::sqrt(6.0));
}

TEST(RankSums, DoubleTheMidRanksAsByHand) {
  // Doubled mid-ranks 3, 3, 6 and 2, 4, 6.
  EXPECT_EQ(sum_ranks<double>(Column{1, 1, 2}, Column{1, 2, 3}),
            (RankSums{.n = 3, .products = 6 + 12 + 36, .value_squares = 54, .accuracy_squares = 56}));
}

TEST(HyperbolicWeights, FallFromTheBestDownAndAreSharedByEqualAccuracies) {
  constexpr std::int64_t one = std::int64_t{1} << 30;
  EXPECT_EQ(hyperbolic_weights(Column{10, 30, 20}), (std::vector<std::int64_t>{(one + 1) / 3, one, one / 2}));
  EXPECT_EQ(hyperbolic_weights(Column{30, 30}), (std::vector<std::int64_t>{one * 3 / 4, one * 3 / 4}));
}

TEST(WeightedCounts, WeighAPairByTheSumOfItsWeights) {
  const std::vector<std::int64_t> weights{1, 10, 100};
  EXPECT_EQ(count_weighted_pairs<double>(Column{2, 1, 2}, Column{1, 2, 3}, weights),
            (WeightedCounts{.pairs = 222, .score = -11 + 110, .tied_values = 101, .tied_accuracies = 0}));
}

class EveryStatistic : public testing::TestWithParam<Statistic> {};
INSTANTIATE_TEST_SUITE_P(Rank, EveryStatistic, testing::ValuesIn(all_statistics),
                         [](const auto& sample) { return std::string(to_text(sample.param)); });

TEST_P(EveryStatistic, IsZeroForFewerThanTwoRows) {
  EXPECT_EQ(correlation_of(GetParam(), {}, {}), 0.0);
  EXPECT_EQ(correlation_of(GetParam(), {3}, {4}), 0.0);
}

TEST_P(EveryStatistic, OfTwoRowsIsPlusOrMinusOneOrZero) {
  EXPECT_EQ(correlation_of(GetParam(), {1, 2}, {3, 4}), 1.0);
  EXPECT_EQ(correlation_of(GetParam(), {2, 1}, {3, 4}), -1.0);
  EXPECT_EQ(correlation_of(GetParam(), {1, 1}, {3, 4}), 0.0);
  EXPECT_EQ(correlation_of(GetParam(), {1, 2}, {3, 3}), 0.0);
}

TEST_P(EveryStatistic, IsZeroWhenAllValuesOrAllAccuraciesTie) {
  EXPECT_EQ(correlation_of(GetParam(), {7, 7, 7, 7}, {1, 2, 3, 4}), 0.0);
  EXPECT_EQ(correlation_of(GetParam(), {1, 2, 3, 4}, {7, 7, 7, 7}), 0.0);
  EXPECT_EQ(correlation_of(GetParam(), {nan, infinity, -infinity, nan}, {1, 2, 3, 4}), 0.0);
}

TEST_P(EveryStatistic, IsExactlyOneForTheSameOrderWithTies) {
  const Column column{4, 1, 1, 3, 9, 9, 9, 2, 5, 6, 8};
  EXPECT_EQ(correlation_of(GetParam(), column, column), 1.0);
}

TEST_P(EveryStatistic, ChangesItsSignWithTheValues) {
  Rows rows = random_rows(60, 12, 1);
  for (double& value : rows.values) {
    value = std::isfinite(value) ? value : 0.0;
  }
  const double before = correlation_of(GetParam(), rows.values, rows.accuracies);
  for (double& value : rows.values) {
    value = -value;
  }
  EXPECT_NE(before, 0.0);
  EXPECT_EQ(correlation_of(GetParam(), rows.values, rows.accuracies), -before);
}

TEST_P(EveryStatistic, DoesNotChangeUnderAnIncreasingFunctionOfTheValues) {
  Rows rows = random_rows(60, 12, 2);
  const double before = correlation_of(GetParam(), rows.values, rows.accuracies);
  for (double& value : rows.values) {
    value = value * value * value + 5.0;
  }
  EXPECT_EQ(correlation_of(GetParam(), rows.values, rows.accuracies), before);
}

TEST_P(EveryStatistic, DoesNotDependOnTheOrderOfTheRows) {
  const Rows rows = random_rows(60, 12, 3);
  std::vector<std::size_t> order(rows.values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomStream random({.seed = 12});
  shuffle<std::size_t>(order, random);
  Rows shuffled;
  for (const std::size_t row : order) {
    shuffled.values.push_back(rows.values[row]);
    shuffled.accuracies.push_back(rows.accuracies[row]);
  }
  EXPECT_EQ(correlation_of(GetParam(), shuffled.values, shuffled.accuracies),
            correlation_of(GetParam(), rows.values, rows.accuracies));
}

/// By the definition without ties: what a correlation of values that tie is divided by must not go by how many do.
TEST_P(EveryStatistic, RewardsNoTiesWhereItIsToldSo) {
  RandomStream random({.seed = 8});
  for (int round = 0; round < 50; ++round) {
    const std::size_t n = 2 + random.below(30);
    std::vector<double> values;
    std::vector<double> different;
    std::vector<double> accuracies;
    for (std::size_t i = 0; i < n; ++i) {
      values.push_back(random.below(4));
      different.push_back(random.uniform());
      accuracies.push_back(random.below(20));
    }
    const auto with = [&](const std::vector<double>& some, ValueTies ties) {
      return correlation<double>(GetParam(), some, accuracies, ties);
    };
    EXPECT_EQ(with(different, ValueTies::unrewarded), with(different, ValueTies::rewarded));
    const double rewarded = with(values, ValueTies::rewarded);
    const double unrewarded = with(values, ValueTies::unrewarded);
    EXPECT_LE(std::abs(unrewarded), std::abs(rewarded));
    EXPECT_TRUE(n <= 4 || rewarded == 0.0 || std::abs(unrewarded) < std::abs(rewarded));
    EXPECT_GE(rewarded * unrewarded, 0.0);
  }
}

TEST(Tau, OfATieIsTheMeanOfBothOrdersWhereTiesAreUnrewarded) {
  const std::vector<double> accuracies{1, 2, 3, 4, 5};
  const auto tau = [&](const std::vector<double>& values) {
    return correlation<double>(Statistic::tau_b, values, accuracies, ValueTies::unrewarded);
  };
  EXPECT_DOUBLE_EQ(tau({2, 1, 3, 3, 4}), (tau({2, 1, 3, 3.5, 4}) + tau({2, 1, 3.5, 3, 4})) / 2);
  EXPECT_DOUBLE_EQ(tau({0, 0, 0, 0, 1}), 0.4);
}

TEST_P(EveryStatistic, ReadsItsOwnName) { EXPECT_EQ(parse_statistic(to_text(GetParam())), GetParam()); }

TEST(Statistic, OfAnUnknownNameIsNone) { EXPECT_EQ(parse_statistic("tau_c"), std::nullopt); }

struct Sample {
  std::size_t n;
  std::uint32_t levels;
};

class SortedVersions : public testing::TestWithParam<Sample> {};
INSTANTIATE_TEST_SUITE_P(Rank, SortedVersions,
                         testing::ValuesIn(std::vector<Sample>{{0, 0},
                                                               {1, 0},
                                                               {2, 0},
                                                               {2, 2},
                                                               {31, 0},
                                                               {31, 5},
                                                               {32, 0},
                                                               {32, 5},
                                                               {33, 0},
                                                               {33, 5},
                                                               {1000, 0},
                                                               {1000, 1},
                                                               {1000, 7},
                                                               {1000, 600}}),
                         [](const auto& sample) {
                           return std::to_string(sample.param.n) + "_rows_" + std::to_string(sample.param.levels) +
                                  "_levels";
                         });

TEST_P(SortedVersions, EqualTheReferenceExactly) {
  for (std::uint32_t index = 0; index < 5; ++index) {
    const Rows rows = random_rows(GetParam().n, GetParam().levels, 100 + index);
    for (const auto ties : {ValueTies::rewarded, ValueTies::unrewarded}) {
      EXPECT_EQ(kendall_tau_b(rows.values, rows.accuracies, ties),
                correlation<double>(Statistic::tau_b, rows.values, rows.accuracies, ties));
      EXPECT_EQ(spearman_rho(rows.values, rows.accuracies, ties),
                correlation<double>(Statistic::rho, rows.values, rows.accuracies, ties));
    }
  }
}

/// Forty rows of whole numbers; the expected figures were printed with repr() by SciPy 1.10.1: kendalltau(x, y),
/// spearmanr(x, y) and weightedtau(x, y, rank=r, weigher=w, additive=True).
Rows rows_with_ties() {
  Rows rows;
  for (int i = 0; i < 40; ++i) {
    rows.values.push_back((i * i * 17 + i * 5) % 41);
    rows.accuracies.push_back((i * 23 + (i * i) % 7) % 37);
  }
  return rows;
}

Rows rows_with_distinct_accuracies() {
  Rows rows;
  for (int i = 0; i < 40; ++i) {
    rows.values.push_back((i * 29 + (i * i) % 5) % 43);
    rows.accuracies.push_back((i * 23) % 41);
  }
  return rows;
}

TEST(AgainstScipy, KendallTau) {
  Rows rows = rows_with_ties();
  EXPECT_NEAR(correlation_of(Statistic::tau_b, rows.values, rows.accuracies), 0.10650889875923143, 1e-15);
  rows = rows_with_distinct_accuracies();
  EXPECT_NEAR(correlation_of(Statistic::tau_b, rows.values, rows.accuracies), 0.08785793700068932, 1e-15);
}

TEST(AgainstScipy, SpearmanRho) {
  Rows rows = rows_with_ties();
  EXPECT_NEAR(correlation_of(Statistic::rho, rows.values, rows.accuracies), 0.16008648878722337, 1e-15);
  rows = rows_with_distinct_accuracies();
  EXPECT_NEAR(correlation_of(Statistic::rho, rows.values, rows.accuracies), 0.06082223603900492, 1e-15);
}

TEST(AgainstScipy, WeightedTau) {
  // r: 0 for the best accuracy, w: SciPy's default, 1 / (r + 1). The fixed-point weights are rounded at 2^-31.
  Rows rows = rows_with_distinct_accuracies();
  EXPECT_NEAR(correlation_of(Statistic::weighted_tau, rows.values, rows.accuracies), 0.24983351374758406, 1e-7);
  // r: the row's number, w: the mean of 1 / (k + 1) over the places k that rows of its accuracy take.
  rows = rows_with_ties();
  EXPECT_NEAR(correlation_of(Statistic::weighted_tau, rows.values, rows.accuracies), 0.15321035758091087, 1e-7);
}

}  // namespace
}  // namespace zcmpi
