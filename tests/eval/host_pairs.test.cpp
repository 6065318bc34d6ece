#include "host_pairs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "host_order.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi::detail {
namespace {

/// n values and the padding behind them, which holds numbers that must not be counted.
std::vector<float> column(std::size_t n, std::uint32_t levels) {
  RandomStream random({.seed = 51, .index = static_cast<std::uint32_t>(n)});
  std::vector<float> values;
  for (std::size_t i = 0; i < n + lane_padding; ++i) {
    values.push_back(levels > 0 ? static_cast<float>(random.below(levels)) : static_cast<float>(random.normal()));
    if (random.below(10) == 0) {
      values.back() = -std::numeric_limits<float>::infinity();
    }
    if (random.below(10) == 0) {
      values.back() = random.below(2) == 0 ? 0.0F : -0.0F;
    }
  }
  return values;
}

PairTotals by_definition(const std::vector<float>& values, std::size_t n) {
  PairTotals totals;
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      totals.below += values[j] < values[i] ? 1 : 0;
      totals.equal += values[j] == values[i] ? 1 : 0;
    }
  }
  return totals;
}

void expect_definition(const std::vector<float>& values, std::size_t n) {
  const PairTotals expected = by_definition(values, n);
  EXPECT_EQ(count_all_pairs(values.data(), n), expected) << n << " rows";
  std::vector<float> spare(partition_scratch(n));
  EXPECT_EQ(count_by_partition(values.data(), n, spare.data()), expected) << n << " rows";
}

TEST(PairTotals, EqualTheDefinitionAtEveryLengthUpToTwoHundred) {
  for (std::size_t n = 0; n <= 200; ++n) {
    expect_definition(column(n, 0), n);
    expect_definition(column(n, 9), n);
  }
}

TEST(PairTotals, EqualTheDefinitionAroundPowersOfTwo) {
  for (const std::size_t n : {511U, 512U, 513U, 1000U, 1023U, 1025U, 1300U, 4722U}) {
    expect_definition(column(n, 0), n);
    expect_definition(column(n, 100), n);
  }
}

TEST(PairTotals, OfSortedAndReversedAndEqualValues) {
  constexpr std::size_t n = 777;
  std::vector<float> values(n + lane_padding);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = static_cast<float>(i);
  }
  expect_definition(values, n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = -static_cast<float>(i);
  }
  expect_definition(values, n);
  std::fill(values.begin(), values.end(), 1.0F);
  expect_definition(values, n);
}

TEST(PairTotals, OfValuesThatMisleadTheGuessOfAMedian) {
  // The rows that are looked at for a median are all alike, and higher or lower than all others.
  for (const std::size_t n : {500U, 1000U, 4722U}) {
    for (const float odd_one : {1e6F, -1e6F}) {
      std::vector<float> values = column(n, 0);
      for (std::size_t k = 0; k < lane_padding; ++k) {
        for (const std::size_t lanes : {4U, 8U, 16U}) {
          values[(2 * (k % lanes) + 1) * n / (2 * lanes)] = odd_one;
        }
      }
      expect_definition(values, n);
    }
  }
}

TEST(InterleavedTotals, TakeColumnsOfDifferentLengths) {
  std::vector<std::vector<float>> values;
  std::vector<Column> columns;
  for (std::size_t c = 0; c < columns_at_once(); ++c) {
    values.push_back(column(3 * c, 9));
    columns.push_back({values.back().data(), 3 * c});
  }
  const std::size_t longest = columns.back().rows;
  std::vector<float> interleaved(interleaved_size(longest));
  interleave(columns.data(), columns.size(), longest, interleaved.data());
  std::vector<PairTotals> totals(columns_at_once());
  count_interleaved(interleaved.data(), longest, totals.data());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    EXPECT_EQ(totals[c], by_definition(values[c], columns[c].rows)) << "column " << c;
  }
}

TEST(InterleavedTotals, EqualThoseOfTheirColumns) {
  for (const std::size_t n : {0U, 1U, 2U, 3U, 4U, 5U, 15U, 16U, 17U, 33U, 100U, 301U}) {
    const std::size_t stride = n + lane_padding;
    for (std::size_t columns = 1; columns <= columns_at_once(); ++columns) {
      const std::vector<float> values = column(columns * stride, 50);
      std::vector<float> interleaved(interleaved_size(n));
      interleave(values.data(), stride, columns, n, interleaved.data());
      std::vector<PairTotals> totals(columns_at_once());
      count_interleaved(interleaved.data(), n, totals.data());
      for (std::size_t c = 0; c < columns; ++c) {
        EXPECT_EQ(totals[c], count_all_pairs(values.data() + c * stride, n)) << n << " rows, column " << c;
      }
    }
  }
}

TEST(InterleavedTotals, OfTheLongestColumnsWhoseRowsAllTieFitTheirCounters) {
  constexpr std::size_t n = most_interleaved_rows;
  std::vector<float> interleaved(interleaved_size(n), 1.0F);
  std::vector<PairTotals> totals(columns_at_once());
  count_interleaved(interleaved.data(), n, totals.data());
  const PairTotals expected{0, std::int64_t{n} * (n - 1) / 2};
  EXPECT_EQ(totals, std::vector(columns_at_once(), expected));
}

