/// \file
/// Ways of counting inversions and ties that zcmpi does not take, for comparison.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "host_order.hpp"
#include "host_pairs.hpp"
#include "zcmpi/core/lanes.hpp"
#include "zcmpi/core/portable_math.hpp"

namespace zcmpi::detail {

inline constexpr auto lanes = static_cast<std::size_t>(lane_count);

inline constexpr std::size_t base_rows = 4 * lanes;

/// Sorts up to base_rows values into `sorted`; returns the pairs i < j with v_j < v_i. A row's place is the number of
/// rows that sort before it, and a pair in order is one that counts for the later row's place.
inline std::int64_t sort_base(const float* values, std::size_t n, std::int32_t* sorted) {
  std::int64_t in_order = 0;
  for (std::size_t begin = 0; begin < n; begin += lane_count) {
    const auto rows_here = static_cast<int>(std::min<std::size_t>(n - begin, lane_count));
    const FloatLanes rows = load_some_lanes(values + begin, n - begin);
    IntLanes places{};
    for (std::size_t i = 0; i < begin; ++i) {
      count_where(places, less_equal(broadcast(values[i]), rows));
    }
    for (int i = 0; i < rows_here; ++i) {
      count_where(places,
                  both(lanes_after(i), less_equal(broadcast(values[begin + static_cast<std::size_t>(i)]), rows)));
    }
    in_order += sum_lanes(places);
    for (int i = 0; i < rows_here; ++i) {
      count_where(places, both(lanes_before(i), less(broadcast(values[begin + static_cast<std::size_t>(i)]), rows)));
    }
    for (std::size_t i = begin + static_cast<std::size_t>(rows_here); i < n; ++i) {
      count_where(places, less(broadcast(values[i]), rows));
    }
    for (int k = 0; k < rows_here; ++k) {
      sorted[places[k]] = portable::ordered_bits(values[begin + static_cast<std::size_t>(k)]);
    }
  }
  const auto rows = static_cast<std::int64_t>(n);
  return rows * (rows - 1) / 2 - in_order;
}

/// Merges two sorted arrays; returns the pairs (left, right) with left > right.
///
/// The front and the back are merged at the same time, since each is a chain of dependent steps. A pair is counted in
/// front when its right element goes there, and in the back when its left element does; what is counted twice is a
/// right element in front with a left one in the back.
inline std::int64_t merge(const std::int32_t* left, std::size_t left_size, const std::int32_t* right,
                          std::size_t right_size, std::int32_t* to) {
  const std::int32_t* const left_back = left + left_size - 1;
  const std::int32_t* const right_back = right + right_size - 1;
  std::int32_t* const to_back = to + left_size + right_size - 1;
  const std::size_t steps = std::min(left_size, right_size);
  std::size_t front = 0;  // Taken from the left, at the front and at the back.
  std::size_t back = 0;
  std::size_t inversions = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    // Which one to take is a coin toss: all ones or zero, so that no branch can be mispredicted.
    const std::int64_t first_left = left[front];
    const std::int64_t first_difference = right[step - front] - first_left;
    const std::int64_t take_right = first_difference >> 63;
    to[step] = static_cast<std::int32_t>(first_left + (first_difference & take_right));
    inversions += (left_size - front) & static_cast<std::size_t>(take_right);
    front += static_cast<std::size_t>(1 + take_right);

    const std::int64_t last_right = *(right_back - (step - back));
    const std::int64_t last_difference = last_right - *(left_back - back);
    const std::int64_t take_left = last_difference >> 63;
    *(to_back - step) = static_cast<std::int32_t>(last_right - (last_difference & take_left));
    inversions += (right_size - (step - back)) & static_cast<std::size_t>(take_left);
    back -= static_cast<std::size_t>(take_left);
  }
  std::size_t right_front = steps - front;
  const std::size_t left_end = left_size - back;
  const std::size_t right_end = right_size - (steps - back);
  for (std::size_t place = steps; place < left_size + right_size - steps; ++place) {
    const bool take_right = front == left_end || (right_front < right_end && right[right_front] < left[front]);
    inversions += take_right ? left_size - front : 0;
    to[place] = take_right ? right[right_front++] : left[front++];
  }
  return static_cast<std::int64_t>(inversions) - static_cast<std::int64_t>(right_front * back);
}

inline std::int64_t count_equal_in_sorted(const std::int32_t* sorted, std::size_t n) {
  std::int64_t pairs = 0;
  std::int64_t before = 0;
  for (std::size_t i = 1; i < n; ++i) {
    before = sorted[i] == sorted[i - 1] ? before + 1 : 0;
    pairs += before;
  }
  return pairs;
}

/// O(n log n) (Knight 1966): blocks are sorted by counting, then merged. `scratch` has 2n elements.
inline PairTotals count_by_merging(const float* values, std::size_t n, std::int32_t* scratch) {
  PairTotals totals;
  std::int32_t* from = scratch;
  std::int32_t* to = scratch + n;
  for (std::size_t begin = 0; begin < n; begin += base_rows) {
    totals.below += sort_base(values + begin, std::min(base_rows, n - begin), from + begin);
  }
  for (std::size_t width = base_rows; width < n; width *= 2) {
    for (std::size_t begin = 0; begin < n; begin += 2 * width) {
      const std::size_t left_size = std::min(width, n - begin);
      const std::size_t right_size = std::min(width, n - begin - left_size);
      totals.below += merge(from + begin, left_size, from + begin + left_size, right_size, to + begin);
    }
    std::swap(from, to);
  }
  totals.equal = count_equal_in_sorted(from, n);
  return totals;
}

/// Rows ordered by their values, then each looks up in a Fenwick tree how many rows behind it came before in that
/// order: as weigh_ordered_pairs does, with a tree of a quarter of the size, which is the best this way can do for
/// counts.
class OrderAndFenwick {
 public:
  explicit OrderAndFenwick(std::size_t n) : scratch_(2 * n), tree_(n + 1) {}

  PairTotals count(const float* values, std::size_t n) {
    const OrderedRow* const ordered = order_rows(values, n, scratch_.data());
    PairTotals totals;
    std::fill_n(tree_.begin(), n + 1, 0U);
    std::int64_t ties = 0;
    for (std::size_t k = 0; k < n; ++k) {
      ties = k > 0 && ordered[k].key == ordered[k - 1].key ? ties + 1 : 0;
      totals.equal += ties;
      // Rows of lower value, or of equal value and before this one, that are behind it.
      totals.below += static_cast<std::int64_t>(k) - enter(ordered[k].row);
    }
    return totals;
  }

 private:
  /// Rows entered so far that are before `row`; enters it.
  std::int64_t enter(std::size_t row) {
    std::int64_t sum = 0;
    for (std::size_t place = row; place > 0; place &= place - 1) {
      sum += tree_[place];
    }
    for (std::size_t place = row + 1; place < tree_.size(); place += place & (~place + 1)) {
      ++tree_[place];
    }
    return sum;
  }

  std::vector<OrderedRow> scratch_;
  std::vector<std::uint32_t> tree_;
};

}  // namespace zcmpi::detail
