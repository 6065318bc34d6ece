#include "zcmpi/core/portable_math.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace zcmpi {
namespace {

/// Distance from a reference of twice the precision, in units of the last place of the reference rounded to T.
template <class T>
double ulp_error(T value, long double reference) {
  const T rounded = static_cast<T>(reference);
  if (std::isinf(rounded)) {
    return value == rounded ? 0.0 : std::numeric_limits<double>::infinity();
  }
  const T next = std::nextafter(std::abs(rounded), std::numeric_limits<T>::infinity());
  const auto ulp = static_cast<long double>(next) - std::abs(static_cast<long double>(rounded));
  return static_cast<double>(std::abs(static_cast<long double>(value) - reference) / ulp);
}

/// Largest error over every `step`-th float bit pattern in [low, high], both signs if asked for.
template <class Function, class Reference>
double worst_float_error(float low, float high, std::uint32_t step, Function function, Reference reference) {
  double worst = 0.0;
  const auto first = portable::bit_cast<std::uint32_t>(low);
  const auto last = portable::bit_cast<std::uint32_t>(high);
  for (std::uint64_t bits = first; bits <= last; bits += step) {
    const auto x = portable::bit_cast<float>(static_cast<std::uint32_t>(bits));
    worst = std::max(worst, ulp_error(function(x), reference(static_cast<long double>(x))));
  }
  return worst;
}

/// Same for double, over points spread evenly in the logarithm of [low, high].
template <class Function, class Reference>
double worst_double_error(double low, double high, Function function, Reference reference) {
  double worst = 0.0;
  const int points = 200'000;
  const double ratio = std::log(high / low) / points;
  for (int i = 0; i <= points; ++i) {
    const double x = low * std::exp(ratio * i);
    worst = std::max(worst, ulp_error(function(x), reference(static_cast<long double>(x))));
  }
  return worst;
}

constexpr float least = 1e-44F;
constexpr float most = 3e38F;

TEST(PortableLog, IsWithinOneUlpForEveryPositiveFloat) {
  const double error = worst_float_error(
      least, most, 4099, [](float x) { return portable::log(x); }, [](long double x) { return std::log(x); });
  RecordProperty("ulp", std::to_string(error));
  EXPECT_LE(error, 1.0);
}

TEST(PortableLog, IsWithinOneUlpNearOne) {
  EXPECT_LE(worst_float_error(
                0.7F, 1.5F, 13, [](float x) { return portable::log(x); }, [](long double x) { return std::log(x); }),
            1.0);
}

TEST(PortableLog, IsWithinOneUlpInDouble) {
  EXPECT_LE(worst_double_error(
                1e-310, 1e308, [](double x) { return portable::log(x); }, [](long double x) { return std::log(x); }),
            1.0);
}

TEST(PortableLog1p, IsWithinTwoUlp) {
  EXPECT_LE(
      worst_float_error(
          1e-30F, most, 4099, [](float x) { return portable::log1p(x); }, [](long double x) { return std::log1p(x); }),
      2.0);
  EXPECT_LE(worst_double_error(
                1e-30, 1e300, [](double x) { return portable::log1p(x); }, [](long double x) { return std::log1p(x); }),
            2.0);
}

TEST(PortableExp, IsWithinTwoUlp) {
  EXPECT_LE(worst_float_error(
                1e-30F, 80.0F, 1021, [](float x) { return portable::exp_bounded(x); },
                [](long double x) { return std::exp(x); }),
            2.0);
  EXPECT_LE(worst_float_error(
                1e-30F, 80.0F, 1021, [](float x) { return portable::exp_bounded(-x); },
                [](long double x) { return std::exp(-x); }),
            2.0);
  EXPECT_LE(
      worst_double_error(
          1e-30, 699.9, [](double x) { return portable::exp_bounded(x); }, [](long double x) { return std::exp(x); }),
      2.0);
  EXPECT_LE(
      worst_double_error(
          1e-30, 699.9, [](double x) { return portable::exp_bounded(-x); }, [](long double x) { return std::exp(-x); }),
      2.0);
}

TEST(PortableTanh, IsWithinThreeUlp) {
  EXPECT_LE(
      worst_float_error(
          1e-30F, most, 4099, [](float x) { return portable::tanh(x); }, [](long double x) { return std::tanh(x); }),
      3.0);
  EXPECT_LE(worst_double_error(
                1e-30, 1e300, [](double x) { return portable::tanh(x); }, [](long double x) { return std::tanh(x); }),
            3.0);
}

TEST(PortableCbrt, IsWithinTwoUlp) {
  EXPECT_LE(
      worst_float_error(
          least, most, 4099, [](float x) { return portable::cbrt(x); }, [](long double x) { return std::cbrt(x); }),
      2.0);
  EXPECT_LE(worst_double_error(
                1e-310, 1e308, [](double x) { return portable::cbrt(x); }, [](long double x) { return std::cbrt(x); }),
            2.0);
}

template <class T>
class PortableMathAtSpecialValues : public testing::Test {};
using FloatTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(PortableMathAtSpecialValues, FloatTypes);

TYPED_TEST(PortableMathAtSpecialValues, FollowsTheDefinition) {
  using T = TypeParam;
  const T infinity = std::numeric_limits<T>::infinity();
  const T nan = std::numeric_limits<T>::quiet_NaN();
  EXPECT_EQ(portable::log(T(1)), T(0));
  EXPECT_EQ(portable::log(T(0)), -infinity);
  EXPECT_EQ(portable::log(infinity), infinity);
  EXPECT_TRUE(std::isnan(portable::log(T(-1))));
  EXPECT_EQ(portable::log1p(T(0)), T(0));
  EXPECT_EQ(portable::log1p(infinity), infinity);
  EXPECT_EQ(portable::exp_bounded(T(0)), T(1));
  EXPECT_TRUE(portable::is_finite(portable::exp_bounded(infinity)));
  EXPECT_GT(portable::exp_bounded(-infinity), T(0));
  EXPECT_EQ(portable::tanh(T(0)), T(0));
  EXPECT_TRUE(std::signbit(portable::tanh(-T(0))));
  EXPECT_EQ(portable::tanh(infinity), T(1));
  EXPECT_EQ(portable::tanh(-infinity), T(-1));
  EXPECT_EQ(portable::cbrt(T(0)), T(0));
  EXPECT_EQ(portable::cbrt(T(27)), T(3));
  EXPECT_EQ(portable::cbrt(T(-8)), T(-2));
  EXPECT_EQ(portable::cbrt(-infinity), -infinity);
  for (const T value : {portable::log(nan), portable::log1p(nan), portable::exp_bounded(nan), portable::tanh(nan),
                        portable::cbrt(nan)}) {
    EXPECT_TRUE(std::isnan(value));
    EXPECT_FALSE(portable::is_finite(value));
  }
}

}  // namespace
}  // namespace zcmpi
