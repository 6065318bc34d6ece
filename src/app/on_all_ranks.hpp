/// \file
/// How a command on several ranks begins, and how it ends when something goes wrong.
#pragma once

#include <functional>
#include <string_view>

#include "zcmpi/core/error.hpp"
#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// Runs `command` on this rank, with MPI and the log at its disposal and signals asking for a stop, when all ranks were
/// started for the command of this name by the same zcmpi. What it throws is said once, and ends the job if the other
/// ranks may be waiting for this one.
ExitCode on_all_ranks(std::string_view name, int argc, char** argv,
                      const std::function<ExitCode(Communicator& world)>& command);

}  // namespace zcmpi
