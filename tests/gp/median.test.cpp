#include "zcmpi/gp/median.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
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
      // Above, below and around 0.
      for (const double least : {1.0, -200.0, -0.5 * step * static_cast<double>(size / 2)}) {
        RandomStream random({.seed = size});
        std::vector<double> values(size);
        std::ranges::generate(values, [&] { return least + step * random.below(static_cast<std::uint32_t>(size)); });
        auto sorted = values;
        std::ranges::sort(sorted);
        const double expected = size % 2 == 1 ? sorted[size / 2] : 0.5 * (sorted[size / 2 - 1] + sorted[size / 2]);
        ASSERT_EQ(median(values), expected) << size << " values from " << least << ", steps of " << step;
      }
    }
  }
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(median(std::array{-infinity, -infinity, 0.5}), -infinity);
  EXPECT_EQ(median(std::array{-infinity, 0.5, 0.75, 1e300}), 0.625);
}

/// Of all sizes up to some registers, and some larger ones; of different values, of few, and of one.
template <class Integer>
void expect_nth_smallest(std::vector<std::size_t> sizes) {
  for (std::size_t size = 1; size < 150; ++size) {
    sizes.push_back(size);
  }
  constexpr auto lowest = std::numeric_limits<Integer>::min();
  constexpr auto highest = std::numeric_limits<Integer>::max();
  for (const std::size_t size : sizes) {
    for (const std::uint32_t different : {1U, 2U, 7U, 60'000U}) {
      RandomStream random({.seed = size, .index = different});
      std::vector<Integer> values(size);
      std::ranges::generate(values, [&] { return static_cast<Integer>(random.below(different)); });
      if (different > 2) {
        // The ends of the range, too.
        values[size / 2] = lowest;
        values[size / 3] = highest;
      }
      auto sorted = values;
      std::ranges::sort(sorted);
      for (const std::size_t nth : {std::size_t{0}, size / 3, size / 2, size - 1}) {
        ASSERT_EQ(nth_smallest(std::span<const Integer>(values), nth), sorted[nth])
            << size << " values, " << different << " different ones";
      }
    }
  }
}

TEST(NthSmallest, IsThatOfTheSortedValues) {
  expect_nth_smallest<std::int32_t>({1000, 10'001});
  // With so many, counters of 16 bits would overflow.
  expect_nth_smallest<std::int16_t>({1000, 10'001, 1'500'000});
}

}  // namespace
}  // namespace zcmpi
