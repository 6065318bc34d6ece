#include "lane_sort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "zcmpi/core/random.hpp"

namespace zcmpi::detail {
namespace {

std::vector<float> column_of(const std::vector<float>& interleaved, std::size_t which) {
  std::vector<float> column;
  for (std::size_t row = 0; row < interleaved.size() / lane_count; ++row) {
    column.push_back(interleaved[row * lane_count + which]);
  }
  return column;
}

void expect_sorted(std::vector<float> interleaved) {
  std::vector<std::vector<float>> expected;
  for (std::size_t k = 0; k < lane_count; ++k) {
    expected.push_back(column_of(interleaved, k));
    std::ranges::sort(expected.back());
  }
  sort_interleaved(interleaved.data(), interleaved.size() / lane_count);
  for (std::size_t k = 0; k < lane_count; ++k) {
    ASSERT_EQ(column_of(interleaved, k), expected[k]) << "column " << k << " of " << expected[k].size() << " rows";
  }
}

TEST(LaneSort, SortsEachColumnAtEveryNumberOfBlocks) {
  for (std::size_t rows = 0; rows <= 40 * sorted_block; rows += sorted_block) {
    RandomStream random({.seed = 55, .index = static_cast<std::uint32_t>(rows)});
    std::vector<float> values(rows * lane_count);
    for (float& value : values) {
      value = static_cast<float>(random.normal());
    }
    expect_sorted(values);
    // Few different ones, the infinities among them.
    for (float& value : values) {
      value = static_cast<float>(random.below(5));
      value = value == 4.0F ? std::numeric_limits<float>::infinity() : value;
      value = value == 0.0F ? -std::numeric_limits<float>::infinity() : value;
    }
    expect_sorted(values);
  }
}

// What sorts all columns of zeros and ones sorts all columns (the 0-1 principle; Knuth): of a block, every one.
TEST(LaneSort, SortsEveryBlockOfZerosAndOnes) {
  constexpr std::uint32_t blocks = 1U << sorted_block;
  for (std::uint32_t first = 0; first < blocks; first += lane_count) {
    std::vector<float> values(sorted_block * lane_count);
    for (std::uint32_t k = 0; k < lane_count; ++k) {
      for (std::size_t row = 0; row < sorted_block; ++row) {
        values[row * lane_count + k] = (first + k) >> row & 1U ? 1.0F : 0.0F;
      }
    }
    expect_sorted(values);
  }
}

}  // namespace
}  // namespace zcmpi::detail
