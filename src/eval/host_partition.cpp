// Counting inversions as a stable quicksort finds them.
#include <algorithm>
#include <bit>
#include <cstring>

#include "host_pairs.hpp"
#include "zcmpi/core/lanes.hpp"

namespace zcmpi::detail {
namespace {

constexpr auto lanes = static_cast<std::size_t>(lane_count);
/// Up to this many rows all pairs are compared.
constexpr std::size_t most_base_rows = 48;
static_assert(most_base_rows <= most_uneven_rows);
/// Rows whose places are summed in 32 bits a lane.
constexpr std::size_t chunk_rows = 16384;

/// What goes left of the pivot; the others go right.
enum class Left { at_most_pivot, below_pivot };

struct Parts {
  std::size_t left = 0;
  /// Pairs (i, j), i < j, of which i went right and j left.
  std::int64_t below = 0;
};

/// Deals out `from` in order: to `left`, which may be `from`, and to `right`, which has room for a register more than
/// it takes.
template <Left which>
Parts partition(const float* from, std::size_t n, float pivot, float* left, float* right) {
  const FloatLanes pivots = broadcast(pivot);
  const auto goes_left = [&](FloatLanes rows) {
    return which == Left::at_most_pivot ? less_equal(rows, pivots) : less(rows, pivots);
  };
  const IntLanes step = IntLanes{} + lane_count;
  std::size_t to_left = 0;
  std::int64_t places = 0;
  for (std::size_t begin = 0; begin < n; begin += chunk_rows) {
    const std::size_t end = std::min(n, begin + chunk_rows);
    const std::size_t left_before = to_left;
    IntLanes place = lane_indices();
    IntLanes sums{};
    std::size_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      const FloatLanes rows = load_lanes(from + i);
      const LaneMask mask = goes_left(rows);
      const unsigned bits = to_bits(mask);
      add_where(sums, mask, place);
      place += step;
      // Behind the rows that go left lies only what has been read.
      store_lanes(compress(rows, bits), left + to_left);
      store_lanes(compress(rows, ~bits & ((1U << lanes) - 1U)), right + (i - to_left));
      to_left += static_cast<std::size_t>(std::popcount(bits));
    }
    if (i < end) {
      const std::size_t rest = end - i;
      const FloatLanes rows = load_some_lanes(from + i, rest);
      const LaneMask mask = goes_left(rows);
      const unsigned bits = to_bits(mask);
      add_where(sums, mask, place);
      float some[lanes];
      store_lanes(compress(rows, ~bits & ((1U << rest) - 1U)), right + (i - to_left));
      store_lanes(compress(rows, bits), some);
      const auto count = static_cast<std::size_t>(std::popcount(bits));
      std::memcpy(left + to_left, some, count * sizeof(float));
      to_left += count;
    }
    places += static_cast<std::int64_t>(begin * (to_left - left_before)) + sum_lanes(sums);
  }
  // A row that goes left passes those before it, but for those that went left themselves.
  const auto moved = static_cast<std::int64_t>(to_left);
  return {to_left, places - moved * (moved - 1) / 2};
}

float find_median(const float* values, std::size_t n, float* scratch) {
  std::copy(values, values + n, scratch);
  std::nth_element(scratch, scratch + n / 2, scratch + n);
  return scratch[n / 2];
}

std::int64_t pairs_of(std::size_t n) { return static_cast<std::int64_t>(n) * (static_cast<std::int64_t>(n) - 1) / 2; }

/// Short runs of rows, of which as many as a register has lanes have all their pairs compared at the same time.
class ShortRuns {
 public:
  explicit ShortRuns(PairTotals& totals) : totals_(&totals) {}

  /// The rows stay where they are until `count`.
  void add(const float* rows, std::size_t n) {
    if (n < 2) {
      return;
    }
    runs_[size_++] = {rows, n};
    longest_ = std::max(longest_, n);
    if (size_ == lanes) {
      count();
    }
  }

  void count() {
    if (4 * size_ <= lanes) {
      for (std::size_t k = 0; k < size_; ++k) {
        add(count_all_pairs(runs_[k].values, runs_[k].rows));
      }
    } else {
      count_together();
    }
    size_ = 0;
    longest_ = 0;
  }

 private:
  void count_together() {
    float interleaved[most_base_rows * lanes];
    PairTotals totals[lanes];
    interleave(runs_, size_, longest_, interleaved);
    // Rows are counted some at a time, of which none may lie behind the registers that were written.
    constexpr std::size_t rows_at_once = std::min<std::size_t>(lanes, 8);
    count_interleaved(interleaved, (longest_ + rows_at_once - 1) / rows_at_once * rows_at_once, totals);
    for (std::size_t k = 0; k < size_; ++k) {
      add(totals[k]);
    }
  }

  void add(const PairTotals& some) {
    totals_->below += some.below;
    totals_->equal += some.equal;
  }

  PairTotals* totals_;
  Column runs_[lanes];
  std::size_t size_ = 0;
  std::size_t longest_ = 0;
};

/// Counts the pairs of `from`, but for those within the short runs that it leaves, and writes its rows to `rows`, which
/// may be the same, in another order.
void divide(const float* from, std::size_t n, float* rows, float* spare, ShortRuns& runs, PairTotals& totals) {
  bool was_uneven = false;
  while (n > most_base_rows) {
    const float pivot = was_uneven ? find_median(from, n, spare) : guess_median(from, n);
    Parts parts = partition<Left::at_most_pivot>(from, n, pivot, rows, spare);
    std::size_t right = n - parts.left;
    totals.below += parts.below;
    if (right == 0) {
      // The pivot is the highest value: what goes right now is all equal.
      parts = partition<Left::below_pivot>(rows, n, pivot, rows, spare);
      totals.below += parts.below;
      totals.equal += pairs_of(n - parts.left);
      from = rows;
      n = parts.left;
      continue;
    }
    float* const right_rows = rows + parts.left;
    std::memcpy(right_rows, spare, right * sizeof(float));
    // The smaller part first, so that the stack stays shallow; a bad guess is not made twice in a row.
    const bool left_is_smaller = parts.left < right;
    float* const smaller = left_is_smaller ? rows : right_rows;
    divide(smaller, std::min(parts.left, right), smaller, spare, runs, totals);
    rows = left_is_smaller ? right_rows : rows;
    from = rows;
    was_uneven = std::min(parts.left, right) < n / 8;
    n = std::max(parts.left, right);
  }
  runs.add(from, n);
}

}  // namespace

PairTotals count_by_partition(const float* values, std::size_t n, float* scratch) {
  PairTotals totals;
  ShortRuns runs(totals);
  divide(values, n, scratch, scratch + n + lane_padding, runs, totals);
  runs.count();
  return totals;
}

}  // namespace zcmpi::detail
