/// \file
/// What training needs that knows no LibTorch.
#pragma once

#include <span>
#include <vector>

#include "zcmpi/proxy/training.hpp"

namespace zcmpi {

/// A set of parameters and how they move.
struct SgdParameters {
  std::span<float> values;
  /// Empty until the first step.
  std::vector<float> velocity{};
};

/// One step of stochastic gradient descent, as PyTorch defines it: with d = gradient + decay value, the velocity
/// becomes d at the first step and momentum velocity + d later; the value falls by rate times the velocity, or, by
/// Nesterov, times d + momentum velocity. An empty gradient stands for zeros.
void take_step(SgdParameters& parameters, std::span<const float> gradient, const TrainingSettings& settings,
               double learning_rate);

}  // namespace zcmpi
