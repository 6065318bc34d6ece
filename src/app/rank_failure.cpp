#include "rank_failure.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include "zcmpi/core/log.hpp"

namespace zcmpi {

ExitCode end_with(const std::exception& error, const Communicator& world) {
  const auto code = dynamic_cast<const InputError*>(&error) != nullptr ? ExitCode::bad_input : ExitCode::failed;
  const auto* agreed = dynamic_cast<const AgreedFailure*>(&error);
  if (agreed == nullptr || agreed->failed_rank() == world.rank()) {
    log_error(error.what());
    flush_log();
  } else if (world.rank() == 0) {
    log_to_file(fmt::format("[rank {}] error: {}", agreed->failed_rank(), error.what()));
  }
  if (agreed == nullptr && world.size() > 1) {
    MPI_Abort(MPI_COMM_WORLD, static_cast<int>(code));
  }
  return code;
}

}  // namespace zcmpi
