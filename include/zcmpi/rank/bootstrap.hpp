/// \file
/// Confidence intervals for a tau.
#pragma once

#include <cstdint>
#include <span>

namespace zcmpi {

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

struct BootstrapOptions {
  int resamples = 1000;
  /// Coverage of the interval.
  double level = 0.95;
  std::uint64_t seed = 1;
};

/// Percentile bootstrap interval of tau-b over rows drawn with replacement (Efron 1979). The same input gives the same
/// interval.
Interval bootstrap_tau_b(std::span<const double> values, std::span<const double> accuracies,
                         const BootstrapOptions& options);

}  // namespace zcmpi
