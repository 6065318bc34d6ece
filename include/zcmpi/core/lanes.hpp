/// \file
/// The lanes of a CPU's vector register: what counting pairs, selection, lowering and random numbers need of them, for
/// whatever width the build targets.
///
/// Counts are integers and maxima exact, so the width changes no result.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#if defined(__AVX512F__) || defined(__AVX2__) || defined(__SSSE3__)
#include <immintrin.h>
#endif

namespace zcmpi::detail {

#if defined(__AVX512F__)
inline constexpr int register_bytes = 64;
#elif defined(__AVX2__)
inline constexpr int register_bytes = 32;
#else
inline constexpr int register_bytes = 16;
#endif
inline constexpr int lane_count = register_bytes / 4;

using FloatLanes = float __attribute__((vector_size(register_bytes)));
using IntLanes = std::int32_t __attribute__((vector_size(register_bytes)));
using ShortLanes = std::int16_t __attribute__((vector_size(register_bytes)));
inline constexpr std::size_t short_lane_count = register_bytes / 2;

/// Unsigned integers of 64 bits.
using WideLanes = std::uint64_t __attribute__((vector_size(register_bytes)));
inline constexpr std::size_t wide_lane_count = register_bytes / 8;

/// A register, or a mask of one, from anywhere.
template <class Register>
Register load_as(const void* from) {
  Register result;
  std::memcpy(&result, from, sizeof result);
  return result;
}

/// The products of the lanes' low halves with a number.
inline WideLanes multiply_low_halves(WideLanes a, std::uint32_t b) {
  const WideLanes factor = WideLanes{} + b;
#if defined(__AVX512F__)
  return reinterpret_cast<WideLanes>(
      _mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(factor)));
#elif defined(__AVX2__)
  return reinterpret_cast<WideLanes>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(factor)));
#elif defined(__SSSE3__)
  return reinterpret_cast<WideLanes>(_mm_mul_epu32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(factor)));
#else
  return (a & std::uint64_t{0xffffffffU}) * factor;
#endif
}

/// The first `count` words of 64 bits, which any type may hold; the other lanes 0.
inline WideLanes load_some_words(const void* words, std::size_t count) {
#if defined(__AVX512F__)
  const unsigned some = count < wide_lane_count ? (1U << count) - 1U : (1U << wide_lane_count) - 1U;
  return reinterpret_cast<WideLanes>(_mm512_maskz_loadu_epi64(static_cast<__mmask8>(some), words));
#else
  WideLanes lanes{};
  if (count >= wide_lane_count) {
    std::memcpy(&lanes, words, sizeof lanes);
  } else {
    std::memcpy(&lanes, words, count * sizeof(std::uint64_t));
  }
  return lanes;
#endif
}

inline FloatLanes load_lanes(const float* values) { return load_as<FloatLanes>(values); }
inline IntLanes load_lanes(const std::int32_t* values) { return load_as<IntLanes>(values); }
inline ShortLanes load_lanes(const std::int16_t* values) { return load_as<ShortLanes>(values); }

inline void store_lanes(const FloatLanes& lanes, float* values) { std::memcpy(values, &lanes, sizeof lanes); }
/// The bits of integers, which only move.
inline void store_lanes(const FloatLanes& lanes, std::uint32_t* values) { std::memcpy(values, &lanes, sizeof lanes); }

inline FloatLanes broadcast(float value) { return value - FloatLanes{}; }

/// 0, 1, 2, ...
inline IntLanes lane_indices() {
  IntLanes lanes{};
  for (int k = 0; k < lane_count; ++k) {
    lanes[k] = k;
  }
  return lanes;
}

/// a0 b0 a1 b1 ... of the lower, or of the upper halves.
template <bool upper, class Lanes, int... k>
Lanes zip_lanes(Lanes a, Lanes b, std::integer_sequence<int, k...>) {
  constexpr int count = sizeof...(k);
  return __builtin_shufflevector(a, b, (k / 2 + (upper ? count / 2 : 0) + (k % 2) * count)...);
}

/// The lower halves of a's lanes, then of b's.
template <int... k>
IntLanes lower_halves(WideLanes a, WideLanes b, std::integer_sequence<int, k...>) {
  return __builtin_shufflevector(reinterpret_cast<IntLanes>(a), reinterpret_cast<IntLanes>(b), (2 * k)...);
}
inline IntLanes lower_halves(WideLanes a, WideLanes b) {
  return lower_halves(a, b, std::make_integer_sequence<int, lane_count>{});
}

/// Transposes lane_count registers: each round deals the lower and the upper half out in turn.
inline void transpose_lanes(FloatLanes (&lanes)[lane_count]) {
  using Indices = std::make_integer_sequence<int, lane_count>;
  for (int round = 1; round < lane_count; round *= 2) {
    FloatLanes dealt[lane_count];
    for (int k = 0; k < lane_count / 2; ++k) {
      dealt[2 * k] = zip_lanes<false>(lanes[k], lanes[k + lane_count / 2], Indices{});
      dealt[2 * k + 1] = zip_lanes<true>(lanes[k], lanes[k + lane_count / 2], Indices{});
    }
    std::memcpy(lanes, dealt, sizeof dealt);
  }
}

