#include "torch/layer_operations.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

namespace zcmpi {
namespace {

/// A convolution of one pixel that reads every other one, on 3 images of 6 x 6.
class PointwiseConvolution : public testing::TestWithParam<std::pair<std::uint32_t, std::uint32_t>> {
 protected:
  PointwiseConvolution() {
    at::manual_seed(1);
    layer.kind = LayerKind::convolution;
    layer.stride = 2;
    layer.shape = {.channels = outputs, .height = 3, .width = 3};
    layer.fan_in = inputs;
    const auto images = [](at::Tensor numbers) { return numbers.contiguous(at::MemoryFormat::ChannelsLast); };
    x = images(at::randn({3, inputs, 6, 6}));
    weight = images(at::randn({outputs, inputs, 1, 1}));
    gradient = images(at::randn({3, outputs, 3, 3}));
  }

  /// As a product of matrices, in double precision.
  [[nodiscard]] at::Tensor expected_by_weight() const {
    const auto rows = [](const at::Tensor& images) { return images.to(at::kDouble).permute({1, 0, 2, 3}).flatten(1); };
    return at::mm(rows(gradient), rows(x.slice(2, 0, 6, 2).slice(3, 0, 6, 2)).t()).view({outputs, inputs, 1, 1});
  }
  [[nodiscard]] at::Tensor expected_by_input() const {
    at::Tensor all = at::zeros({3, inputs, 6, 6}, at::kDouble);
    all.slice(2, 0, 6, 2)
        .slice(3, 0, 6, 2)
        .copy_(at::einsum("nohw,oi->nihw", {gradient.to(at::kDouble), weight.to(at::kDouble).flatten(1)}));
    return all;
  }
  static void expect_equal(const at::Tensor& numbers, const at::Tensor& expected) {
    EXPECT_LT((numbers.to(at::kDouble) - expected).abs().max().item<double>(), 1e-4);
  }

  std::uint32_t inputs = GetParam().first;
  std::uint32_t outputs = GetParam().second;
  Layer layer;
  at::Tensor x;
  at::Tensor weight;
  at::Tensor gradient;
};

// Written beyond its memory, libraries' gradients are wrong or end the program: hence many times.
TEST_P(PointwiseConvolution, HasTheGradientsOfItsDefinition) {
  for (int i = 0; i < 20; ++i) {
    expect_equal(layer_operations::convolution_weight_gradient(layer, gradient, x, weight), expected_by_weight());
    const auto [by_input, by_weight] = layer_operations::convolution_gradients(layer, gradient, x, weight);
    expect_equal(by_input, expected_by_input());
    expect_equal(by_weight, expected_by_weight());
  }
}

INSTANTIATE_TEST_SUITE_P(FewChannels, PointwiseConvolution,
                         testing::Values(std::pair(1, 2), std::pair(2, 4), std::pair(3, 8), std::pair(4, 8),
                                         std::pair(5, 16), std::pair(6, 12), std::pair(7, 14), std::pair(8, 16),
                                         std::pair(9, 4), std::pair(16, 32)));

}  // namespace
}  // namespace zcmpi
