#include "batch_norm.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

constexpr std::size_t channels = 5;

std::vector<float> random_rows(std::size_t rows, std::uint32_t index, float mean = 0.0F) {
  RandomStream random({.seed = 4, .index = index});
  std::vector<float> values(rows * channels);
  for (float& value : values) {
    value = static_cast<float>(random.normal()) + mean;
  }
  return values;
}

/// y of x + step x', in double precision.
std::vector<double> normalised(std::span<const float> x, std::span<const float> x_tangent, double step) {
  const std::size_t rows = x.size() / channels;
  std::vector<double> y(x.size());
  for (std::size_t c = 0; c < channels; ++c) {
    const auto value = [&](std::size_t row) {
      return double{x[row * channels + c]} + step * double{x_tangent[row * channels + c]};
    };
    double mean = 0.0;
    double variance = 0.0;
    for (std::size_t row = 0; row < rows; ++row) {
      mean += value(row) / static_cast<double>(rows);
    }
    for (std::size_t row = 0; row < rows; ++row) {
      variance += (value(row) - mean) * (value(row) - mean) / static_cast<double>(rows);
    }
    for (std::size_t row = 0; row < rows; ++row) {
      y[row * channels + c] = (value(row) - mean) / std::sqrt(variance + double{batch_norm_epsilon});
    }
  }
  return y;
}

double inner_product(std::span<const float> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += double{a[i]} * b[i];
  }
  return sum;
}

TEST(BatchNorm, IsTheDefinitionAlsoFarFromZero) {
  for (const std::size_t rows : {1U, 2U, 63U, 64U, 65U, 1000U}) {
    const auto x = random_rows(rows, 0, 1000.0F);
    const auto statistics = batch_statistics(x, channels);
    std::vector<float> y(x.size());
    normalise(x, statistics, y);
    const auto expected = normalised(x, x, 0.0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(y[i], expected[i], 2e-4) << rows;
    }
  }
}

/// Also when the first row is far from the others.
TEST(BatchNorm, StatisticsAndMeansOfGradientsAreTheNearestToThoseOfDoublePrecision) {
  constexpr std::size_t rows = 20000;
  auto x = random_rows(rows, 6, 0.5F);
  std::fill_n(x.begin(), channels, -20.0F);
  const auto gradient = random_rows(rows, 7);
  const auto statistics = batch_statistics(x, channels);
  const auto means = tangent_statistics(x, gradient, statistics);
  for (std::size_t c = 0; c < channels; ++c) {
    std::array<double, 4> sums{};
    const auto each = [&](const auto& add) {
      for (std::size_t i = c; i < x.size(); i += channels) {
        add(i);
      }
    };
    each([&](std::size_t i) { sums[0] += double{x[i]} / rows; });
    each([&](std::size_t i) {
      sums[1] += (double{x[i]} - sums[0]) * (double{x[i]} - sums[0]) / rows;
      sums[2] += double{gradient[i]} / rows;
      const float y = (x[i] - statistics.mean[c]) * statistics.inverse_deviation[c];
      sums[3] += double{gradient[i]} * double{y} / rows;
    });
    EXPECT_EQ(statistics.mean[c], static_cast<float>(sums[0]));
    EXPECT_EQ(statistics.variance[c], static_cast<float>(sums[1]));
    EXPECT_EQ(means.mean[c], static_cast<float>(sums[2]));
    EXPECT_EQ(means.product[c], static_cast<float>(sums[3]));
  }
}

TEST(BatchNorm, OfAConstantIsZero) {
  const std::vector<float> x(20 * channels, 3.5F);
  const auto statistics = batch_statistics(x, channels);
  std::vector<float> y(x.size());
  normalise(x, statistics, y);
  EXPECT_THAT(y, testing::Each(0.0F));
}

TEST(BatchNorm, KeepsANanInItsChannel) {
  auto x = random_rows(10, 1);
  x[2] = std::nanf("");
  const auto statistics = batch_statistics(x, channels);
  EXPECT_TRUE(std::isnan(statistics.variance[2]));
  EXPECT_FALSE(std::isnan(statistics.variance[1]));
}

TEST(BatchNorm, TangentIsTheDifferenceQuotient) {
  const auto x = random_rows(100, 2, 0.5F);
  const auto x_tangent = random_rows(100, 3);
  const auto statistics = batch_statistics(x, channels);
  std::vector<float> y_tangent(x.size());
  normalise_tangent(x, x_tangent, statistics, tangent_statistics(x, x_tangent, statistics), y_tangent);
  const auto after = normalised(x, x_tangent, 1e-5);
  const auto before = normalised(x, x_tangent, -1e-5);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(y_tangent[i], (after[i] - before[i]) / 2e-5, 1e-4);
  }
}

TEST(BatchNorm, GradientIsTheTransposeOfTheTangent) {
  const auto x = random_rows(100, 2, 0.5F);
  const auto x_tangent = random_rows(100, 3);
  const auto y_gradient = random_rows(100, 4);
  const auto statistics = batch_statistics(x, channels);
  std::vector<float> x_gradient(x.size());
  normalise_gradient(x, statistics, y_gradient, x_gradient);
  const auto after = normalised(x, x_tangent, 1e-5);
  const auto before = normalised(x, x_tangent, -1e-5);
  const double expected = (inner_product(y_gradient, after) - inner_product(y_gradient, before)) / 2e-5;
  double found = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    found += double{x_gradient[i]} * x_tangent[i];
  }
  EXPECT_NEAR(found, expected, 1e-3 * std::abs(expected));
}

TEST(BatchNorm, GradientTangentIsTheDifferenceQuotientOfTheGradient) {
  const auto x = random_rows(100, 2, 0.5F);
  const auto x_tangent = random_rows(100, 3);
  const auto y_gradient = random_rows(100, 4);
  const auto y_gradient_tangent = random_rows(100, 5);
  const auto statistics = batch_statistics(x, channels);
  const auto tangent = tangent_statistics(x, x_tangent, statistics);
  std::vector<float> found(x.size());
  normalise_gradient_tangent(x, x_tangent, statistics, tangent, y_gradient, y_gradient_tangent, found);
  constexpr float step = 0.01F;
  std::array<std::vector<float>, 2> gradients;
  for (std::size_t side = 0; side < 2; ++side) {
    const float signed_step = side == 0 ? -step : step;
    auto moved = x;
    auto moved_gradient = y_gradient;
    for (std::size_t i = 0; i < x.size(); ++i) {
      moved[i] += signed_step * x_tangent[i];
      moved_gradient[i] += signed_step * y_gradient_tangent[i];
    }
    gradients[side].resize(x.size());
    normalise_gradient(moved, batch_statistics(moved, channels), moved_gradient, gradients[side]);
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(found[i], (gradients[1][i] - gradients[0][i]) / (2.0F * step), 2e-3);
  }
}

}  // namespace
}  // namespace zcmpi