/// The lanes whose numbers differ in the bits of `step` change places.
template <int step, class Lanes, int... k>
Lanes swap_lanes(Lanes lanes, std::integer_sequence<int, k...>) {
  return __builtin_shufflevector(lanes, lanes, (k ^ step)...);
}

template <class Lanes>
inline constexpr int lanes_of = static_cast<int>(sizeof(Lanes) / sizeof(std::declval<Lanes>()[0]));

/// Combines all lanes into each.
template <class Lanes, class Combine, int step = lanes_of<Lanes> / 2>
inline Lanes combine_lanes(Lanes lanes, const Combine& combine) {
  const Lanes both = combine(lanes, swap_lanes<step>(lanes, std::make_integer_sequence<int, lanes_of<Lanes>>{}));
  if constexpr (step > 1) {
    return combine_lanes<Lanes, Combine, step / 2>(both, combine);
  } else {
    return both;
  }
}

template <class Lanes>
inline Lanes larger(Lanes a, Lanes b) {
  return a > b ? a : b;
}
/// The largest value.
template <class Lanes>
auto largest_lane(Lanes lanes) {
  return combine_lanes(lanes, larger<Lanes>)[0];
}

/// Requires a sum that fits 32 bits.
inline std::int64_t sum_lanes(IntLanes lanes) {
  return combine_lanes(lanes, [](IntLanes a, IntLanes b) { return a + b; })[0];
}

