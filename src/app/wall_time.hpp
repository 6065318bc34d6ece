/// \file
/// The wall time of a run on all ranks.
#pragma once

#include <array>

#include "zcmpi/core/timing.hpp"
#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// Collective. Waits for all ranks, then gives every rank the same seconds per phase, whose sum is the wall time since
/// the first of the ranks' clocks was started. Means over ranks; what a rank started later than the first is `rest`.
std::array<double, phase_count> meet_and_read(const Communicator& communicator, PhaseClock& clock);

}  // namespace zcmpi
