/// \file
/// What images are normalised by.
#pragma once

#include <cstdint>
#include <span>

#include "zcmpi/data/images.hpp"

namespace zcmpi {

/// Mean and deviation of the pixels themselves, which are of one channel; a deviation of 0 becomes 1.
Normalisation own_normalisation(std::span<const std::uint8_t> pixels);

}  // namespace zcmpi
