/// \file
/// Rank correlations of formula values with accuracies: plain, exact reference versions.
///
/// Everything is computed from integer counts, so that order of summation cannot matter and a fast kernel can be
/// compared to the bit. One rule for non-finite values: an architecture whose value is not finite ranks below all that
/// are finite, and ties with its like. A correlation with a constant (or with fewer than two rows) is 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace zcmpi {

enum class Statistic {
  /// Kendall's tau-b (Kendall 1945).
  tau_b,
  /// Spearman's rho: Pearson's correlation of the mid-ranks.
  rho,
  /// Tau-b whose pairs weigh w_i + w_j, w the hyperbolic weight 1/(r+1) of an architecture's rank r by accuracy from
  /// the best (0) down (Vigna 2015, additive hyperbolic weighting); equal accuracies share their mean weight.
  weighted_tau,
};

/// What equal values do to a correlation, whose denominator is of the spread of both sides.
enum class ValueTies {
  /// They narrow the spread of values, as in tau-b and with mid-ranks: a correlation whose tied pairs count for nothing
  /// is larger than if they counted half for and half against it.
  rewarded,
  /// The spread is that of values which all differ, so that a tie is worth the mean of both orders.
  unrewarded,
};

std::string_view to_text(Statistic statistic);
std::optional<Statistic> parse_statistic(std::string_view text);

/// What tau-b is made of. Pairs i < j of n rows.
struct PairCounts {
  std::int64_t pairs = 0;
  /// Concordant less discordant pairs.
  std::int64_t score = 0;
  /// Pairs with equal values, and with equal accuracies.
  std::int64_t tied_values = 0;
  std::int64_t tied_accuracies = 0;

  friend bool operator==(const PairCounts&, const PairCounts&) = default;
};

/// Counts by the definition, O(n^2). T is float or double.
template <class T>
PairCounts count_pairs(std::span<const T> values, std::span<const double> accuracies);

/// score / sqrt((pairs - tied_values)(pairs - tied_accuracies)), 0 where that is not defined; without tied_values where
/// ties are unrewarded. The one place where counts become a tau, in double, by operations that IEEE 754 fixes.
double tau_from_counts(const PairCounts& counts, ValueTies ties = ValueTies::rewarded);

/// Spearman's rho from integer sums over doubled mid-ranks a_i, b_i (a row's doubled mid-rank is twice the number of
/// smaller values plus the number of equal ones, itself included, plus 1).
struct RankSums {
  std::int64_t n = 0;
  /// Sums of a_i b_i, a_i^2 and b_i^2.
  std::int64_t products = 0;
  std::int64_t value_squares = 0;
  std::int64_t accuracy_squares = 0;

  friend bool operator==(const RankSums&, const RankSums&) = default;
};
template <class T>
RankSums sum_ranks(std::span<const T> values, std::span<const double> accuracies);
double rho_from_sums(const RankSums& sums, ValueTies ties = ValueTies::rewarded);

/// Fixed-point weights of the weighted tau, in units of 2^-30, one per row: exact to sum in any order for up to 10^6
/// rows.
std::vector<std::int64_t> hyperbolic_weights(std::span<const double> accuracies);

/// The weighted counterpart of PairCounts, in the same fixed-point units.
struct WeightedCounts {
  std::int64_t pairs = 0;
  std::int64_t score = 0;
  std::int64_t tied_values = 0;
  std::int64_t tied_accuracies = 0;

  friend bool operator==(const WeightedCounts&, const WeightedCounts&) = default;
};
template <class T>
WeightedCounts count_weighted_pairs(std::span<const T> values, std::span<const double> accuracies,
                                    std::span<const std::int64_t> weights);
double tau_from_counts(const WeightedCounts& counts, ValueTies ties = ValueTies::rewarded);

/// The statistic by the reference code, O(n^2).
template <class T>
double correlation(Statistic statistic, std::span<const T> values, std::span<const double> accuracies,
                   ValueTies ties = ValueTies::rewarded);

/// Tau-b in O(n log n) (Knight 1966), for large n and for the bootstrap; equals the reference exactly.
double kendall_tau_b(std::span<const double> values, std::span<const double> accuracies,
                     ValueTies ties = ValueTies::rewarded);
/// rho in O(n log n).
double spearman_rho(std::span<const double> values, std::span<const double> accuracies,
                    ValueTies ties = ValueTies::rewarded);

}  // namespace zcmpi
