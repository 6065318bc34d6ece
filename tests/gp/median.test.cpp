#include "zcmpi/gp/median.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

TEST(Median, OfNothingIsZero) { EXPECT_EQ(median({}), 0.0); }

TEST(Median, IsTheMiddleOrTheMeanOfTheTwoMiddleOnes) {
  std::array<double, 5> odd{5, 1, 3, 2, 4};
  EXPECT_EQ(median(odd), 3.0);
  std::array<double, 4> even{10, 1, 3, 4};
  EXPECT_EQ(median(even), 3.5);
}

/// Of values that single precision tells apart, or not, and of equal ones.
TEST(Median, IsThatOfTheSortedValues) {
  for (std::size_t size = 1; size < 300; ++size) {
    for (const double step : {0.0, 1e-12, 1e-7, 0.3}) {
      RandomStream random({.seed = size});
      std::vector<double> values(size);
      std::ranges::generate(values, [&] { return 1.0 + step * random.below(static_cast<std::uint32_t>(size)); });
      auto sorted = values;
      std::ranges::sort(sorted);
      const double expected = size % 2 == 1 ? sorted[size / 2] : 0.5 * (sorted[size / 2 - 1] + sorted[size / 2]);
      ASSERT_EQ(median(values), expected) << size << " values, steps of " << step;
    }
  }
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(median(std::array{-infinity, -infinity, 0.5}), -infinity);
  EXPECT_EQ(median(std::array{-infinity, 0.5, 0.75, 1e300}), 0.625);
}

TEST(ColumnMedian, OfNothingIsZero) { EXPECT_EQ(ColumnMedian(0)({}), 0.0F); }

/// Of all sizes up to some registers, and some larger ones; of different values, of few, and of one.
TEST(ColumnMedian, IsThatOfTheSortedValues) {
  std::vector<std::size_t> sizes{1000, 1001, 10'000};
  for (std::size_t size = 1; size < 300; ++size) {
    sizes.push_back(size);
  }
  ColumnMedian column_median(*std::ranges::max_element(sizes));
  for (const std::size_t size : sizes) {
    for (const std::uint32_t different : {1U, 2U, 7U, 1'000'000'000U}) {
      RandomStream random({.seed = size, .index = different});
      std::vector<float> values(size);
      std::ranges::generate(values, [&] { return static_cast<float>(random.below(different)) - 3.0F; });
      auto sorted = values;
      std::ranges::sort(sorted);
      const float expected = size % 2 == 1 ? sorted[size / 2] : 0.5F * (sorted[size / 2 - 1] + sorted[size / 2]);
      const auto before = values;
      ASSERT_EQ(column_median(values), expected) << size << " values, " << different << " different ones";
      ASSERT_EQ(values, before);
    }
  }
}

TEST(ColumnMedian, TakesSortedAndInfiniteValues) {
  std::vector<float> values(500);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(i);
  }
  ColumnMedian column_median(values.size());
  EXPECT_EQ(column_median(values), 249.5F);
  std::ranges::reverse(values);
  EXPECT_EQ(column_median(values), 249.5F);
  std::fill_n(values.begin(), 300, -std::numeric_limits<float>::infinity());
  EXPECT_EQ(column_median(values), -std::numeric_limits<float>::infinity());
}

}  // namespace
}  // namespace zcmpi
