#include "torch/norm_operations.hpp"

#include <gtest/gtest.h>

#include <span>
#include <vector>

namespace zcmpi {
namespace {

using norm_operations::Arithmetic;
namespace norms = norm_operations;

/// [images, channels, rows, columns], channels last.
at::Tensor numbers(double shift) {
  return (at::randn({3, 5, 4, 2}) + shift).contiguous(at::MemoryFormat::ChannelsLast);
}

void expect_near(std::span<const float> a, std::span<const float> b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i], b[i], 2e-5) << i;
  }
}

void expect_near(const at::Tensor& a, const at::Tensor& b) { expect_near(norms::fetched(a), norms::fetched(b)); }

class NormOperations : public testing::Test {
 protected:
  NormOperations() { at::manual_seed(3); }

  at::Tensor x = numbers(1.0);
  at::Tensor x_tangent = numbers(0.5);
  at::Tensor gradient = numbers(-0.5);
  at::Tensor gradient_tangent = numbers(0.0);
  BatchStatistics statistics = norms::batch_statistics(x, Arithmetic::loops);
  TangentStatistics tangent = norms::tangent_statistics(x, x_tangent, statistics, Arithmetic::loops);
  NormParameters parameters{{1.0F, 2.0F, 0.5F, -1.0F, 0.1F}, {0.0F, 1.0F, -1.0F, 2.0F, 0.5F}};

  /// What the function gives with the loops and with tensors.
  template <class Function>
  void expect_same(const Function& function) {
    expect_near(function(Arithmetic::tensors), function(Arithmetic::loops));
  }
};

TEST_F(NormOperations, StatisticsOfTensorsAreThoseOfTheLoops) {
  const auto other = norms::batch_statistics(x, Arithmetic::tensors);
  EXPECT_EQ(other.rows, statistics.rows);
  expect_near(other.mean, statistics.mean);
  expect_near(other.variance, statistics.variance);
  expect_near(other.inverse_deviation, statistics.inverse_deviation);
  const auto other_tangent = norms::tangent_statistics(x, x_tangent, statistics, Arithmetic::tensors);
  expect_near(other_tangent.mean, tangent.mean);
  expect_near(other_tangent.product, tangent.product);
}

TEST_F(NormOperations, VariancesKeepTheirDigitsFarFromZero) {
  const at::Tensor far = numbers(1000.0);
  const auto loops = norms::batch_statistics(far, Arithmetic::loops);
  const auto tensors = norms::batch_statistics(far, Arithmetic::tensors);
  for (std::size_t c = 0; c < loops.channels(); ++c) {
    EXPECT_NEAR(tensors.variance[c] / loops.variance[c], 1.0, 1e-4);
  }
}

TEST_F(NormOperations, ValuesOfTensorsAreThoseOfTheLoops) {
  expect_same([&](Arithmetic a) { return norms::normalise(x, statistics, nullptr, a); });
  expect_same([&](Arithmetic a) { return norms::normalise(x, statistics, &parameters, a); });
  expect_same([&](Arithmetic a) { return norms::normalise_tangent(x, x_tangent, statistics, tangent, a); });
}

TEST_F(NormOperations, GradientsOfTensorsAreThoseOfTheLoops) {
  expect_same([&](Arithmetic a) { return norms::normalise_gradient(x, statistics, gradient, a); });
  expect_same([&](Arithmetic a) {
    return norms::normalise_gradient_tangent(x, x_tangent, statistics, tangent, gradient, gradient_tangent, a);
  });
  const auto [loops, by_loops] = norms::normalise_gradient(x, statistics, parameters, gradient, Arithmetic::loops);
  const auto [tensors, by_tensors] =
      norms::normalise_gradient(x, statistics, parameters, gradient, Arithmetic::tensors);
  expect_near(tensors, loops);
  expect_near(by_tensors.scale, by_loops.scale);
  expect_near(by_tensors.shift, by_loops.shift);
  expect_near(norms::shift_gradient(gradient, Arithmetic::tensors).shift,
              norms::shift_gradient(gradient, Arithmetic::loops).shift);
}

}  // namespace
}  // namespace zcmpi
