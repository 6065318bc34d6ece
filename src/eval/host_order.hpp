/// \file
/// Ranking one column of many values by their order, on the CPU, for the statistics that want more than counts of
/// pairs. Rows and values are those of host_pairs.hpp; everything is an exact integer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "host_pairs.hpp"

namespace zcmpi::detail {

/// A row with a number that sorts as its value does.
struct OrderedRow {
  std::uint32_t key;
  std::uint32_t row;
};

/// The rows in ascending order of their values, equal ones in the order of the rows; O(n), by radix. They lie in
/// `scratch`, which has 2n elements.
const OrderedRow* order_rows(const float* values, std::size_t n, OrderedRow* scratch);

/// multiply_ranks in O(n). `scratch` has 2n elements.
RankProducts multiply_ordered_ranks(const float* values, std::size_t n, const std::int32_t* accuracy_ranks,
                                    OrderedRow* scratch);

/// Rows and the sum of their weights.
struct WeighedRows {
  std::int64_t weight = 0;
  std::int64_t rows = 0;
};

/// weigh_all_pairs in O(n log n). `scratch` has 2n elements, `tree` n + 1.
PairTotals weigh_ordered_pairs(const float* values, std::size_t n, const std::int64_t* weights, OrderedRow* scratch,
                               WeighedRows* tree);

}  // namespace zcmpi::detail
