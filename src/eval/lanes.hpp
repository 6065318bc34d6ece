/// \file
/// The lanes of a CPU's vector register: what counting pairs needs of them, for whatever width the build targets.
///
/// Counts are integers, so the width changes no result.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#if defined(__AVX512F__)
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

inline FloatLanes load_lanes(const float* values) {
  FloatLanes lanes;
  std::memcpy(&lanes, values, sizeof lanes);
  return lanes;
}

inline void store_lanes(const FloatLanes& lanes, float* values) { std::memcpy(values, &lanes, sizeof lanes); }

inline FloatLanes broadcast(float value) { return value - FloatLanes{}; }

/// 0, 1, 2, ...
inline IntLanes lane_indices() {
  IntLanes lanes{};
  for (int k = 0; k < lane_count; ++k) {
    lanes[k] = k;
  }
  return lanes;
}

/// The first `count` values, the other lanes NaN, which compares as neither less nor equal.
inline FloatLanes load_some_lanes(const float* values, std::int64_t count) {
  FloatLanes lanes = broadcast(std::numeric_limits<float>::quiet_NaN());
  std::memcpy(&lanes, values, static_cast<std::size_t>(count < lane_count ? count : lane_count) * sizeof(float));
  return lanes;
}

/// a0 b0 a1 b1 ... of the lower, or of the upper halves.
template <bool upper, int... k>
FloatLanes zip_lanes(FloatLanes a, FloatLanes b, std::integer_sequence<int, k...>) {
  return __builtin_shufflevector(a, b, (k / 2 + (upper ? lane_count / 2 : 0) + (k % 2) * lane_count)...);
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

inline std::int64_t sum_lanes(const IntLanes& lanes) {
  std::int64_t sum = 0;
  for (int k = 0; k < lane_count; ++k) {
    sum += lanes[k];
  }
  return sum;
}

// A condition per lane, and counting where it holds. AVX-512 has mask registers for it, which compilers do not use
// from plain comparisons; elsewhere a condition is a lane of all ones, that is -1.
#if defined(__AVX512F__)
using LaneMask = __mmask16;
inline LaneMask less(FloatLanes a, FloatLanes b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
inline LaneMask less_equal(FloatLanes a, FloatLanes b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
inline LaneMask equal(FloatLanes a, FloatLanes b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
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
inline LaneMask lanes_after(int k) { return lane_indices() > k; }
inline LaneMask lanes_before(int k) { return lane_indices() < k; }
inline LaneMask both(LaneMask a, LaneMask b) { return a & b; }
inline void count_where(IntLanes& counter, LaneMask mask) { counter -= mask; }
#endif

}  // namespace zcmpi::detail
