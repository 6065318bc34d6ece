/// \file
/// Ranking one column of values on the CPU. Rows are in ascending order of accuracy; values are finite or -infinity.
///
/// Everything is an exact integer, whatever the vector width and the way of counting. A column of n values has
/// `lane_padding` readable floats behind it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zcmpi::detail {

/// The most lanes of floats that a CPU's vector register has.
inline constexpr std::size_t lane_padding = 16;

/// Over pairs of rows i < j: how many have v_j < v_i, and how many v_j == v_i.
struct PairTotals {
  std::int64_t below = 0;
  std::int64_t equal = 0;

  friend bool operator==(const PairTotals&, const PairTotals&) = default;
};

/// O(n^2), a register of pairs at a time.
PairTotals count_all_pairs(const float* values, std::size_t n);

/// The same for many columns side by side, a lane each, which spends nothing on pairs within a register: the fastest
/// way where most lanes hold a column. The CPU's register holds `columns_at_once()` columns, 4 to 16.
std::size_t columns_at_once();
/// Floats that interleaved columns of n rows take.
std::size_t interleaved_size(std::size_t n);
/// Writes row i of column c, of which there are 1 to columns_at_once(), to out[i * columns_at_once() + c]. Column c
/// begins at values[c * stride].
void interleave(const float* values, std::size_t stride, std::size_t columns, std::size_t n, float* out);
/// The same for columns of any length up to n, at most most_uneven_rows; NaN, which counts as neither below nor equal,
/// is written where a column has no row. A whole register is read at each column's end.
inline constexpr std::size_t most_uneven_rows = 63;
struct Column {
  const float* values = nullptr;
  std::size_t rows = 0;
};
void interleave(const Column* columns, std::size_t count, std::size_t n, float* out);
/// Writes columns_at_once() totals. May leave each column sorted. Requires n <= most_interleaved_rows.
void count_interleaved(float* interleaved, std::size_t n, PairTotals* totals);
/// Their pairs fit the counters of a lane.
inline constexpr std::size_t most_interleaved_rows = 65'536;

/// O(n log n): a stable quicksort, whose partitions count the pairs that they put in order. `scratch` has
/// partition_scratch(n) elements.
PairTotals count_by_partition(const float* values, std::size_t n, float* scratch);
constexpr std::size_t partition_scratch(std::size_t n) { return 2 * (n + lane_padding); }

/// Up to how many rows comparing all pairs is the faster way.
struct PairLimits {
  /// Columns side by side, and one alone, which are partitioned beyond that.
  std::size_t interleaved = 0;
  std::size_t alone = 0;
  /// The statistics that order rows beyond that (host_order.hpp).
  std::size_t rho = 0;
  std::size_t weighted_tau = 0;
};
/// What was measured for the CPU's registers (bench_evaluation --benchmark_filter=rank).
PairLimits measured_pair_limits();

/// Neighbouring rows of equal accuracy, two or more.
struct TieGroup {
  int begin = 0;
  int rows = 0;
};

/// Over the pairs of rows i < j of the same group, for groups of up to columns_at_once() rows; larger ones are passed
/// over. The number of pairs with v_i < v_j less that of pairs with v_j < v_i.
std::int64_t score_small_groups(const float* values, const TieGroup* groups, std::size_t count);
/// The same for interleaved columns and groups of any size: writes columns_at_once() scores.
void score_groups_interleaved(const float* interleaved, const TieGroup* groups, std::size_t count,
                              std::int64_t* scores);

/// Weights w_i + w_j, summed over the pairs with v_j < v_i, and over those with v_j == v_i.
PairTotals weigh_all_pairs(const float* values, std::size_t n, const std::int64_t* weights);

/// Sums over the rows of a_i b_i and a_i^2, a_i the doubled mid-rank of the value and b_i that of the accuracy.
struct RankProducts {
  std::int64_t products = 0;
  std::int64_t value_squares = 0;
};
RankProducts multiply_ranks(const float* values, std::size_t n, const std::int32_t* accuracy_ranks);

}  // namespace zcmpi::detail
