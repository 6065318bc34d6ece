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

constexpr std::size_t base_rows = 4 * lanes;

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

/// Merges two sorted arrays; returns the pairs (left, right) with left > right.
///
/// The front and the back are merged at the same time, since each is a chain of dependent steps. A pair is counted in
/// front when its right element goes there, and in the back when its left element does; what is counted twice is a
/// right element in front with a left one in the back.
std::int64_t merge(const std::int32_t* left, std::size_t left_size, const std::int32_t* right, std::size_t right_size,
                   std::int32_t* to) {
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

std::int64_t count_equal_in_sorted(const std::int32_t* sorted, std::size_t n) {
  std::int64_t pairs = 0;
  std::int64_t before = 0;
  for (std::size_t i = 1; i < n; ++i) {
    before = sorted[i] == sorted[i - 1] ? before + 1 : 0;
    pairs += before;
  }
  return pairs;
}

void add_lanes(LaneCounts& counts, PairTotals* totals) {
  for (int k = 0; k < lane_count; ++k) {
    totals[k].below += counts.below[k];
    totals[k].equal += counts.equal[k];
  }
  counts = {};
}

/// Each of `block` rows from row `i` on against those after it.
template <std::size_t block>
void count_rows(const float* interleaved, std::size_t n, std::size_t i, LaneCounts (&counts)[block]) {
  FloatLanes rows[block];
  for (std::size_t k = 0; k < block; ++k) {
    rows[k] = load_lanes(interleaved + (i + k) * lanes);
  }
  for (std::size_t later = 1; later < block; ++later) {
    for (std::size_t k = 0; k < later; ++k) {
      count_where(counts[k].below, less(rows[later], rows[k]));
      count_where(counts[k].equal, equal(rows[later], rows[k]));
    }
  }
  for (std::size_t j = i + block; j < n; ++j) {
    const FloatLanes value = load_lanes(interleaved + j * lanes);
    for (std::size_t k = 0; k < block; ++k) {
      count_where(counts[k].below, less(value, rows[k]));
      count_where(counts[k].equal, equal(value, rows[k]));
    }
  }
}

}  // namespace

std::size_t columns_at_once() { return lanes; }

std::size_t measured_all_pairs_limit() { return lane_count == 16 ? 800 : (lane_count == 8 ? 600 : 330); }

std::size_t interleaved_size(std::size_t n) { return (n + lanes - 1) / lanes * lanes * lanes; }

void interleave(const float* values, std::size_t stride, std::size_t columns, std::size_t n, float* out) {
  for (std::size_t begin = 0; begin < n; begin += lanes) {
    FloatLanes block[lane_count];
    for (std::size_t c = 0; c < lanes; ++c) {
      block[c] = load_lanes(values + begin + std::min(c, columns - 1) * stride);
    }
    transpose_lanes(block);
    for (std::size_t i = 0; i < lanes; ++i) {
      store_lanes(block[i], out + (begin + i) * lanes);
    }
  }
}

void count_interleaved(const float* interleaved, std::size_t n, PairTotals* totals) {
  // As many rows as registers hold with their counters: a CPU has 32 registers of 64 bytes, or 16 narrower ones.
  constexpr std::size_t block = lane_count == 16 ? 8 : 4;
  constexpr std::size_t most_uncounted = std::size_t{1} << 30;
  LaneCounts counts[block];
  std::fill_n(totals, lanes, PairTotals{});
  std::size_t uncounted = 0;
  std::size_t i = 0;
  for (; i + block <= n; i += block) {
    count_rows<block>(interleaved, n, i, counts);
    uncounted += n;
    if (uncounted > most_uncounted) {
      for (LaneCounts& lane_counts : counts) {
        add_lanes(lane_counts, totals);
      }
      uncounted = 0;
    }
  }
  for (LaneCounts& lane_counts : counts) {
    add_lanes(lane_counts, totals);
  }
  LaneCounts rest[1];
  for (; i < n; ++i) {
    count_rows<1>(interleaved, n, i, rest);
  }
  add_lanes(rest[0], totals);
}

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
      const std::size_t left_size = std::min(width, n - begin);
      const std::size_t right_size = std::min(width, n - begin - left_size);
      totals.below += merge(from + begin, left_size, from + begin + left_size, right_size, to + begin);
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
