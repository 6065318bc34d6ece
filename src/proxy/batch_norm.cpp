#include "batch_norm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/platform.hpp"

namespace zcmpi {
namespace {

/// Sums over rows of several quantities a channel, in double precision: what single precision would lose here is left
/// in all that is normalised by the sums, and zico magnifies it (docs/proxies.md).
template <std::size_t Quantities, class Add>
std::array<std::vector<double>, Quantities> sum_over_rows(std::size_t rows, std::size_t channels, const Add& add) {
  std::array<std::vector<double>, Quantities> sums;
  std::array<double*, Quantities> targets{};
  for (std::size_t q = 0; q < Quantities; ++q) {
    sums[q].assign(channels, 0.0);
    targets[q] = sums[q].data();
  }
  for (std::size_t row = 0; row < rows; ++row) {
    add(row * channels, targets);
  }
  return sums;
}

std::vector<float> means_of(const std::vector<double>& sums, std::size_t rows) {
  std::vector<float> means(sums.size());
  std::ranges::transform(sums, means.begin(),
                         [&](double sum) { return static_cast<float>(sum / static_cast<double>(rows)); });
  return means;
}

}  // namespace

BatchStatistics batch_statistics(std::span<const float> x, std::size_t channels) {
  ZCMPI_EXPECT(channels > 0 && !x.empty() && x.size() % channels == 0);
  BatchStatistics statistics;
  statistics.rows = x.size() / channels;
  // Moments about the first row lose nothing where the mean is far from 0.
  const float* const values = x.data();
  const auto sums =
      sum_over_rows<2>(statistics.rows, channels, [&](std::size_t start, const std::array<double*, 2>& targets) {
        const float* const row = values + start;
        double* const first = targets[0];
        double* const second = targets[1];
        ZCMPI_INDEPENDENT_ITERATIONS
        for (std::size_t c = 0; c < channels; ++c) {
          const double difference = double{row[c]} - double{values[c]};
          first[c] += difference;
          second[c] += difference * difference;
        }
      });
  const auto n = static_cast<double>(statistics.rows);
  for (std::size_t c = 0; c < channels; ++c) {
    const double shift = sums[0][c] / n;
    const double variance = std::max(sums[1][c] / n - shift * shift, 0.0);
    // A NaN stays one.
    const double kept = std::isnan(sums[1][c]) ? sums[1][c] : variance;
    statistics.mean.push_back(static_cast<float>(static_cast<double>(values[c]) + shift));
    statistics.variance.push_back(static_cast<float>(kept));
    statistics.inverse_deviation.push_back(
        static_cast<float>(1.0 / std::sqrt(kept + static_cast<double>(batch_norm_epsilon))));
  }
  return statistics;
}

void normalise(std::span<const float> x, const BatchStatistics& statistics, std::span<float> y) {
  const std::size_t channels = statistics.channels();
  const float* const mean = statistics.mean.data();
  const float* const inverse = statistics.inverse_deviation.data();
  for (std::size_t start = 0; start < x.size(); start += channels) {
    const float* const from = x.data() + start;
    float* const to = y.data() + start;
    ZCMPI_INDEPENDENT_ITERATIONS
    for (std::size_t c = 0; c < channels; ++c) {
      to[c] = (from[c] - mean[c]) * inverse[c];
    }
  }
}

void normalise(std::span<const float> x, const BatchStatistics& statistics, const NormParameters* parameters,
               std::span<float> y) {
  if (parameters == nullptr) {
    return normalise(x, statistics, y);
  }
  const std::size_t channels = statistics.channels();
  std::vector<float> factors(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    factors[c] = statistics.inverse_deviation[c] * parameters->scale[c];
  }
  const float* const mean = statistics.mean.data();
  const float* const factor = factors.data();
  const float* const shift = parameters->shift.data();
  for (std::size_t start = 0; start < x.size(); start += channels) {
    const float* const from = x.data() + start;
    float* const to = y.data() + start;
    ZCMPI_INDEPENDENT_ITERATIONS
    for (std::size_t c = 0; c < channels; ++c) {
      to[c] = (from[c] - mean[c]) * factor[c] + shift[c];
    }
  }
}

TangentStatistics tangent_statistics(std::span<const float> x, std::span<const float> x_tangent,
                                     const BatchStatistics& statistics) {
  const std::size_t channels = statistics.channels();
  const float* const mean = statistics.mean.data();
  const float* const inverse = statistics.inverse_deviation.data();
  const auto sums =
      sum_over_rows<2>(statistics.rows, channels, [&](std::size_t start, const std::array<double*, 2>& targets) {
        const float* const row = x.data() + start;
        const float* const tangent_row = x_tangent.data() + start;
        double* const first = targets[0];
        double* const second = targets[1];
        ZCMPI_INDEPENDENT_ITERATIONS
        for (std::size_t c = 0; c < channels; ++c) {
          const double tangent = tangent_row[c];
          first[c] += tangent;
          second[c] += double{(row[c] - mean[c]) * inverse[c]} * tangent;
        }
      });
  return {means_of(sums[0], statistics.rows), means_of(sums[1], statistics.rows)};
}

void normalise_tangent(std::span<const float> x, std::span<const float> x_tangent, const BatchStatistics& statistics,
                       const TangentStatistics& tangent, std::span<float> y_tangent) {
  const std::size_t channels = statistics.channels();
  const float* const mean = statistics.mean.data();
  const float* const inverse = statistics.inverse_deviation.data();
  const float* const tangent_mean = tangent.mean.data();
  const float* const product = tangent.product.data();
  for (std::size_t start = 0; start < x.size(); start += channels) {
    const float* const row = x.data() + start;
    const float* const tangent_row = x_tangent.data() + start;
    float* const to = y_tangent.data() + start;
    ZCMPI_INDEPENDENT_ITERATIONS
    for (std::size_t c = 0; c < channels; ++c) {
      const float y = (row[c] - mean[c]) * inverse[c];
      to[c] = inverse[c] * (tangent_row[c] - tangent_mean[c] - product[c] * y);
    }
  }
}

void normalise_gradient(std::span<const float> x, const BatchStatistics& statistics, std::span<const float> y_gradient,
                        std::span<float> x_gradient) {
  // The derivatives of y by x are a symmetric matrix: it takes gradients back as it takes tangents forth.
  normalise_tangent(x, y_gradient, statistics, tangent_statistics(x, y_gradient, statistics), x_gradient);
}

NormParameters normalise_gradient(std::span<const float> x, const BatchStatistics& statistics,
                                  const NormParameters& parameters, std::span<const float> y_gradient,
                                  std::span<float> x_gradient) {
  const std::size_t channels = statistics.channels();
  const TangentStatistics means = tangent_statistics(x, y_gradient, statistics);
  // x_gradient = r s (g - mean(g) - y mean(g y)) with y = r (x - mean) and r the inverse deviation, s the scale.
  NormParameters gradient;
  std::vector<float> factors(channels);
  std::vector<float> slopes(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    gradient.scale.push_back(means.product[c] * static_cast<float>(statistics.rows));
    gradient.shift.push_back(means.mean[c] * static_cast<float>(statistics.rows));
    factors[c] = statistics.inverse_deviation[c] * parameters.scale[c];
    slopes[c] = statistics.inverse_deviation[c] * means.product[c];
  }
  const float* const mean = statistics.mean.data();
  const float* const gradient_mean = means.mean.data();
  const float* const factor = factors.data();
  const float* const slope = slopes.data();
  for (std::size_t start = 0; start < x.size(); start += channels) {
    const float* const row = x.data() + start;
    const float* const from = y_gradient.data() + start;
    float* const to = x_gradient.data() + start;
    ZCMPI_INDEPENDENT_ITERATIONS
    for (std::size_t c = 0; c < channels; ++c) {
      to[c] = factor[c] * (from[c] - gradient_mean[c] - slope[c] * (row[c] - mean[c]));
    }
  }
  return gradient;
}

NormParameters shift_gradient(std::span<const float> y_gradient, std::size_t channels) {
  const auto sums = sum_over_rows<1>(y_gradient.size() / channels, channels,
                                     [&](std::size_t start, const std::array<double*, 1>& targets) {
                                       const float* const row = y_gradient.data() + start;
                                       double* const sum = targets[0];
                                       ZCMPI_INDEPENDENT_ITERATIONS
                                       for (std::size_t c = 0; c < channels; ++c) {
                                         sum[c] += double{row[c]};
                                       }
                                     });
  return {std::vector<float>(channels, 0.0F), means_of(sums[0], 1)};
}

void update_running(BatchStatistics& running, const BatchStatistics& batch, float momentum) {
  const auto rows = static_cast<float>(batch.rows);
  const float correction = batch.rows > 1 ? rows / (rows - 1.0F) : 1.0F;
  for (std::size_t c = 0; c < running.channels(); ++c) {
    running.mean[c] += momentum * (batch.mean[c] - running.mean[c]);
    running.variance[c] += momentum * (batch.variance[c] * correction - running.variance[c]);
    running.inverse_deviation[c] =
        static_cast<float>(1.0 / std::sqrt(static_cast<double>(running.variance[c]) + double{batch_norm_epsilon}));
  }
}

void normalise_gradient_tangent(std::span<const float> x, std::span<const float> x_tangent,
                                const BatchStatistics& statistics, const TangentStatistics& tangent,
                                std::span<const float> y_gradient, std::span<const float> y_gradient_tangent,
                                std::span<float> x_gradient_tangent) {
  // With r the inverse deviation, c = mean(y x'), a = mean(g), b = mean(g y) and ' the derivatives, g the gradient by
  // y:
  //   x_gradient  = r (g - a - b y),   r' = -r^2 c,   y' = r (x' - mean(x') - c y)
  //   x_gradient' = r (g' - a' - b y' - b' y - r c (g - a - b y)),   b' = mean(g' y + g y')
  const std::size_t channels = statistics.channels();
  const float* const mean = statistics.mean.data();
  const float* const inverse = statistics.inverse_deviation.data();
  const float* const tangent_mean = tangent.mean.data();
  const float* const product = tangent.product.data();
  const auto sums =
      sum_over_rows<4>(statistics.rows, channels, [&](std::size_t start, const std::array<double*, 4>& targets) {
        const float* const row = x.data() + start;
        const float* const tangent_row = x_tangent.data() + start;
        const float* const g = y_gradient.data() + start;
        const float* const g_tangent = y_gradient_tangent.data() + start;
        double* const g_sum = targets[0];
        double* const gy_sum = targets[1];
        double* const g_tangent_sum = targets[2];
        double* const gy_tangent_sum = targets[3];
        ZCMPI_INDEPENDENT_ITERATIONS
        for (std::size_t c = 0; c < channels; ++c) {
          const float y = (row[c] - mean[c]) * inverse[c];
          const float y_tangent = inverse[c] * (tangent_row[c] - tangent_mean[c] - product[c] * y);
          g_sum[c] += double{g[c]};
          gy_sum[c] += double{g[c]} * double{y};
          g_tangent_sum[c] += double{g_tangent[c]};
          gy_tangent_sum[c] += double{g_tangent[c]} * double{y} + double{g[c]} * double{y_tangent};
        }
      });
  std::array<std::vector<float>, 4> means;
  std::ranges::transform(sums, means.begin(), [&](const auto& sum) { return means_of(sum, statistics.rows); });
  const float* const a = means[0].data();
  const float* const b = means[1].data();
  const float* const a_tangent = means[2].data();
  const float* const b_tangent = means[3].data();
  for (std::size_t start = 0; start < x.size(); start += channels) {
    const float* const row = x.data() + start;
    const float* const tangent_row = x_tangent.data() + start;
    const float* const g = y_gradient.data() + start;
    const float* const g_tangent = y_gradient_tangent.data() + start;
    float* const to = x_gradient_tangent.data() + start;
    ZCMPI_INDEPENDENT_ITERATIONS
    for (std::size_t c = 0; c < channels; ++c) {
      const float y = (row[c] - mean[c]) * inverse[c];
      const float y_tangent = inverse[c] * (tangent_row[c] - tangent_mean[c] - product[c] * y);
      to[c] = inverse[c] * (g_tangent[c] - a_tangent[c] - b[c] * y_tangent - b_tangent[c] * y -
                            inverse[c] * product[c] * (g[c] - a[c] - b[c] * y));
    }
  }
}

}  // namespace zcmpi
