/// \file
/// A network's first weights as tensors, and how LibTorch computes with them: on one thread.
#pragma once

#include "../randomness.hpp"
#include "executor.hpp"

namespace zcmpi {

/// Weights and biases as the randomness gives them; batch normalisations are without parameters.
Weights draw_weights(const Network& network, const Randomness& randomness, Initialisation initialisation);

/// For LibTorch and what it computes with, in the whole process.
void use_one_thread();

}  // namespace zcmpi
