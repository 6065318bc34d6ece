#include "host_pairs.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "lane_sort.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/lanes.hpp"

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
    rows[k] = load_some_lanes(values + first, n - first);
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

/// Whether pairs are compared for ties too, or only for the order of their values.
enum class Ties : std::uint8_t { compared, left_out };

/// Each of `block` rows from row `i` on against those after it.
template <Ties ties, std::size_t block>
void count_rows(const float* interleaved, std::size_t n, std::size_t i, LaneCounts (&counts)[block]) {
  FloatLanes rows[block];
  for (std::size_t k = 0; k < block; ++k) {
    rows[k] = load_lanes(interleaved + (i + k) * lanes);
  }
  const auto compare = [&](std::size_t k, FloatLanes later) {
    count_where(counts[k].below, less(later, rows[k]));
    if constexpr (ties == Ties::compared) {
      count_where(counts[k].equal, equal(later, rows[k]));
    }
  };
  for (std::size_t later = 1; later < block; ++later) {
    for (std::size_t k = 0; k < later; ++k) {
      compare(k, rows[later]);
    }
  }
  for (std::size_t j = i + block; j < n; ++j) {
    const FloatLanes value = load_lanes(interleaved + j * lanes);
    for (std::size_t k = 0; k < block; ++k) {
      compare(k, value);
    }
  }
}

/// All pairs of each column. The sums fit a counter.
template <Ties ties>
LaneCounts count_pairs(const float* interleaved, std::size_t n) {
  // As many rows as registers hold with their counters: a CPU has 32 registers of 64 bytes, or 16 narrower ones.
  constexpr std::size_t block = lane_count == 16 ? 8 : 4;
  LaneCounts counts[block];
  std::size_t i = 0;
  for (; i + block <= n; i += block) {
    count_rows<ties>(interleaved, n, i, counts);
  }
  LaneCounts sums[1];
  for (; i < n; ++i) {
    count_rows<ties>(interleaved, n, i, sums);
  }
  for (const LaneCounts& some : counts) {
    sums[0].below += some.below;
    sums[0].equal += some.equal;
  }
  return sums[0];
}

/// The pairs of equal rows of each sorted column.
IntLanes count_equal_sorted(const float* interleaved, std::size_t n) {
  IntLanes total{};
  IntLanes equal_before{};
  FloatLanes last = load_lanes(interleaved);
  for (std::size_t i = 1; i < n; ++i) {
    const FloatLanes row = load_lanes(interleaved + i * lanes);
    equal_before = reinterpret_cast<IntLanes>(
        choose(equal(row, last), reinterpret_cast<FloatLanes>(equal_before + 1), FloatLanes{}));
    total += equal_before;
    last = row;
  }
  return total;
}

}  // namespace

std::size_t columns_at_once() { return lanes; }

PairLimits measured_pair_limits() {
  if constexpr (lane_count == 16) {
    return {.interleaved = 305, .alone = 205, .rho = 200, .weighted_tau = 420};
  } else if constexpr (lane_count == 8) {
    return {.interleaved = 200, .alone = 155, .rho = 120, .weighted_tau = 350};
  } else {
    return {.interleaved = 180, .alone = 125, .rho = 80, .weighted_tau = 150};
  }
}

std::size_t interleaved_size(std::size_t n) { return (n + lanes - 1) / lanes * lanes * lanes; }

void interleave(const Column* columns, std::size_t count, std::size_t n, float* out) {
  ZCMPI_EXPECT(n <= most_uneven_rows);
  const std::size_t most = (n + lanes - 1) / lanes * lanes;
  for (std::size_t begin = 0; begin < most; begin += lanes) {
    FloatLanes block[lane_count];
    for (std::size_t c = 0; c < lanes; ++c) {
      const std::size_t left = c < count && columns[c].rows > begin ? columns[c].rows - begin : 0;
      block[c] = load_some_lanes(left > 0 ? columns[c].values + begin : out, left);
    }
    transpose_lanes(block);
    for (std::size_t i = 0; i < lanes; ++i) {
      store_lanes(block[i], out + (begin + i) * lanes);
    }
  }
}

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

void count_interleaved(float* interleaved, std::size_t n, PairTotals* totals) {
  ZCMPI_EXPECT(n <= most_interleaved_rows);
  // Equal neighbours of sorted columns are found sooner than all pairs are compared once more, where a processor has
  // one unit alone for comparing and columns are not short (bench_evaluation --benchmark_filter=rank).
  constexpr bool comparing_is_scarce = lane_count == 16;
  LaneCounts counts;
  if (!comparing_is_scarce || n <= most_uneven_rows) {
    counts = count_pairs<Ties::compared>(interleaved, n);
  } else {
    counts = count_pairs<Ties::left_out>(interleaved, n);
    const std::size_t padded = (n + sorted_block - 1) / sorted_block * sorted_block;
    std::fill(interleaved + n * lanes, interleaved + padded * lanes, std::numeric_limits<float>::infinity());
    sort_interleaved(interleaved, padded);
    counts.equal = count_equal_sorted(interleaved, n);
  }
  for (std::size_t k = 0; k < lanes; ++k) {
    totals[k] = {counts.below[static_cast<int>(k)], counts.equal[static_cast<int>(k)]};
  }
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

std::int64_t score_small_groups(const float* values, const TieGroup* groups, std::size_t count) {
  IntLanes up{};
  IntLanes down{};
  for (std::size_t g = 0; g < count; ++g) {
    if (groups[g].rows > lane_count) {
      continue;
    }
    const float* const rows = values + groups[g].begin;
    const FloatLanes earlier = load_lanes(rows);
    for (int distance = 1; distance < groups[g].rows; ++distance) {
      const FloatLanes later = load_lanes(rows + distance);
      const LaneMask pairs = lanes_before(groups[g].rows - distance);
      count_where(up, both(pairs, less(earlier, later)));
      count_where(down, both(pairs, less(later, earlier)));
    }
  }
  return sum_lanes(up) - sum_lanes(down);
}

void score_groups_interleaved(const float* interleaved, const TieGroup* groups, std::size_t count,
                              std::int64_t* scores) {
  IntLanes up{};
  IntLanes down{};
  for (std::size_t g = 0; g < count; ++g) {
    const auto begin = static_cast<std::size_t>(groups[g].begin);
    const std::size_t end = begin + static_cast<std::size_t>(groups[g].rows);
    for (std::size_t j = begin + 1; j < end; ++j) {
      const FloatLanes later = load_lanes(interleaved + j * lanes);
      for (std::size_t i = begin; i < j; ++i) {
        const FloatLanes earlier = load_lanes(interleaved + i * lanes);
        count_where(up, less(earlier, later));
        count_where(down, less(later, earlier));
      }
    }
  }
  const IntLanes difference = up - down;
  for (std::size_t k = 0; k < lanes; ++k) {
    scores[k] = difference[static_cast<int>(k)];
  }
}

PairTotals weigh_all_pairs(const float* values, std::size_t n, const std::int64_t* weights) {
  PairTotals totals;
  for (std::size_t begin = 0; begin < n; begin += lane_count) {
    const auto rows_here = static_cast<int>(std::min<std::size_t>(n - begin, lane_count));
    const FloatLanes rows = load_some_lanes(values + begin, n - begin);
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
    const FloatLanes rows = load_some_lanes(values + begin, n - begin);
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
