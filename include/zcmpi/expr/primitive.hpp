/// \file
/// The primitives: what a formula is made of, and what each computes.
///
/// The arithmetic is defined here once, as templates on the number type, for the reference interpreter, the Kokkos
/// kernels and constant folding alike. Every primitive is total on finite numbers unless its rule says otherwise, and
/// passes NaN on: a missing feature makes the formula's value non-finite.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "zcmpi/core/platform.hpp"
#include "zcmpi/core/portable_math.hpp"

namespace zcmpi {

/// Part of checkpoints: append, never renumber.
enum class Op : std::uint8_t {
  constant = 0,
  terminal = 1,
  add = 2,
  sub = 3,
  mul = 4,
  div = 5,
  aq = 6,
  min = 7,
  max = 8,
  neg = 9,
  abs = 10,
  square = 11,
  sqrt = 12,
  cbrt = 13,
  log = 14,
  exp = 15,
  tanh = 16,
  inv = 17,
};

inline constexpr std::size_t op_count = 18;

/// The version of the formula language: raised whenever a primitive's value changes for some argument or an Op gets
/// another meaning. Checkpoints of another language are refused.
inline constexpr int formula_language_version = 1;

/// What people see of a primitive.
struct PrimitiveInfo {
  Op op;
  std::string_view name;
  int arity;
  bool commutative;
  /// The value for every argument, in words.
  std::string_view rule;
};

/// All primitives in the order of Op; constant and terminal have arity 0.
std::span<const PrimitiveInfo> primitives();
const PrimitiveInfo& primitive_info(Op op);
/// The primitive of that name, constant and terminal excepted.
std::optional<Op> find_primitive(std::string_view name);

/// Number of operands.
ZCMPI_FUNCTION constexpr int arity(Op op) { return op < Op::add ? 0 : (op < Op::neg ? 2 : 1); }

/// Below this magnitude a divisor counts as zero and the protected quotient is 1.
inline constexpr float zero_divisor = 1e-6F;
/// The argument of log is not taken below this magnitude (2^-40).
inline constexpr float least_log_argument = 0x1p-40F;

/// The value of a unary primitive.
template <class T>
ZCMPI_FUNCTION T apply(Op op, T x);
/// The value of a binary primitive.
template <class T>
ZCMPI_FUNCTION T apply(Op op, T a, T b);

namespace primitive {

/// a / b, and 1 where |b| < 1e-6 (NaN in either operand gives NaN).
template <class T>
ZCMPI_FUNCTION T div(T a, T b) {
  const T one_or_nan = a == a ? T(1) : a;
  return portable::abs(b) < static_cast<T>(zero_divisor) ? one_or_nan : a / b;
}

/// The analytic quotient a / sqrt(1 + b^2) (Ni, Drieberg and Rockett 2013): smooth, without a pole.
template <class T>
ZCMPI_FUNCTION T aq(T a, T b) {
  return a / std::sqrt(T(1) + b * b);
}

template <class T>
ZCMPI_FUNCTION T min(T a, T b) {
  return (a < b || a != a) ? a : b;
}

template <class T>
ZCMPI_FUNCTION T max(T a, T b) {
  return (a > b || a != a) ? a : b;
}

/// ln(max(|x|, 2^-40)): finite and non-decreasing in |x|.
template <class T>
ZCMPI_FUNCTION T log(T x) {
  const T magnitude = portable::abs(x);
  return portable::log(magnitude < static_cast<T>(least_log_argument) ? static_cast<T>(least_log_argument) : magnitude);
}

/// e^x with x held to [-80, 80].
template <class T>
ZCMPI_FUNCTION T exp(T x) {
  const T above = x > T(80) ? T(80) : x;
  return portable::exp_bounded(above < T(-80) ? T(-80) : above);
}

template <class T>
ZCMPI_FUNCTION T sqrt(T x) {
  return std::sqrt(portable::abs(x));
}

/// 1 / x, and 1 where |x| < 1e-6: div(1, x).
template <class T>
ZCMPI_FUNCTION T inv(T x) {
  return div(T(1), x);
}

}  // namespace primitive

template <class T>
ZCMPI_FUNCTION T apply(Op op, T x) {
  switch (op) {
    case Op::neg: return -x;
    case Op::abs: return portable::abs(x);
    case Op::square: return x * x;
    case Op::sqrt: return primitive::sqrt(x);
    case Op::cbrt: return portable::cbrt(x);
    case Op::log: return primitive::log(x);
    case Op::exp: return primitive::exp(x);
    case Op::tanh: return portable::tanh(x);
    case Op::inv: return primitive::inv(x);
    default: return x;
  }
}

template <class T>
ZCMPI_FUNCTION T apply(Op op, T a, T b) {
  switch (op) {
    case Op::add: return a + b;
    case Op::sub: return a - b;
    case Op::mul: return a * b;
    case Op::div: return primitive::div(a, b);
    case Op::aq: return primitive::aq(a, b);
    case Op::min: return primitive::min(a, b);
    case Op::max: return primitive::max(a, b);
    default: return a;
  }
}

/// The primitives that a run may use.
class PrimitiveSet {
 public:
  /// A named set (`arithmetic`, `basic`, `standard`, `full`) or primitives separated by commas. Throws InputError that
  /// lists the known names.
  static PrimitiveSet parse(std::string_view text);

  [[nodiscard]] std::span<const Op> unary() const { return unary_; }
  [[nodiscard]] std::span<const Op> binary() const { return binary_; }
  [[nodiscard]] bool contains(Op op) const;
  /// Whether the canonical form of a formula over this set never needs a primitive outside of it.
  [[nodiscard]] bool is_closed_under_canonicalisation() const;

 private:
  std::vector<Op> unary_;
  std::vector<Op> binary_;
};

/// Names of the named sets, with their members, for `zcmpi list primitives`.
struct NamedPrimitiveSet {
  std::string_view name;
  std::string_view members;
};
std::span<const NamedPrimitiveSet> named_primitive_sets();

}  // namespace zcmpi
