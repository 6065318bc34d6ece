#include "zcmpi/rank/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "inversions.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/portable_math.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {
namespace {

/// Dense ranks 0, 1, ... of the items; equal items have equal ranks.
std::vector<std::uint32_t> dense_ranks(std::span<const double> items) {
  std::vector<double> distinct(items.begin(), items.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<std::uint32_t> ranks;
  ranks.reserve(items.size());
  for (const double item : items) {
    const auto place = std::lower_bound(distinct.begin(), distinct.end(), item);
    ranks.push_back(static_cast<std::uint32_t>(place - distinct.begin()));
  }
  return ranks;
}

/// Rows sorted by accuracy, then by value, as dense ranks. A resample is a multiplicity per row, which leaves it
/// sorted.
class Resampler {
 public:
  Resampler(std::span<const double> values, std::span<const double> accuracies) {
    std::vector<double> ranked(values.begin(), values.end());
    for (double& value : ranked) {
      value = portable::is_finite(value) ? value : -std::numeric_limits<double>::infinity();
    }
    const std::vector<std::uint32_t> by_value = dense_ranks(ranked);
    const std::vector<std::uint32_t> by_accuracy = dense_ranks(accuracies);
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return by_accuracy[a] != by_accuracy[b] ? by_accuracy[a] < by_accuracy[b] : by_value[a] < by_value[b];
    });
    for (const std::size_t row : order) {
      values_.push_back(by_value[row]);
      accuracies_.push_back(by_accuracy[row]);
    }
    multiplicities_.resize(order.size());
    drawn_values_.resize(order.size());
    drawn_accuracies_.resize(order.size());
    scratch_.resize(order.size());
  }

  /// Tau-b of n rows drawn with replacement.
  double draw(RandomStream& random) {
    const std::size_t n = values_.size();
    std::fill(multiplicities_.begin(), multiplicities_.end(), 0U);
    for (std::size_t k = 0; k < n; ++k) {
      ++multiplicities_[random.below(static_cast<std::uint32_t>(n))];
    }
    std::size_t drawn = 0;
    for (std::size_t row = 0; row < n; ++row) {
      for (std::uint32_t copy = 0; copy < multiplicities_[row]; ++copy, ++drawn) {
        drawn_values_[drawn] = values_[row];
        drawn_accuracies_[drawn] = accuracies_[row];
      }
    }
    return tau_of_drawn();
  }

 private:
  double tau_of_drawn() {
    const std::size_t n = drawn_values_.size();
    const auto tied_value = [&](std::size_t a, std::size_t b) { return drawn_values_[a] == drawn_values_[b]; };
    const auto tied_accuracy = [&](std::size_t a, std::size_t b) {
      return drawn_accuracies_[a] == drawn_accuracies_[b];
    };
    PairCounts counts;
    const auto rows = static_cast<std::int64_t>(n);
    counts.pairs = rows * (rows - 1) / 2;
    counts.tied_accuracies = detail::count_tied_pairs(n, tied_accuracy);
    const std::int64_t tied_in_both = detail::count_tied_pairs(
        n, [&](std::size_t a, std::size_t b) { return tied_accuracy(a, b) && tied_value(a, b); });
    const std::int64_t discordant = detail::sort_counting_inversions<std::uint32_t>(drawn_values_, scratch_);
    counts.tied_values = detail::count_tied_pairs(n, tied_value);
    counts.score = counts.pairs - counts.tied_accuracies - counts.tied_values + tied_in_both - 2 * discordant;
    return tau_from_counts(counts);
  }

  std::vector<std::uint32_t> values_;
  std::vector<std::uint32_t> accuracies_;
  std::vector<std::uint32_t> multiplicities_;
  std::vector<std::uint32_t> drawn_values_;
  std::vector<std::uint32_t> drawn_accuracies_;
  std::vector<std::uint32_t> scratch_;
};

/// Linear interpolation between the order statistics (type 7 of Hyndman and Fan 1996).
double quantile(std::span<const double> sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const double floor = std::floor(position);
  const auto below = static_cast<std::size_t>(floor);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - floor) * (sorted[above] - sorted[below]);
}

}  // namespace

Interval bootstrap_tau_b(std::span<const double> values, std::span<const double> accuracies,
                         const BootstrapOptions& options) {
  ZCMPI_EXPECT(values.size() == accuracies.size());
  ZCMPI_EXPECT(options.resamples > 0 && options.level >= 0.0 && options.level <= 1.0);
  if (values.size() < 2) {
    return {};
  }
  Resampler resampler(values, accuracies);
  std::vector<double> taus(static_cast<std::size_t>(options.resamples));
  for (std::size_t k = 0; k < taus.size(); ++k) {
    RandomStream random({.seed = options.seed, .purpose = Purpose::bootstrap, .index = static_cast<std::uint32_t>(k)});
    taus[k] = resampler.draw(random);
  }
  std::sort(taus.begin(), taus.end());
  const double tail = 0.5 * (1.0 - options.level);
  return {quantile(taus, tail), quantile(taus, 1.0 - tail)};
}

}  // namespace zcmpi