std::int64_t score_by_definition(const float* values, std::size_t stride, const TieGroup& group) {
  std::int64_t score = 0;
  for (int j = group.begin; j < group.begin + group.rows; ++j) {
    for (int i = group.begin; i < j; ++i) {
      const float earlier = values[static_cast<std::size_t>(i) * stride];
      const float later = values[static_cast<std::size_t>(j) * stride];
      score += (earlier < later ? 1 : 0) - (later < earlier ? 1 : 0);
    }
  }
  return score;
}

TEST(GroupScores, EqualTheDefinitionAndPassOverLargeGroups) {
  std::vector<TieGroup> groups;
  int rows = 0;
  for (int size = 2; size <= 20; ++size) {
    groups.push_back({rows, size});
    rows += size + size % 3;
  }
  const std::vector<float> values = column(static_cast<std::size_t>(rows), 5);
  std::int64_t expected = 0;
  for (const TieGroup& group : groups) {
    if (static_cast<std::size_t>(group.rows) <= columns_at_once()) {
      expected += score_by_definition(values.data(), 1, group);
    }
  }
  ASSERT_NE(expected, 0);
  EXPECT_EQ(score_small_groups(values.data(), groups.data(), groups.size()), expected);
  EXPECT_EQ(score_small_groups(values.data(), groups.data(), 0), 0);
}

TEST(GroupScores, OfInterleavedColumnsEqualTheDefinition) {
  const std::vector<TieGroup> groups{{0, 2}, {5, 3}, {8, 40}};
  const std::size_t columns = columns_at_once();
  const std::vector<float> interleaved = column(48 * columns, 5);
  std::vector<std::int64_t> scores(columns);
  score_groups_interleaved(interleaved.data(), groups.data(), groups.size(), scores.data());
  for (std::size_t c = 0; c < columns; ++c) {
    std::int64_t expected = 0;
    for (const TieGroup& group : groups) {
      expected += score_by_definition(interleaved.data() + c, columns, group);
    }
    EXPECT_EQ(scores[c], expected) << "column " << c;
  }
}

/// What orders the rows and what compares all pairs.
TEST(WeightedTotals, EqualTheDefinition) {
  for (const std::size_t n : {0U, 1U, 2U, 15U, 16U, 17U, 100U, 333U}) {
    for (const std::uint32_t levels : {0U, 1U, 9U}) {
      const std::vector<float> values = column(n, levels);
      std::vector<std::int64_t> weights(n);
      PairTotals expected;
      for (std::size_t j = 0; j < n; ++j) {
        weights[j] = static_cast<std::int64_t>(j * j + 3);
        for (std::size_t i = 0; i < j; ++i) {
          expected.below += values[j] < values[i] ? weights[i] + weights[j] : 0;
          expected.equal += values[j] == values[i] ? weights[i] + weights[j] : 0;
        }
      }
      EXPECT_EQ(weigh_all_pairs(values.data(), n, weights.data()), expected) << n << " rows";
      std::vector<OrderedRow> scratch(2 * n);
      std::vector<WeighedRows> tree(n + 1, {7, 7});
      EXPECT_EQ(weigh_ordered_pairs(values.data(), n, weights.data(), scratch.data(), tree.data()), expected)
          << n << " rows";
    }
  }
}

TEST(RankProducts, EqualTheReferenceSums) {
  for (const std::size_t n : {0U, 1U, 2U, 15U, 16U, 17U, 100U, 333U}) {
    for (const std::uint32_t levels : {0U, 1U, 9U}) {
      const std::vector<float> values = column(n, levels);
      std::vector<double> accuracies(n);
      std::vector<std::int32_t> ranks(n);
      for (std::size_t i = 0; i < n; ++i) {
        accuracies[i] = static_cast<double>(i);
        ranks[i] = static_cast<std::int32_t>(2 * i + 2);
      }
      const RankSums expected = sum_ranks(std::span<const float>(values).first(n), accuracies);
      std::vector<OrderedRow> scratch(2 * n);
      for (const RankProducts& sums : {multiply_ranks(values.data(), n, ranks.data()),
                                       multiply_ordered_ranks(values.data(), n, ranks.data(), scratch.data())}) {
        EXPECT_EQ(sums.products, expected.products) << n << " rows";
        EXPECT_EQ(sums.value_squares, expected.value_squares) << n << " rows";
      }
    }
  }
}

TEST(OrderedRows, AreInTheOrderOfValuesThenOfRows) {
  for (const std::size_t n : {1U, 2U, 300U, 70'000U}) {
    const std::vector<float> values = column(n, 0);
    std::vector<OrderedRow> scratch(2 * n);
    const OrderedRow* const ordered = order_rows(values.data(), n, scratch.data());
    std::vector<std::uint32_t> expected(n);
    std::iota(expected.begin(), expected.end(), 0U);
    std::ranges::stable_sort(expected, {}, [&](std::uint32_t row) { return values[row]; });
    for (std::size_t k = 0; k < n; ++k) {
      ASSERT_EQ(ordered[k].row, expected[k]) << "place " << k << " of " << n;
    }
  }
}

}  // namespace
}  // namespace zcmpi::detail
