/// \file
/// log, log1p, exp, tanh and cbrt that give the same bits on every CPU and GPU.
///
/// libm's results differ between versions and devices in the last place; a ranking must not. These functions use
/// nothing but IEEE additions, multiplications, divisions and integer operations in a fixed order, without branches, so
/// compilers vectorise them; they must be compiled without fast-math and without contraction to fused multiply-adds.
/// Polynomials are truncated Taylor series after an argument reduction that makes them short. The maximum error seen
/// against std:: is stated at each function and tested.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "zcmpi/core/platform.hpp"

namespace zcmpi::portable {

/// The layout of a floating-point type.
template <class T>
struct FloatTraits;

template <>
struct FloatTraits<float> {
  using Bits = std::uint32_t;
  using SignedBits = std::int32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr Bits sqrt_half_bits = 0x3f3504f3U;
  static constexpr Bits one_bits = 0x3f800000U;
  /// Adding it rounds to an integer and leaves that integer in the low mantissa bits.
  static constexpr float rounding_magic = 0x1.8p23F;
  /// ln 2 in two pieces; the first has so few bits that its product with an exponent is exact.
  static constexpr float ln2_high = 0x1.62e4p-1F;
  static constexpr float ln2_low = 0x1.7f7d1cp-20F;
  static constexpr float log2_e = 0x1.715476p+0F;
  static constexpr int log_terms = 5;
  static constexpr int exp_terms = 8;
  static constexpr int cbrt_steps = 2;
  /// Two thirds of the exponent bias, less a correction that halves the error of the first guess.
  static constexpr Bits cbrt_magic = 0x2a5119f2U;
  static constexpr float saturation = 20.0F;
};

template <>
struct FloatTraits<double> {
  using Bits = std::uint64_t;
  using SignedBits = std::int64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr Bits sqrt_half_bits = 0x3fe6a09e667f3bcdU;
  static constexpr Bits one_bits = 0x3ff0000000000000U;
  static constexpr double rounding_magic = 0x1.8p52;
  static constexpr double ln2_high = 0x1.62e42feep-1;
  static constexpr double ln2_low = 0x1.a39ef35793c76p-33;
  static constexpr double log2_e = 0x1.71547652b82fep+0;
  static constexpr int log_terms = 11;
  static constexpr int exp_terms = 14;
  static constexpr int cbrt_steps = 3;
  static constexpr Bits cbrt_magic = 0x2a9f7893782da1ceU;
  static constexpr double saturation = 44.0;
};

template <class To, class From>
ZCMPI_FUNCTION constexpr To bit_cast(From value) {
  static_assert(sizeof(To) == sizeof(From));
  return __builtin_bit_cast(To, value);
}

template <class T>
ZCMPI_FUNCTION T abs(T x) {
  using Bits = typename FloatTraits<T>::Bits;
  return bit_cast<T>(static_cast<Bits>(bit_cast<Bits>(x) & (~Bits{0} >> 1)));
}

/// True for neither NaN nor infinity.
template <class T>
ZCMPI_FUNCTION bool is_finite(T x) {
  return abs(x) <= std::numeric_limits<T>::max();
}

/// Integers in the order of the numbers; the two zeros get one.
ZCMPI_FUNCTION std::int32_t ordered_bits(float x) {
  const auto bits = bit_cast<std::int32_t>(x + 0.0F);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

namespace detail {

/// 2^k for k that fits the exponent.
template <class T>
ZCMPI_FUNCTION T power_of_two(typename FloatTraits<T>::SignedBits k) {
  using Traits = FloatTraits<T>;
  using Bits = typename Traits::Bits;
  return bit_cast<T>(static_cast<Bits>((static_cast<Bits>(k) << Traits::mantissa_bits) + Traits::one_bits));
}

/// k = round(x / ln 2) and the rest r = x - k ln 2, |r| <= ln(2)/2 and a little.
template <class T>
struct Reduced {
  typename FloatTraits<T>::SignedBits k;
  T r;
};

template <class T>
ZCMPI_FUNCTION Reduced<T> reduce_by_ln2(T x) {
  using Traits = FloatTraits<T>;
  using SignedBits = typename Traits::SignedBits;
  const T shifted = x * Traits::log2_e + Traits::rounding_magic;
  // Read from the bits, since converting a NaN to an integer is undefined.
  const SignedBits k = bit_cast<SignedBits>(shifted) - bit_cast<SignedBits>(T{Traits::rounding_magic});
  const T whole = shifted - Traits::rounding_magic;
  return {k, (x - whole * Traits::ln2_high) - whole * Traits::ln2_low};
}

/// sum over n >= 1 of r^(n-1)/n!, that is (e^r - 1)/r, by Horner's rule.
template <class T>
ZCMPI_FUNCTION T exp_series(T r) {
  T sum = T(1);
  for (int n = FloatTraits<T>::exp_terms; n > 1; --n) {
    sum = T(1) + sum * (r * (T(1) / static_cast<T>(n)));
  }
  return sum;
}

/// ln(x) for a positive, normal x.
template <class T>
ZCMPI_FUNCTION T log_of_normal(T x, T extra_exponent) {
  using Traits = FloatTraits<T>;
  using Bits = typename Traits::Bits;
  using SignedBits = typename Traits::SignedBits;
  const Bits bits = bit_cast<Bits>(x);
  const SignedBits exponent = static_cast<SignedBits>(bits - Traits::sqrt_half_bits) >> Traits::mantissa_bits;
  const T mantissa = bit_cast<T>(static_cast<Bits>(bits - (static_cast<Bits>(exponent) << Traits::mantissa_bits)));
  // With s = f/(2+f): ln(1+f) = 2 atanh(s) = f - s (f - R), R = sum of 2 s^(2k) s^0/(2k+1); splitting off f^2/2 keeps
  // the large part exact.
  const T f = mantissa - T(1);
  const T s = f / (T(2) + f);
  const T z = s * s;
  T series = T(0);
  for (int k = Traits::log_terms; k >= 1; --k) {
    series = (series + T(2) / static_cast<T>(2 * k + 1)) * z;
  }
  const T half_square = T(0.5) * f * f;
  const T e = static_cast<T>(exponent) + extra_exponent;
  return e * Traits::ln2_high - ((half_square - (s * (half_square + series) + e * Traits::ln2_low)) - f);
}

}  // namespace detail

/// Natural logarithm; log(0) = -inf, NaN below 0. Error up to 1 ulp.
template <class T>
ZCMPI_FUNCTION T log(T x) {
  using Limits = std::numeric_limits<T>;
  constexpr int shift = FloatTraits<T>::mantissa_bits + 1;
  const bool tiny = x < Limits::min();
  const T scale = detail::power_of_two<T>(shift);
  const T scaled = tiny ? x * scale : x;
  const T result = detail::log_of_normal(scaled, tiny ? T(-shift) : T(0));
  const T at_or_below_zero = x == T(0) ? -Limits::infinity() : Limits::quiet_NaN();
  const T finite_or_zero = x > T(0) ? result : at_or_below_zero;
  return x > Limits::max() ? x : finite_or_zero;
}

/// ln(1 + x) for x >= 0. Error up to 2 ulp.
template <class T>
ZCMPI_FUNCTION T log1p(T x) {
  const T u = T(1) + x;
  // The rounding error of u, carried through the logarithm's derivative.
  const T lost = x < T(1) ? x - (u - T(1)) : T(1) - (u - x);
  const T result = log(u) + lost / u;
  return x > std::numeric_limits<T>::max() ? x : result;
}

/// e^x for |x| <= 80 (float) or 700 (double); outside, the value at the bound. NaN stays NaN. Error up to 2 ulp.
template <class T>
ZCMPI_FUNCTION T exp_bounded(T x) {
  constexpr T bound = sizeof(T) == sizeof(float) ? T(80) : T(700);
  const T above = x > bound ? bound : x;
  const T clamped = above < -bound ? -bound : above;
  const auto [k, r] = detail::reduce_by_ln2(clamped);
  return (T(1) + r * detail::exp_series(r)) * detail::power_of_two<T>(k);
}

/// Hyperbolic tangent. Error up to 3 ulp.
template <class T>
ZCMPI_FUNCTION T tanh(T x) {
  using Bits = typename FloatTraits<T>::Bits;
  const T twice = T(2) * abs(x);
  const T clamped = twice > FloatTraits<T>::saturation ? FloatTraits<T>::saturation : twice;
  const auto [k, r] = detail::reduce_by_ln2(clamped);
  const T power = detail::power_of_two<T>(k);
  // e^(2|x|) - 1 without cancellation near 0.
  const T expm1 = power * (r * detail::exp_series(r)) + (power - T(1));
  const T magnitude = expm1 / (expm1 + T(2));
  const Bits sign = bit_cast<Bits>(x) & ~(~Bits{0} >> 1);
  return bit_cast<T>(static_cast<Bits>(bit_cast<Bits>(magnitude) | sign));
}

/// Cube root, also of negative numbers. Error up to 2 ulp.
template <class T>
ZCMPI_FUNCTION T cbrt(T x) {
  using Traits = FloatTraits<T>;
  using Bits = typename Traits::Bits;
  const T magnitude = abs(x);
  // Powers of two that are multiples of 3 keep y^3 and 2 a inside the exponent's range.
  const bool large = magnitude >= detail::power_of_two<T>(96);
  const bool small = magnitude < detail::power_of_two<T>(-96);
  const T scale_in = large ? detail::power_of_two<T>(-48) : (small ? detail::power_of_two<T>(60) : T(1));
  const T scale_out = large ? detail::power_of_two<T>(16) : (small ? detail::power_of_two<T>(-20) : T(1));
  const T a = magnitude * scale_in;
  T y = bit_cast<T>(static_cast<Bits>(bit_cast<Bits>(a) / 3 + Traits::cbrt_magic));
  for (int step = 0; step < Traits::cbrt_steps; ++step) {
    const T cube = y * y * y;
    // Halley's step, written as a correction so that its rounding is small beside y.
    y = y - y * ((cube - a) / (T(2) * cube + a));
  }
  const Bits sign = bit_cast<Bits>(x) & ~(~Bits{0} >> 1);
  const T root = bit_cast<T>(static_cast<Bits>(bit_cast<Bits>(y * scale_out) | sign));
  return (x == T(0) || !is_finite(x)) ? x : root;
}

}  // namespace zcmpi::portable
