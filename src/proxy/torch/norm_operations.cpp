#include "norm_operations.hpp"

#include <algorithm>
#include <array>

#include "tensors.hpp"

namespace zcmpi::norm_operations {
namespace {

std::size_t channels_of(const at::Tensor& x) { return static_cast<std::size_t>(x.size(1)); }

/// The mean over all but the channels.
at::Tensor over_rows(const at::Tensor& x) {
  return x.dim() == 4 ? x.mean(at::IntArrayRef{0, 2, 3}, true) : x.mean(at::IntArrayRef{0}, true);
}

at::Tensor normalised(const at::Tensor& x, const BatchStatistics& statistics) {
  return (x - by_channel(statistics.mean, x)) * by_channel(statistics.inverse_deviation, x);
}

/// r (t - mean(t) - y mean(y t)) with y the normalised numbers and r the inverse deviation.
at::Tensor projected(const at::Tensor& y, const at::Tensor& t, const TangentStatistics& means,
                     const at::Tensor& inverse) {
  return inverse * (t - by_channel(means.mean, t) - by_channel(means.product, t) * y);
}

}  // namespace

std::vector<float> fetched(const at::Tensor& numbers) {
  const at::Tensor here = numbers.flatten().to(at::kCPU, at::kFloat).contiguous();
  const float* const first = here.data_ptr<float>();
  return {first, first + here.numel()};
}

at::Tensor by_channel(std::span<const float> numbers, const at::Tensor& like) {
  at::Tensor here = at::empty({static_cast<std::int64_t>(numbers.size())}, at::kFloat);
  std::ranges::copy(numbers, here.data_ptr<float>());
  const at::Tensor there = here.to(like.device(), like.scalar_type());
  return like.dim() == 4 ? there.view({1, -1, 1, 1}) : there.view({1, -1});
}

BatchStatistics batch_statistics(const at::Tensor& x, Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::loops) {
    return zcmpi::batch_statistics(numbers_of(x), channels_of(x));
  }
  // Differences from the mean, in double precision, as far from zero as the numbers may be.
  const at::Tensor numbers = x.to(at::kDouble);
  const at::Tensor mean = over_rows(numbers);
  const at::Tensor variance = over_rows((numbers - mean).square());
  const at::Tensor inverse = (variance + static_cast<double>(batch_norm_epsilon)).rsqrt();
  return {.rows = static_cast<std::size_t>(x.numel()) / channels_of(x),
          .mean = fetched(mean),
          .variance = fetched(variance),
          .inverse_deviation = fetched(inverse)};
}

at::Tensor normalise(const at::Tensor& x, const BatchStatistics& statistics, const NormParameters* parameters,
                     Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::loops) {
    at::Tensor y = at::empty_like(x);
    zcmpi::normalise(numbers_of(x), statistics, parameters, writable_numbers_of(y));
    return y;
  }
  const at::Tensor y = normalised(x, statistics);
  return parameters == nullptr ? y : y * by_channel(parameters->scale, x) + by_channel(parameters->shift, x);
}

TangentStatistics tangent_statistics(const at::Tensor& x, const at::Tensor& x_tangent,
                                     const BatchStatistics& statistics, Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::loops) {
    return zcmpi::tangent_statistics(numbers_of(x), numbers_of(x_tangent), statistics);
  }
  return {fetched(over_rows(x_tangent)), fetched(over_rows(normalised(x, statistics) * x_tangent))};
}

at::Tensor normalise_tangent(const at::Tensor& x, const at::Tensor& x_tangent, const BatchStatistics& statistics,
                             const TangentStatistics& tangent, Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::loops) {
    at::Tensor result = at::empty_like(x);
    zcmpi::normalise_tangent(numbers_of(x), numbers_of(x_tangent), statistics, tangent, writable_numbers_of(result));
    return result;
  }
  return projected(normalised(x, statistics), x_tangent, tangent, by_channel(statistics.inverse_deviation, x));
}

at::Tensor normalise_gradient(const at::Tensor& x, const BatchStatistics& statistics, const at::Tensor& y_gradient,
                              Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::loops) {
    at::Tensor result = at::empty_like(y_gradient);
    zcmpi::normalise_gradient(numbers_of(x), statistics, numbers_of(y_gradient), writable_numbers_of(result));
    return result;
  }
  // The derivatives of y by x are a symmetric matrix: it takes gradients back as it takes tangents forth.
  return normalise_tangent(x, y_gradient, statistics, tangent_statistics(x, y_gradient, statistics, arithmetic),
                           arithmetic);
}

std::pair<at::Tensor, NormParameters> normalise_gradient(const at::Tensor& x, const BatchStatistics& statistics,
                                                         const NormParameters& parameters, const at::Tensor& y_gradient,
                                                         Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::loops) {
    at::Tensor result = at::empty_like(y_gradient);
    auto by_parameters = zcmpi::normalise_gradient(numbers_of(x), statistics, parameters, numbers_of(y_gradient),
                                                   writable_numbers_of(result));
    return {result, std::move(by_parameters)};
  }
  auto means = tangent_statistics(x, y_gradient, statistics, arithmetic);
  const at::Tensor factor = by_channel(statistics.inverse_deviation, x) * by_channel(parameters.scale, x);
  const at::Tensor result = projected(normalised(x, statistics), y_gradient, means, factor);
  const auto rows = static_cast<float>(statistics.rows);
  for (auto* sums : {&means.product, &means.mean}) {
    std::ranges::transform(*sums, sums->begin(), [rows](float mean) { return mean * rows; });
  }
  return {result, {std::move(means.product), std::move(means.mean)}};
}

NormParameters shift_gradient(const at::Tensor& y_gradient, Arithmetic arithmetic) {
  const std::size_t channels = channels_of(y_gradient);
  if (arithmetic == Arithmetic::loops) {
    return zcmpi::shift_gradient(numbers_of(y_gradient), channels);
  }
  const auto rows = static_cast<double>(y_gradient.numel()) / static_cast<double>(channels);
  return {std::vector<float>(channels, 0.0F), fetched(over_rows(y_gradient) * rows)};
}

at::Tensor normalise_gradient_tangent(const at::Tensor& x, const at::Tensor& x_tangent,
                                      const BatchStatistics& statistics, const TangentStatistics& tangent,
                                      const at::Tensor& y_gradient, const at::Tensor& y_gradient_tangent,
                                      Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::loops) {
    at::Tensor result = at::empty_like(y_gradient);
    zcmpi::normalise_gradient_tangent(numbers_of(x), numbers_of(x_tangent), statistics, tangent, numbers_of(y_gradient),
                                      numbers_of(y_gradient_tangent), writable_numbers_of(result));
    return result;
  }
  // The formula and its names are those of batch_norm.cpp.
  const at::Tensor inverse = by_channel(statistics.inverse_deviation, x);
  const at::Tensor y = normalised(x, statistics);
  const at::Tensor y_tangent = projected(y, x_tangent, tangent, inverse);
  const at::Tensor a = over_rows(y_gradient);
  const at::Tensor b = over_rows(y_gradient * y);
  const at::Tensor a_tangent = over_rows(y_gradient_tangent);
  const at::Tensor b_tangent = over_rows(y_gradient_tangent * y + y_gradient * y_tangent);
  return inverse * (y_gradient_tangent - a_tangent - b * y_tangent - b_tangent * y -
                    inverse * by_channel(tangent.product, x) * (y_gradient - a - b * y));
}

}  // namespace zcmpi::norm_operations
