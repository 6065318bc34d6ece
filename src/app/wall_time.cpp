#include "wall_time.hpp"

#include <numeric>

namespace zcmpi {

std::array<double, phase_count> meet_and_read(const Communicator& communicator, PhaseClock& clock) {
  // A rank that read its clock while another is still at work would leave the wait out.
  communicator.barrier();
  auto seconds = clock.seconds();
  const double own = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  const double longest = communicator.max(own);
  seconds[static_cast<std::size_t>(Phase::rest)] += longest - own;
  for (double& phase : seconds) {
    phase = communicator.sum(phase) / communicator.size();
  }
  return seconds;
}

}  // namespace zcmpi
