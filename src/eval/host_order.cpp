#include "host_order.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "zcmpi/core/portable_math.hpp"

namespace zcmpi::detail {
namespace {

constexpr unsigned digit_bits = 8;
constexpr std::size_t digits = 4;
constexpr std::uint32_t digit_values = 1U << digit_bits;

constexpr std::uint32_t digit(std::uint32_t key, std::size_t which) {
  return (key >> (which * digit_bits)) & (digit_values - 1);
}

/// Calls `visit` with the begin and the end of each run of equal values, and with the sum of what a column has for its
/// rows.
template <class T, class Visit>
void for_equal_rows(const OrderedRow* ordered, std::size_t n, const T* column, Visit visit) {
  for (std::size_t begin = 0, end = 0; begin < n; begin = end) {
    std::int64_t sum = 0;
    for (; end < n && ordered[end].key == ordered[begin].key; ++end) {
      sum += column[ordered[end].row];
    }
    visit(begin, end, sum);
  }
}

}  // namespace

const OrderedRow* order_rows(const float* values, std::size_t n, OrderedRow* scratch) {
  constexpr std::uint32_t sign = 0x80000000U;
  std::array<std::array<std::uint32_t, digit_values>, digits> places{};
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t key = static_cast<std::uint32_t>(portable::ordered_bits(values[i])) ^ sign;
    scratch[i] = {key, static_cast<std::uint32_t>(i)};
    for (std::size_t which = 0; which < digits; ++which) {
      ++places[which][digit(key, which)];
    }
  }
  OrderedRow* from = scratch;
  OrderedRow* to = scratch + n;
  for (std::size_t which = 0; which < digits; ++which) {
    std::uint32_t before = 0;
    for (std::uint32_t& place : places[which]) {
      before += std::exchange(place, before);
    }
    for (std::size_t i = 0; i < n; ++i) {
      to[places[which][digit(from[i].key, which)]++] = from[i];
    }
    std::swap(from, to);
  }
  return from;
}

RankProducts multiply_ordered_ranks(const float* values, std::size_t n, const std::int32_t* accuracy_ranks,
                                    OrderedRow* scratch) {
  const OrderedRow* const ordered = order_rows(values, n, scratch);
  RankProducts sums;
  for_equal_rows(ordered, n, accuracy_ranks, [&](std::size_t begin, std::size_t end, std::int64_t accuracies) {
    const auto rank = static_cast<std::int64_t>(begin + end + 1);
    sums.products += rank * accuracies;
    sums.value_squares += rank * rank * static_cast<std::int64_t>(end - begin);
  });
  return sums;
}

PairTotals weigh_ordered_pairs(const float* values, std::size_t n, const std::int64_t* weights, OrderedRow* scratch,
                               WeighedRows* tree) {
  const OrderedRow* const ordered = order_rows(values, n, scratch);
  PairTotals totals;
  for_equal_rows(ordered, n, weights, [&](std::size_t begin, std::size_t end, std::int64_t weight) {
    totals.equal += weight * static_cast<std::int64_t>(end - begin - 1);
  });
  // Sums over rows in a Fenwick tree (Fenwick 1994), which holds those that came before: of lower value, or of equal
  // value and earlier. Those behind the next row are its pairs.
  std::fill_n(tree, n + 1, WeighedRows{});
  WeighedRows held;
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t row = ordered[k].row;
    WeighedRows before;
    for (std::size_t node = row; node > 0; node &= node - 1) {
      before.weight += tree[node].weight;
      before.rows += tree[node].rows;
    }
    totals.below += (held.weight - before.weight) + (held.rows - before.rows) * weights[row];
    for (std::size_t node = row + 1; node <= n; node += node & (~node + 1)) {
      tree[node].weight += weights[row];
      ++tree[node].rows;
    }
    held.weight += weights[row];
    ++held.rows;
  }
  return totals;
}

}  // namespace zcmpi::detail
