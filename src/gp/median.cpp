#include "zcmpi/gp/median.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <vector>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/lanes.hpp"
#include "zcmpi/core/portable_math.hpp"

namespace zcmpi {
namespace {

using detail::IntLanes;
using detail::ShortLanes;

/// The sum of counters that are not negative.
std::size_t sum_of(IntLanes counters) { return static_cast<std::size_t>(detail::sum_lanes(counters)); }
std::size_t sum_of(ShortLanes counters) {
  const auto pairs = reinterpret_cast<IntLanes>(counters);
  return sum_of((pairs & 0xffff) + (pairs >> 16));
}

/// How many values are below `limit`.
template <class Lanes, class Integer>
std::size_t count_below(std::span<const Integer> values, Integer limit) {
  constexpr std::size_t lanes = sizeof(Lanes) / sizeof(Integer);
  // So many that no counter overflows.
  constexpr std::size_t most = lanes * std::numeric_limits<std::int16_t>::max();
  const Lanes limits = Lanes{} + limit;
  const std::size_t in_registers = values.size() / lanes * lanes;
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < in_registers; begin += most) {
    const std::size_t end = std::min(begin + most, in_registers);
    Lanes counters{};
    for (std::size_t i = begin; i < end; i += lanes) {
      counters -= detail::load_lanes(values.data() + i) < limits;
    }
    count += sum_of(counters);
  }
  const auto rest = values.subspan(in_registers);
  return count + static_cast<std::size_t>(std::ranges::count_if(rest, [&](Integer value) { return value < limit; }));
}

/// By its bits, from the highest on.
template <class Lanes, class Integer>
Integer bisect(std::span<const Integer> values, std::size_t nth) {
  ZCMPI_EXPECT(nth < values.size());
  using Unsigned = std::make_unsigned_t<Integer>;
  auto result = static_cast<Unsigned>(std::numeric_limits<Integer>::min());
  for (auto bit = static_cast<Unsigned>(std::numeric_limits<Integer>::min()); bit != 0;
       bit = static_cast<Unsigned>(bit / 2)) {
    const auto larger = static_cast<Unsigned>(result + bit);
    if (count_below<Lanes>(values, static_cast<Integer>(larger)) <= nth) {
      result = larger;
    }
  }
  return static_cast<Integer>(result);
}

}  // namespace

std::int16_t nth_smallest(std::span<const std::int16_t> values, std::size_t nth) {
  return bisect<ShortLanes>(values, nth);
}

std::int32_t nth_smallest(std::span<const std::int32_t> values, std::size_t nth) {
  return bisect<IntLanes>(values, nth);
}

double median(std::span<const double> values) {
  if (values.empty()) {
    return 0.0;
  }
  std::vector<std::int32_t> rounded(values.size());
  std::ranges::transform(values, rounded.begin(),
                         [](double value) { return portable::ordered_bits(static_cast<float>(value)); });
  const auto middle = nth_smallest(rounded, values.size() / 2);
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
