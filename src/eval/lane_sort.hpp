/// \file
/// Sorting many short columns at the same time, a lane each.
///
/// Runs of a register's block are sorted in registers by Batcher's odd-even merge sort, longer ones merged bitonically
/// (Batcher 1968). Which rows are compared does not depend on the values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "zcmpi/core/lanes.hpp"

/// What sorts a block, so that it stays in registers.
#define ZCMPI_ALWAYS_INLINE __attribute__((always_inline)) inline

namespace zcmpi::detail {

/// Rows that are sorted in registers; columns are padded to a multiple.
inline constexpr std::size_t sorted_block = lane_count;

ZCMPI_ALWAYS_INLINE FloatLanes smaller(FloatLanes a, FloatLanes b) { return a < b ? a : b; }

ZCMPI_ALWAYS_INLINE void order(FloatLanes& low, FloatLanes& high) {
  const FloatLanes a = low;
  low = smaller(a, high);
  high = larger(a, high);
}

template <std::size_t first, std::size_t step, std::size_t distance, std::size_t... k>
ZCMPI_ALWAYS_INLINE void order_pairs(FloatLanes (&rows)[sorted_block], std::index_sequence<k...> /*all*/) {
  (order(rows[first + k * step], rows[first + k * step + distance]), ...);
}

/// Merges the rows `first`, `first + distance`, `first + 2 distance`, ... of two sorted halves of `count` rows.
template <std::size_t first, std::size_t count, std::size_t distance>
ZCMPI_ALWAYS_INLINE void merge_odd_even(FloatLanes (&rows)[sorted_block]) {
  constexpr std::size_t step = 2 * distance;
  if constexpr (step < count) {
    merge_odd_even<first, count, step>(rows);
    merge_odd_even<first + distance, count, step>(rows);
    order_pairs<first + distance, step, distance>(rows, std::make_index_sequence<count / step - 1>{});
  } else {
    order(rows[first], rows[first + distance]);
  }
}

template <std::size_t first, std::size_t count>
ZCMPI_ALWAYS_INLINE void sort_registers(FloatLanes (&rows)[sorted_block]) {
  if constexpr (count > 1) {
    sort_registers<first, count / 2>(rows);
    sort_registers<first + count / 2, count / 2>(rows);
    merge_odd_even<first, count, 1>(rows);
  }
}

/// The last steps of a bitonic merge.
template <std::size_t first, std::size_t count>
ZCMPI_ALWAYS_INLINE void merge_bitonic(FloatLanes (&rows)[sorted_block]) {
  if constexpr (count > 1) {
    order_pairs<first, 1, count / 2>(rows, std::make_index_sequence<count / 2>{});
    merge_bitonic<first, count / 2>(rows);
    merge_bitonic<first + count / 2, count / 2>(rows);
  }
}

template <class Work>
ZCMPI_ALWAYS_INLINE void with_block(float* rows, const Work& work) {
  FloatLanes block[sorted_block];
  for (std::size_t k = 0; k < sorted_block; ++k) {
    block[k] = load_lanes(rows + k * lane_count);
  }
  work(block);
  for (std::size_t k = 0; k < sorted_block; ++k) {
    store_lanes(block[k], rows + k * lane_count);
  }
}

/// Orders `count` rows from `low` on with as many others: those from `high` on, `step` apart.
template <int step>
void order_rows(float* low, float* high, std::size_t count) {
  for (std::size_t k = 0; k < count; ++k) {
    FloatLanes a = load_lanes(low);
    FloatLanes b = load_lanes(high);
    order(a, b);
    store_lanes(a, low);
    store_lanes(b, high);
    low += lane_count;
    high += step * lane_count;
  }
}

/// Merges the sorted runs of `run` rows from `first` on. The second may end early, at row n: rows that are not there
/// would be higher than all that are, so nothing changes places with them.
inline void merge_runs(float* columns, std::size_t n, std::size_t first, std::size_t run) {
  const auto at = [&](std::size_t row) { return columns + row * lane_count; };
  const std::size_t end = std::min(first + 2 * run, n);
  const std::size_t second_rows = end - (first + run);
  order_rows<-1>(at(first + run - second_rows), at(end - 1), second_rows);
  for (std::size_t distance = run / 2; distance >= sorted_block; distance /= 2) {
    for (std::size_t begin = first; begin + distance < end; begin += 2 * distance) {
      order_rows<1>(at(begin), at(begin + distance), std::min(distance, end - (begin + distance)));
    }
  }
  for (std::size_t begin = first; begin < end; begin += sorted_block) {
    with_block(
        at(begin), [](auto& block) __attribute__((always_inline)) { merge_bitonic<0, sorted_block>(block); });
  }
}

/// Sorts each of the lane_count interleaved columns of n rows, n a multiple of sorted_block. No value is NaN.
inline void sort_interleaved(float* columns, std::size_t n) {
  for (std::size_t begin = 0; begin < n; begin += sorted_block) {
    with_block(
        columns + begin * lane_count,
        [](auto& block) __attribute__((always_inline)) { sort_registers<0, sorted_block>(block); });
  }
  for (std::size_t run = sorted_block; run < n; run *= 2) {
    for (std::size_t first = 0; first + run < n; first += 2 * run) {
      merge_runs(columns, n, first, run);
    }
  }
}

}  // namespace zcmpi::detail
