#include "zcmpi/rank/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

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

/// Resamples that are counted together, a vector lane each.
constexpr std::size_t lanes = 16;

/// A number of each of the resamples.
template <class T>
struct Lanes {
  T lane[lanes] = {};

  void add(const Lanes& other) {
    for (std::size_t k = 0; k < lanes; ++k) {
      lane[k] += other.lane[k];
    }
  }
};
using Counts = Lanes<std::uint32_t>;
using PairSums = Lanes<std::int64_t>;

/// Prefix sums over the dense ranks of values (Fenwick 1994), a tree per lane.
class PrefixCounts {
 public:
  explicit PrefixCounts(std::size_t ranks) : nodes_(ranks + 1) {}

  void clear() { std::fill(nodes_.begin(), nodes_.end(), Counts{}); }
  void add(std::size_t rank, const Counts& count) {
    for (std::size_t node = rank + 1; node < nodes_.size(); node += node & (~node + 1)) {
      nodes_[node].add(count);
    }
  }
  /// What was added below `rank`.
  [[nodiscard]] Counts below(std::size_t rank) const {
    Counts sum;
    for (std::size_t node = rank; node > 0; node -= node & (~node + 1)) {
      sum.add(nodes_[node]);
    }
    return sum;
  }

 private:
  std::vector<Counts> nodes_;
};

void add_tied_pairs(PairSums& pairs, const Counts& group) {
  for (std::size_t k = 0; k < lanes; ++k) {
    const std::int64_t size = group.lane[k];
    pairs.lane[k] += size * (size - 1) / 2;
  }
}

/// Rows sorted by accuracy, then by value, as dense ranks. A resample is a multiplicity per row, which leaves them
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
    of_value_.resize(*std::max_element(values_.begin(), values_.end()) + 1);
    lower_rows_ = std::make_unique<PrefixCounts>(of_value_.size());
  }

  /// Tau-b of up to `lanes` times n rows, drawn with replacement from a stream each.
  void draw(std::span<RandomStream> streams, std::span<double> taus) {
    const std::size_t n = values_.size();
    std::fill(multiplicities_.begin(), multiplicities_.end(), Counts{});
    for (std::size_t k = 0; k < streams.size(); ++k) {
      for (std::size_t row = 0; row < n; ++row) {
        ++multiplicities_[streams[k].below(static_cast<std::uint32_t>(n))].lane[k];
      }
    }
    count_pairs();
    const auto rows = static_cast<std::int64_t>(n);
    for (std::size_t k = 0; k < streams.size(); ++k) {
      PairCounts counts;
      counts.pairs = rows * (rows - 1) / 2;
      counts.tied_accuracies = tied_accuracies_.lane[k];
      counts.tied_values = tied_values_.lane[k];
      counts.score = score_.lane[k];
      taus[k] = tau_from_counts(counts);
    }
  }

 private:
  void count_pairs() {
    score_ = {};
    tied_accuracies_ = {};
    tied_values_ = {};
    lower_rows_->clear();
    std::fill(of_value_.begin(), of_value_.end(), Counts{});
    Counts all_lower;
    for (std::size_t begin = 0, end = 0; begin < values_.size(); begin = end) {
      Counts group;
      for (; end < values_.size() && accuracies_[end] == accuracies_[begin]; ++end) {
        add_score(end, all_lower);
        group.add(multiplicities_[end]);
      }
      for (std::size_t row = begin; row < end; ++row) {
        lower_rows_->add(values_[row], multiplicities_[row]);
        of_value_[values_[row]].add(multiplicities_[row]);
      }
      add_tied_pairs(tied_accuracies_, group);
      all_lower.add(group);
    }
    for (const Counts& group : of_value_) {
      add_tied_pairs(tied_values_, group);
    }
  }

  /// The row with those of lower accuracy, of which there are `all_lower`: the pairs in order less those that are not.
  void add_score(std::size_t row, const Counts& all_lower) {
    const Counts below = lower_rows_->below(values_[row]);
    const Counts& equal = of_value_[values_[row]];
    const Counts& own = multiplicities_[row];
    for (std::size_t k = 0; k < lanes; ++k) {
      // The differences wrap around, and their sum fits.
      const std::uint32_t difference = 2 * below.lane[k] + equal.lane[k] - all_lower.lane[k];
      score_.lane[k] += static_cast<std::int64_t>(own.lane[k]) * static_cast<std::int32_t>(difference);
    }
  }

  std::vector<std::uint32_t> values_;
  std::vector<std::uint32_t> accuracies_;
  std::vector<Counts> multiplicities_;
  /// Per dense rank of a value: its rows among those of lower accuracy.
  std::vector<Counts> of_value_;
  std::unique_ptr<PrefixCounts> lower_rows_;
  PairSums score_;
  PairSums tied_accuracies_;
  PairSums tied_values_;
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
  std::vector<RandomStream> streams;
  for (std::size_t first = 0; first < taus.size(); first += lanes) {
    const std::size_t count = std::min(lanes, taus.size() - first);
    streams.clear();
    for (std::size_t k = first; k < first + count; ++k) {
      streams.emplace_back(
          StreamKey{.seed = options.seed, .purpose = Purpose::bootstrap, .index = static_cast<std::uint32_t>(k)});
    }
    resampler.draw(streams, std::span(taus).subspan(first, count));
  }
  std::sort(taus.begin(), taus.end());
  const double tail = 0.5 * (1.0 - options.level);
  return {quantile(taus, tail), quantile(taus, 1.0 - tail)};
}

}  // namespace zcmpi