// A condition per lane, and counting where it holds. AVX-512 has mask registers for it, which compilers do not use
// from plain comparisons; elsewhere a condition is a lane of all ones, that is -1.
#if defined(__AVX512F__)
using LaneMask = __mmask16;
inline LaneMask less(FloatLanes a, FloatLanes b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
inline LaneMask less_equal(FloatLanes a, FloatLanes b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
inline LaneMask equal(FloatLanes a, FloatLanes b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
inline LaneMask equal(IntLanes a, IntLanes b) {
  return _mm512_cmpeq_epi32_mask(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b));
}
inline LaneMask lanes_after(int k) { return static_cast<LaneMask>(0xfffeU << k); }
inline LaneMask lanes_before(int k) { return static_cast<LaneMask>((1U << k) - 1U); }
inline LaneMask both(LaneMask a, LaneMask b) { return static_cast<LaneMask>(a & b); }
inline void count_where(IntLanes& counter, LaneMask mask) {
  counter = reinterpret_cast<IntLanes>(_mm512_mask_sub_epi32(
      reinterpret_cast<__m512i>(counter), mask, reinterpret_cast<__m512i>(counter), _mm512_set1_epi32(-1)));
}
#else
using LaneMask = IntLanes;
inline LaneMask less(FloatLanes a, FloatLanes b) { return a < b; }
inline LaneMask less_equal(FloatLanes a, FloatLanes b) { return a <= b; }
inline LaneMask equal(FloatLanes a, FloatLanes b) { return a == b; }
inline LaneMask equal(IntLanes a, IntLanes b) { return a == b; }
inline LaneMask lanes_after(int k) { return lane_indices() > k; }
inline LaneMask lanes_before(int k) { return lane_indices() < k; }
inline LaneMask both(LaneMask a, LaneMask b) { return a & b; }
inline void count_where(IntLanes& counter, LaneMask mask) { counter -= mask; }
#endif

/// The first `count` values, the other lanes NaN, which compares as neither less nor equal. A whole register is read.
inline FloatLanes load_some_lanes(const float* values, std::size_t count) {
  const FloatLanes nan = broadcast(std::numeric_limits<float>::quiet_NaN());
  const LaneMask some = lanes_before(static_cast<int>(count < lane_count ? count : lane_count));
#if defined(__AVX512F__)
  return reinterpret_cast<FloatLanes>(_mm512_mask_loadu_ps(reinterpret_cast<__m512>(nan), some, values));
#else
  return some ? load_lanes(values) : nan;
#endif
}

/// `a` where the mask holds, `b` elsewhere.
inline FloatLanes choose(LaneMask mask, FloatLanes a, FloatLanes b) {
#if defined(__AVX512F__)
  return reinterpret_cast<FloatLanes>(
      _mm512_mask_blend_ps(mask, reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(a)));
#else
  return mask ? a : b;
#endif
}

/// Adds `amount` to the counter where the mask holds.
inline void add_where(IntLanes& counter, LaneMask mask, IntLanes amount) {
#if defined(__AVX512F__)
  counter = reinterpret_cast<IntLanes>(_mm512_mask_add_epi32(
      reinterpret_cast<__m512i>(counter), mask, reinterpret_cast<__m512i>(counter), reinterpret_cast<__m512i>(amount)));
#else
  counter += mask & amount;
#endif
}

/// The lowest bits of lanes.
template <class Lanes>
unsigned bits_one_by_one(Lanes mask) {
  unsigned bits = 0;
  for (int k = 0; k < lanes_of<Lanes>; ++k) {
    bits |= (static_cast<unsigned>(mask[k]) & 1U) << k;
  }
  return bits;
}

/// A bit per lane, the first lane the lowest.
inline unsigned to_bits(LaneMask mask) {
#if defined(__AVX512F__)
  return mask;
#elif defined(__AVX2__)
  return static_cast<unsigned>(_mm256_movemask_ps(reinterpret_cast<__m256>(mask)));
#elif defined(__SSSE3__)
  return static_cast<unsigned>(_mm_movemask_ps(reinterpret_cast<__m128>(mask)));
#else
  return bits_one_by_one(mask);
#endif
}

// A condition per short lane.
#if defined(__AVX512BW__)
using ShortMask = __mmask32;
inline ShortMask both_and_less_equal(ShortMask some, ShortLanes a, ShortLanes b) {
  return _mm512_mask_cmple_epi16_mask(some, reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b));
}
/// The larger ones where the mask holds, `b` elsewhere. Requires a `b` that is not negative.
inline ShortLanes larger_where(ShortMask mask, ShortLanes a, ShortLanes b) {
  const auto other = reinterpret_cast<__m512i>(b);
  return reinterpret_cast<ShortLanes>(_mm512_mask_max_epi16(other, mask, reinterpret_cast<__m512i>(a), other));
}
inline unsigned to_bits(ShortMask mask) { return mask; }
#else
using ShortMask = ShortLanes;
inline ShortMask both_and_less_equal(ShortMask some, ShortLanes a, ShortLanes b) { return some & (a <= b); }
inline ShortLanes larger_where(ShortMask mask, ShortLanes a, ShortLanes b) { return larger(a & mask, b); }
inline unsigned to_bits(ShortMask mask) {
#if defined(__AVX512F__) || !defined(__SSSE3__)
  return bits_one_by_one(mask);
#else
  // All ones are so in bytes, too.
#if defined(__AVX2__)
  const __m128i low = _mm256_castsi256_si128(reinterpret_cast<__m256i>(mask));
  const __m128i high = _mm256_extracti128_si256(reinterpret_cast<__m256i>(mask), 1);
#else
  const auto low = reinterpret_cast<__m128i>(mask);
  const __m128i high = _mm_setzero_si128();
#endif
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
#endif
}
#endif
inline ShortMask all_short_lanes() { return ~ShortMask{}; }

#if !defined(__AVX512F__)
/// For each set of lanes: its members, in order.
inline constexpr auto lanes_of_bits = [] {
  std::array<std::array<std::int32_t, lane_count>, 1U << lane_count> table{};
  for (unsigned bits = 0; bits < table.size(); ++bits) {
    std::size_t place = 0;
    for (int k = 0; k < lane_count; ++k) {
      if ((bits >> k) & 1U) {
        table[bits][place++] = k;
      }
    }
  }
  return table;
}();
#endif

/// The lanes whose bits are set, in order, in front; what is behind them is unspecified.
inline FloatLanes compress(FloatLanes lanes, unsigned bits) {
#if defined(__AVX512F__)
  return reinterpret_cast<FloatLanes>(
      _mm512_maskz_compress_ps(static_cast<LaneMask>(bits), reinterpret_cast<__m512>(lanes)));
#else
  IntLanes order;
  std::memcpy(&order, lanes_of_bits[bits].data(), sizeof order);
#if defined(__AVX2__)
  return reinterpret_cast<FloatLanes>(
      _mm256_permutevar8x32_ps(reinterpret_cast<__m256>(lanes), reinterpret_cast<__m256i>(order)));
#elif defined(__SSSE3__)
  // Lane k is bytes 4k to 4k + 3.
  const IntLanes bytes = order * 0x04040404 + 0x03020100;
  return reinterpret_cast<FloatLanes>(
      _mm_shuffle_epi8(reinterpret_cast<__m128i>(lanes), reinterpret_cast<__m128i>(bytes)));
#else
  FloatLanes result;
  for (int k = 0; k < lane_count; ++k) {
    result[k] = lanes[order[k]];
  }
  return result;
#endif
#endif
}

/// The middle one of the lanes, in the order of their values; any of them where some are NaN.
inline float median_of(FloatLanes lanes) {
  float values[lane_count];
  std::memcpy(values, &lanes, sizeof values);
  IntLanes ranks{};
  for (const float value : values) {
    count_where(ranks, less(broadcast(value), lanes));
  }
  // Ranks that ties leave out have none to find: the highest one of the lower half.
  const IntLanes lower = ranks < lane_count / 2 ? ranks : IntLanes{};
  const IntLanes highest = combine_lanes(lower, larger<IntLanes>);
  return compress(lanes, to_bits(equal(ranks, highest)))[0];
}

/// The middle one of a register of values spread over all.
inline float guess_median(const float* values, std::size_t count) {
  FloatLanes samples;
  for (std::size_t k = 0; k < lane_count; ++k) {
    samples[static_cast<int>(k)] = values[(2 * k + 1) * count / (2 * lane_count)];
  }
  return median_of(samples);
}

}  // namespace zcmpi::detail
