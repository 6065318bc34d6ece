#include <algorithm>
#include <limits>
#include <numeric>

#include "inversions.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/portable_math.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {
namespace {

std::vector<double> ranked_values(std::span<const double> values) {
  std::vector<double> ranked(values.begin(), values.end());
  for (double& value : ranked) {
    value = portable::is_finite(value) ? value : -std::numeric_limits<double>::infinity();
  }
  return ranked;
}

std::vector<std::int64_t> doubled_mid_ranks(std::span<const double> column) {
  std::vector<std::size_t> order(column.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return column[a] < column[b]; });
  std::vector<std::int64_t> ranks(column.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && column[order[end]] == column[order[begin]]) {
      ++end;
    }
    for (std::size_t k = begin; k < end; ++k) {
      ranks[order[k]] = static_cast<std::int64_t>(begin + end) + 1;
    }
  }
  return ranks;
}

}  // namespace

double kendall_tau_b(std::span<const double> values, std::span<const double> accuracies, ValueTies ties) {
  ZCMPI_EXPECT(values.size() == accuracies.size());
  const std::size_t n = values.size();
  const std::vector<double> ranked = ranked_values(values);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return accuracies[a] != accuracies[b] ? accuracies[a] < accuracies[b] : ranked[a] < ranked[b];
  });
  const auto tied_accuracy = [&](std::size_t a, std::size_t b) { return accuracies[order[a]] == accuracies[order[b]]; };

  std::vector<double> sorted(n);
  std::vector<double> scratch(n);
  for (std::size_t k = 0; k < n; ++k) {
    sorted[k] = ranked[order[k]];
  }
  const std::int64_t tied_in_both = detail::count_tied_pairs(
      n, [&](std::size_t a, std::size_t b) { return tied_accuracy(a, b) && sorted[a] == sorted[b]; });

  PairCounts counts;
  const auto rows = static_cast<std::int64_t>(n);
  counts.pairs = rows * (rows - 1) / 2;
  counts.tied_accuracies = detail::count_tied_pairs(n, tied_accuracy);
  // Rows of equal accuracy are in order of their values, so that every inversion is a discordant pair.
  const std::int64_t discordant = detail::sort_counting_inversions<double>(sorted, scratch);
  counts.tied_values =
      detail::count_tied_pairs(n, [&](std::size_t a, std::size_t b) { return sorted[a] == sorted[b]; });
  const std::int64_t untied = counts.pairs - counts.tied_accuracies - counts.tied_values + tied_in_both;
  counts.score = untied - 2 * discordant;
  return tau_from_counts(counts, ties);
}

double spearman_rho(std::span<const double> values, std::span<const double> accuracies, ValueTies ties) {
  ZCMPI_EXPECT(values.size() == accuracies.size());
  const std::vector<std::int64_t> a = doubled_mid_ranks(ranked_values(values));
  const std::vector<std::int64_t> b = doubled_mid_ranks(accuracies);
  RankSums sums;
  sums.n = static_cast<std::int64_t>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    sums.products += a[i] * b[i];
    sums.value_squares += a[i] * a[i];
    sums.accuracy_squares += b[i] * b[i];
  }
  return rho_from_sums(sums, ties);
}

}  // namespace zcmpi
