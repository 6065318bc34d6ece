#include "host_pairs.hpp"

#include <algorithm>
#include <utility>

#include "lanes.hpp"
#include "zcmpi/core/portable_math.hpp"

namespace zcmpi::detail {
namespace {

constexpr auto lanes = static_cast<std::size_t>(lane_count);

/// What a register of rows j has counted against rows i.
struct LaneCounts {
  IntLanes below{};
  IntLanes equal{};
};

/// Rows 0 ... end against the registers of rows from `begin` on, where each row i comes before the register's rows.
template <std::size_t registers>
void count_before(const float* values, std::size_t end, const FloatLanes (&rows)[registers],
                  LaneCounts (&counts)[registers]) {
  for (std::size_t i = 0; i < end; ++i) {
    const FloatLanes value = broadcast(values[i]);
    for (std::size_t k = 0; k < registers; ++k) {
      count_where(counts[k].below, less(rows[k], value));
      count_where(counts[k].equal, equal(rows[k], value));
    }
  }
}

/// The rows of a register against each other.
void count_within(const float* values, std::size_t rows_left, FloatLanes rows, LaneCounts& counts) {
  const int end = static_cast<int>(std::min<std::size_t>(rows_left, lane_count));
  for (int i = 0; i < end; ++i) {
    const FloatLanes value = broadcast(values[i]);
    const LaneMask later = lanes_after(i);
    count_where(counts.below, both(later, less(rows, value)));
    count_where(counts.equal, both(later, equal(rows, value)));
  }
}

/// All pairs whose later row is in `registers` registers from row `begin` on.
template <std::size_t registers>
void count_block(const float* values, std::size_t n, std::size_t begin, PairTotals& totals) {
  FloatLanes rows[registers];
  LaneCounts counts[registers];
  for (std::size_t k = 0; k < registers; ++k) {
    const std::size_t first = begin + k * lanes;
    rows[k] = load_some_lanes(values + first, static_cast<std::int64_t>(n - first));
  }
  count_before(values, begin, rows, counts);
  for (std::size_t k = 0; k < registers; ++k) {
    const std::size_t first = begin + k * lanes;
    for (std::size_t later = k + 1; later < registers; ++later) {
      FloatLanes one_register[1] = {rows[later]};
      LaneCounts one_count[1] = {counts[later]};
      count_before(values + first, lane_count, one_register, one_count);
      counts[later] = one_count[0];
    }
    count_within(values + first, n - first, rows[k], counts[k]);
    totals.below += sum_lanes(counts[k].below);
    totals.equal += sum_lanes(counts[k].equal);
  }
}

/// Order-preserving integer of a float; the two zeros get one.
std::int32_t sort_key(float value) {
  const auto bits = portable::bit_cast<std::int32_t>(value + 0.0F);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

/// A multiple of every lane count.
constexpr std::size_t base_rows = 64;

/// Sorts up to base_rows values into `sorted`; returns the pairs i < j with v_j < v_i. A row's place is the number of
/// rows that sort before it, and a pair in order is one that counts for the later row's place.
std::int64_t sort_base(const float* values, std::size_t n, std::int32_t* sorted) {
  std::int64_t in_order = 0;
  for (std::size_t begin = 0; begin < n; begin += lane_count) {
    const auto rows_here = static_cast<int>(std::min<std::size_t>(n - begin, lane_count));
    const FloatLanes rows = load_some_lanes(values + begin, rows_here);
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
      sorted[places[k]] = sort_key(values[begin + static_cast<std::size_t>(k)]);
    }
  }
  const auto rows = static_cast<std::int64_t>(n);
  return rows * (rows - 1) / 2 - in_order;
}

/// Merges [begin, middle) and [middle, end) of `from` into `to`; returns the pairs (left, right) with left > right.
///
/// The front and the back are merged at the same time, since each is a chain of dependent steps. A pair is counted in
/// front when its right element goes there, and in the back when its left element does; what is counted twice is a
/// right element in front with a left one in the back.
std::int64_t merge(const std::int32_t* from, std::int32_t* to, std::size_t begin, std::size_t middle, std::size_t end) {
  const std::int32_t* left = from + begin;
  const std::int32_t* right = from + middle;
  const std::int32_t* left_back = from + middle - 1;
  const std::int32_t* right_back = from + end - 1;
  const std::int32_t* const left_end = from + middle;
  std::int32_t* front = to + begin;
  std::int32_t* back = to + end - 1;
  std::int64_t inversions = 0;
  const std::size_t steps = std::min(middle - begin, end - middle);
  for (std::size_t step = 0; step < steps; ++step) {
    const std::int32_t front_left = *left;
    const std::int32_t front_right = *right;
    const std::ptrdiff_t take_right = front_right < front_left ? 1 : 0;
    *front++ = take_right != 0 ? front_right : front_left;
    inversions += -take_right & (left_end - left);
    right += take_right;
    left += 1 - take_right;

    const std::int32_t last_left = *left_back;
    const std::int32_t last_right = *right_back;
    const std::ptrdiff_t take_left = last_right < last_left ? 1 : 0;
    *back-- = take_left != 0 ? last_left : last_right;
    inversions += -take_left & (right_back + 1 - left_end);
    left_back -= take_left;
    right_back -= 1 - take_left;
  }
  while (front <= back) {
    const bool take_right = left > left_back || (right <= right_back && *right < *left);
    inversions += take_right ? left_end - left : 0;
    *front++ = take_right ? *right++ : *left++;
  }
  const std::ptrdiff_t right_in_front = right - left_end;
  const std::ptrdiff_t left_in_back = left_end - left;
  return inversions - right_in_front * left_in_back;
}

std::int64_t count_equal_in_sorted(const std::int32_t* sorted, std::size_t n) {
  std::int64_t pairs = 0;
  std::int64_t before = 0;
  for (std::size_t i = 1; i < n; ++i) {
    before = sorted[i] == sorted[i - 1] ? before + 1 : 0;
    pairs += before;
  }
  return pairs;
}

}  // namespace

PairTotals count_all_pairs(const float* values, std::size_t n) {
  constexpr std::size_t wide = 2;
  constexpr std::size_t wide_rows = wide * lanes;
  PairTotals totals;
  std::size_t begin = 0;
  for (; begin + wide_rows <= n; begin += wide_rows) {
    count_block<wide>(values, n, begin, totals);
  }
  for (; begin < n; begin += lane_count) {
    count_block<1>(values, n, begin, totals);
  }
  return totals;
}

PairTotals count_by_merging(const float* values, std::size_t n, std::int32_t* scratch) {
  PairTotals totals;
  std::int32_t* from = scratch;
  std::int32_t* to = scratch + n;
  for (std::size_t begin = 0; begin < n; begin += base_rows) {
    totals.below += sort_base(values + begin, std::min(base_rows, n - begin), from + begin);
  }
  for (std::size_t width = base_rows; width < n; width *= 2) {
    for (std::size_t begin = 0; begin < n; begin += 2 * width) {
      const std::size_t middle = std::min(begin + width, n);
      totals.below += merge(from, to, begin, middle, std::min(middle + width, n));
    }
    std::swap(from, to);
  }
  totals.equal = count_equal_in_sorted(from, n);
  return totals;
}

PairTotals weigh_all_pairs(const float* values, std::size_t n, const std::int64_t* weights) {
  PairTotals totals;
  for (std::size_t begin = 0; begin < n; begin += lane_count) {
    const auto rows_here = static_cast<int>(std::min<std::size_t>(n - begin, lane_count));
    const FloatLanes rows = load_some_lanes(values + begin, rows_here);
    // Each row counts all its discordant partners; a pair's weight w_i + w_j comes from both its ends.
    LaneCounts counts[1];
    const FloatLanes one_register[1] = {rows};
    count_before(values, begin, one_register, counts);
    for (int i = 0; i < rows_here; ++i) {
      const FloatLanes value = broadcast(values[begin + static_cast<std::size_t>(i)]);
      count_where(counts[0].below, both(lanes_after(i), less(rows, value)));
      count_where(counts[0].below, both(lanes_before(i), less(value, rows)));
      count_where(counts[0].equal, equal(rows, value));
    }
    for (std::size_t i = begin + static_cast<std::size_t>(rows_here); i < n; ++i) {
      const FloatLanes value = broadcast(values[i]);
      count_where(counts[0].below, less(value, rows));
      count_where(counts[0].equal, equal(rows, value));
    }
    for (int k = 0; k < rows_here; ++k) {
      const std::int64_t weight = weights[begin + static_cast<std::size_t>(k)];
      totals.below += weight * counts[0].below[k];
      totals.equal += weight * (counts[0].equal[k] - 1);
    }
  }
  return totals;
}

RankProducts multiply_ranks(const float* values, std::size_t n, const std::int32_t* accuracy_ranks) {
  RankProducts sums;
  for (std::size_t begin = 0; begin < n; begin += lane_count) {
    const auto rows_here = static_cast<int>(std::min<std::size_t>(n - begin, lane_count));
    const FloatLanes rows = load_some_lanes(values + begin, rows_here);
    IntLanes ranks{};
    for (std::size_t i = 0; i < n; ++i) {
      const FloatLanes value = broadcast(values[i]);
      count_where(ranks, less(value, rows));
      count_where(ranks, less_equal(value, rows));
    }
    for (int k = 0; k < rows_here; ++k) {
      const std::int64_t rank = ranks[k] + 1;
      sums.products += rank * accuracy_ranks[begin + static_cast<std::size_t>(k)];
      sums.value_squares += rank * rank;
    }
  }
  return sums;
}

}  // namespace zcmpi::detail
