#include "zcmpi/rank/rank.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/portable_math.hpp"

namespace zcmpi {
namespace {

constexpr std::array<std::pair<Statistic, std::string_view>, 3> statistic_names{
    {{Statistic::tau_b, "tau"}, {Statistic::rho, "rho"}, {Statistic::weighted_tau, "weighted_tau"}}};

/// The value that a row ranks by.
template <class T>
T ranked(T value) {
  return portable::is_finite(value) ? value : -std::numeric_limits<T>::infinity();
}

template <class T>
int compare(T a, T b) {
  return (a > b ? 1 : 0) - (a < b ? 1 : 0);
}

/// Twice the mid-rank of row i.
template <class T, class Key>
std::int64_t doubled_mid_rank(std::span<const T> column, std::size_t i, Key key) {
  std::int64_t rank = 1;
  for (const T other : column) {
    const int sign = compare(key(column[i]), key(other));
    rank += sign > 0 ? 2 : (sign == 0 ? 1 : 0);
  }
  return rank;
}

double quotient(std::int64_t covariance, std::int64_t variance_a, std::int64_t variance_b) {
  if (variance_a <= 0 || variance_b <= 0) {
    return 0.0;
  }
  return static_cast<double>(covariance) / std::sqrt(static_cast<double>(variance_a) * static_cast<double>(variance_b));
}

template <class Counts>
double tau_of(const Counts& counts, ValueTies ties) {
  const auto tied_values = ties == ValueTies::rewarded ? counts.tied_values : 0;
  return quotient(counts.score, counts.pairs - tied_values, counts.pairs - counts.tied_accuracies);
}

}  // namespace

std::string_view to_text(Statistic statistic) {
  for (const auto& [value, name] : statistic_names) {
    if (value == statistic) {
      return name;
    }
  }
  return "unknown";
}

std::optional<Statistic> parse_statistic(std::string_view text) {
  for (const auto& [value, name] : statistic_names) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

template <class T>
PairCounts count_pairs(std::span<const T> values, std::span<const double> accuracies) {
  ZCMPI_EXPECT(values.size() == accuracies.size());
  PairCounts counts;
  for (std::size_t j = 0; j < values.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      const int by_value = compare(ranked(values[j]), ranked(values[i]));
      const int by_accuracy = compare(accuracies[j], accuracies[i]);
      ++counts.pairs;
      counts.score += by_value * by_accuracy;
      counts.tied_values += by_value == 0 ? 1 : 0;
      counts.tied_accuracies += by_accuracy == 0 ? 1 : 0;
    }
  }
  return counts;
}

double tau_from_counts(const PairCounts& counts, ValueTies ties) { return tau_of(counts, ties); }

template <class T>
RankSums sum_ranks(std::span<const T> values, std::span<const double> accuracies) {
  ZCMPI_EXPECT(values.size() == accuracies.size());
  RankSums sums;
  sums.n = static_cast<std::int64_t>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t a = doubled_mid_rank(values, i, ranked<T>);
    const std::int64_t b = doubled_mid_rank(accuracies, i, [](double accuracy) { return accuracy; });
    sums.products += a * b;
    sums.value_squares += a * a;
    sums.accuracy_squares += b * b;
  }
  return sums;
}

double rho_from_sums(const RankSums& sums, ValueTies ties) {
  // The mean of doubled mid-ranks is n + 1, whatever the ties.
  const std::int64_t n = sums.n;
  const std::int64_t mean_part = n * (n + 1) * (n + 1);
  // Doubled ranks without ties are 2, 4, ..., 2 n.
  const std::int64_t spread = ties == ValueTies::rewarded ? sums.value_squares - mean_part : (n - 1) * n * (n + 1) / 3;
  return quotient(sums.products - mean_part, spread, sums.accuracy_squares - mean_part);
}

std::vector<std::int64_t> hyperbolic_weights(std::span<const double> accuracies) {
  constexpr std::int64_t one = std::int64_t{1} << 30;
  const auto rounded_quotient = [](std::int64_t a, std::int64_t b) { return (a + b / 2) / b; };

  std::vector<std::size_t> best_first(accuracies.size());
  std::iota(best_first.begin(), best_first.end(), std::size_t{0});
  std::sort(best_first.begin(), best_first.end(),
            [&](std::size_t a, std::size_t b) { return accuracies[a] > accuracies[b]; });

  std::vector<std::int64_t> weights(accuracies.size());
  for (std::size_t begin = 0, end = 0; begin < best_first.size(); begin = end) {
    std::int64_t sum = 0;
    for (; end < best_first.size() && accuracies[best_first[end]] == accuracies[best_first[begin]]; ++end) {
      sum += rounded_quotient(one, static_cast<std::int64_t>(end) + 1);
    }
    const std::int64_t mean = rounded_quotient(sum, static_cast<std::int64_t>(end - begin));
    for (std::size_t rank = begin; rank < end; ++rank) {
      weights[best_first[rank]] = mean;
    }
  }
  return weights;
}

template <class T>
WeightedCounts count_weighted_pairs(std::span<const T> values, std::span<const double> accuracies,
                                    std::span<const std::int64_t> weights) {
  ZCMPI_EXPECT(values.size() == accuracies.size() && values.size() == weights.size());
  WeightedCounts counts;
  for (std::size_t j = 0; j < values.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      const int by_value = compare(ranked(values[j]), ranked(values[i]));
      const int by_accuracy = compare(accuracies[j], accuracies[i]);
      const std::int64_t weight = weights[i] + weights[j];
      counts.pairs += weight;
      counts.score += by_value * by_accuracy * weight;
      counts.tied_values += by_value == 0 ? weight : 0;
      counts.tied_accuracies += by_accuracy == 0 ? weight : 0;
    }
  }
  return counts;
}

double tau_from_counts(const WeightedCounts& counts, ValueTies ties) { return tau_of(counts, ties); }

template <class T>
double correlation(Statistic statistic, std::span<const T> values, std::span<const double> accuracies, ValueTies ties) {
  switch (statistic) {
    case Statistic::tau_b: return tau_from_counts(count_pairs(values, accuracies), ties);
    case Statistic::rho: return rho_from_sums(sum_ranks(values, accuracies), ties);
    case Statistic::weighted_tau:
      return tau_from_counts(count_weighted_pairs<T>(values, accuracies, hyperbolic_weights(accuracies)), ties);
  }
  return 0.0;
}

template PairCounts count_pairs(std::span<const float>, std::span<const double>);
template PairCounts count_pairs(std::span<const double>, std::span<const double>);
template RankSums sum_ranks(std::span<const float>, std::span<const double>);
template RankSums sum_ranks(std::span<const double>, std::span<const double>);
template WeightedCounts count_weighted_pairs(std::span<const float>, std::span<const double>,
                                             std::span<const std::int64_t>);
template WeightedCounts count_weighted_pairs(std::span<const double>, std::span<const double>,
                                             std::span<const std::int64_t>);
template double correlation(Statistic, std::span<const float>, std::span<const double>, ValueTies);
template double correlation(Statistic, std::span<const double>, std::span<const double>, ValueTies);

}  // namespace zcmpi
