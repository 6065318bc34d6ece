#include "zcmpi/core/random.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <tuple>
#include <utility>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/lanes.hpp"
#include "zcmpi/core/portable_math.hpp"

namespace zcmpi {

RandomStream::RandomStream(const StreamKey& key)
    : key_{static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)},
      counter_{0, key.index, key.generation,
               (key.island << 8) | static_cast<std::uint32_t>(static_cast<std::uint8_t>(key.purpose))} {
  ZCMPI_EXPECT(key.island < (1U << 24));
}

// Some blocks at once, a lane each: a counter is a word in the low half of its lane.
void RandomStream::refill() {
  using detail::WideLanes;
  constexpr std::size_t blocks = std::tuple_size_v<decltype(words_)> / 4;
  constexpr std::size_t registers = blocks / detail::wide_lane_count;
  constexpr int rounds = 10;
  constexpr std::uint32_t multipliers[] = {0xd2511f53U, 0xcd9e8d57U};
  constexpr std::uint32_t key_steps[] = {0x9e3779b9U, 0xbb67ae85U};
  WideLanes lanes[4][registers];
  for (std::size_t r = 0; r < registers; ++r) {
    for (std::size_t k = 0; k < detail::wide_lane_count; ++k) {
      lanes[0][r][k] = counter_[0] + static_cast<std::uint32_t>(r * detail::wide_lane_count + k);
    }
    for (std::size_t word = 1; word < 4; ++word) {
      lanes[word][r] = WideLanes{} + counter_[word];
    }
  }
  std::array<std::uint32_t, 2> key = key_;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t r = 0; r < registers; ++r) {
      const WideLanes first = detail::multiply_low_halves(lanes[0][r], multipliers[0]);
      const WideLanes second = detail::multiply_low_halves(lanes[2][r], multipliers[1]);
      lanes[0][r] = (second >> 32U) ^ lanes[1][r] ^ std::uint64_t{key[0]};
      lanes[1][r] = second;
      lanes[2][r] = (first >> 32U) ^ lanes[3][r] ^ std::uint64_t{key[1]};
      lanes[3][r] = first;
    }
    key[0] += key_steps[0];
    key[1] += key_steps[1];
  }
  // Words 0 and 1 of a block, then 2 and 3.
  static_assert(std::endian::native == std::endian::little);
  using Indices = std::make_integer_sequence<int, detail::wide_lane_count>;
  for (std::size_t r = 0; r < registers; ++r) {
    const WideLanes front = (lanes[0][r] & std::uint64_t{0xffffffffU}) | (lanes[1][r] << 32U);
    const WideLanes back = (lanes[2][r] & std::uint64_t{0xffffffffU}) | (lanes[3][r] << 32U);
    const WideLanes lower = detail::zip_lanes<false>(front, back, Indices{});
    const WideLanes upper = detail::zip_lanes<true>(front, back, Indices{});
    std::uint32_t* const out = &words_[4 * detail::wide_lane_count * r];
    std::memcpy(out, &lower, sizeof lower);
    std::memcpy(out + 2 * detail::wide_lane_count, &upper, sizeof upper);
  }
  counter_[0] += blocks;
  left_ = words_.size();
}

double RandomStream::uniform() {
  const std::uint64_t high = next_word() >> 5;
  const std::uint64_t low = next_word() >> 6;
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

std::pair<double, double> RandomStream::two_normals() {
  for (;;) {
    const double u = 2.0 * uniform() - 1.0;
    const double v = 2.0 * uniform() - 1.0;
    const double s = u * u + v * v;
    if (s > 0.0 && s < 1.0) {
      const double scale = std::sqrt(-2.0 * portable::log(s) / s);
      return {u * scale, v * scale};
    }
  }
}

}  // namespace zcmpi
