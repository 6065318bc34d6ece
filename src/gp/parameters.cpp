#include "zcmpi/gp/parameters.hpp"

#include <algorithm>

#include "zcmpi/core/error.hpp"

namespace zcmpi {

double aggregate(Aggregate how, std::span<const double> scores, std::span<const double> weights) {
  if (scores.empty()) {
    return 0.0;
  }
  if (how == Aggregate::minimum) {
    return std::ranges::min(scores);
  }
  const bool weighted = how == Aggregate::weighted_mean;
  ZCMPI_EXPECT(!weighted || weights.size() == scores.size());
  double sum = 0.0;
  double total = 0.0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double weight = weighted ? weights[i] : 1.0;
    sum += weight * scores[i];
    total += weight;
  }
  return sum / total;
}

}  // namespace zcmpi
