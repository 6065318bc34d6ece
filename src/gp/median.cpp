#include "zcmpi/gp/median.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/lanes.hpp"

namespace zcmpi {
namespace {

using detail::FloatLanes;
constexpr auto lanes = static_cast<std::size_t>(detail::lane_count);
/// Up to this many values the standard library's way takes no longer.
constexpr std::size_t few = 4 * lanes;

/// Leaves in front of `values` those for which `goes_left` holds, and writes the others to `right`, which has room for
/// a register more than there are values. Returns how many went left.
template <class GoesLeft>
std::size_t divide(float* values, std::size_t count, float* right, const GoesLeft& goes_left) {
  std::size_t to_left = 0;
  for (std::size_t i = 0; i < count; i += lanes) {
    const std::size_t rest = std::min(count - i, lanes);
    const unsigned all = (1U << rest) - 1U;
    const FloatLanes some = detail::load_lanes(values + i);
    const unsigned bits = detail::to_bits(goes_left(some)) & all;
    // Behind the values that go left lies only what has been read.
    detail::store_lanes(detail::compress(some, bits), values + to_left);
    detail::store_lanes(detail::compress(some, ~bits & all), right + (i - to_left));
    to_left += static_cast<std::size_t>(std::popcount(bits));
  }
  return to_left;
}

}  // namespace

ColumnMedian::ColumnMedian(std::size_t most) : left_(most + lanes), right_(most + lanes) {}

/// Of the values in left_.
float ColumnMedian::nth_smallest(std::size_t count, std::size_t nth) {
  while (count > few) {
    const float pivot = detail::guess_median(left_.data(), count);
    const FloatLanes pivots = detail::broadcast(pivot);
    std::size_t smaller =
        divide(left_.data(), count, right_.data(), [&](FloatLanes some) { return detail::less(some, pivots); });
    if (nth < smaller) {
      count = smaller;
      continue;
    }
    std::swap(left_, right_);
    count -= smaller;
    nth -= smaller;
    if (smaller == 0) {
      // The pivot is the smallest value: what equals it goes, or is what is looked for.
      smaller =
          divide(left_.data(), count, right_.data(), [&](FloatLanes some) { return detail::less_equal(some, pivots); });
      if (nth < smaller) {
        return pivot;
      }
      std::swap(left_, right_);
      count -= smaller;
      nth -= smaller;
    }
  }
  const auto place = left_.begin() + static_cast<std::ptrdiff_t>(nth);
  std::nth_element(left_.begin(), place, left_.begin() + static_cast<std::ptrdiff_t>(count));
  return *place;
}

float ColumnMedian::upper_middle(std::span<const float> values) {
  ZCMPI_EXPECT(!values.empty() && values.size() + lanes <= left_.size());
  std::ranges::copy(values, left_.begin());
  return nth_smallest(values.size(), values.size() / 2);
}

float ColumnMedian::operator()(std::span<const float> values) {
  if (values.empty()) {
    return 0.0F;
  }
  const std::size_t half = values.size() / 2;
  const float upper = upper_middle(values);
  if (values.size() % 2 == 1) {
    return upper;
  }
  // The middle one below: the largest smaller value, unless more of them are equal.
  std::size_t smaller = 0;
  float lower = -std::numeric_limits<float>::infinity();
  for (const float value : values) {
    const bool is_smaller = value < upper;
    smaller += is_smaller ? 1 : 0;
    lower = is_smaller ? std::max(lower, value) : lower;
  }
  return smaller == half ? 0.5F * (lower + upper) : upper;
}

double median(std::span<const double> values) {
  if (values.empty()) {
    return 0.0;
  }
  std::vector<float> rounded(values.size());
  std::ranges::transform(values, rounded.begin(), [](double value) { return static_cast<float>(value); });
  const float middle = ColumnMedian(values.size()).upper_middle(rounded);
  // Rounding to single precision keeps the order, so the middle value is among those that round to what is in the
  // middle then.
  std::vector<double> candidates;
  std::size_t smaller = 0;
  double largest_smaller = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_smaller = rounded[i] < middle;
    smaller += is_smaller ? 1 : 0;
    largest_smaller = is_smaller ? std::max(largest_smaller, values[i]) : largest_smaller;
    if (rounded[i] == middle) {
      candidates.push_back(values[i]);
    }
  }
  const auto upper = candidates.begin() + static_cast<std::ptrdiff_t>(values.size() / 2 - smaller);
  std::nth_element(candidates.begin(), upper, candidates.end());
  if (values.size() % 2 == 1) {
    return *upper;
  }
  const double lower = upper == candidates.begin() ? largest_smaller : *std::max_element(candidates.begin(), upper);
  return 0.5 * (lower + *upper);
}

}  // namespace zcmpi
