#include "on_all_ranks.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <exception>
#include <string>

#include "rank_agreement.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/signals.hpp"
#include "zcmpi/core/version.hpp"

namespace zcmpi {
namespace {

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

}  // namespace

ExitCode on_all_ranks(std::string_view name, int argc, char** argv,
                      const std::function<ExitCode(Communicator& world)>& command) {
  // A signal that comes while MPI starts, which can take long on a loaded node, must not kill the process.
  const ScopedStopSignals signals;
  const ScopedMpi mpi(&argc, &argv);
  Communicator world(MPI_COMM_WORLD);
  init_log({.level = LogLevel::info, .rank = world.rank()});
  try {
    require_agreement(world,
                      {{"command", std::string(name)}, {"zcmpi", fmt::format("{} {}", version(), git_revision())}});
    return command(world);
  } catch (const std::exception& error) {
    return end_with(error, world);
  }
}

}  // namespace zcmpi
