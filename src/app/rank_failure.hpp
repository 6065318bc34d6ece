/// \file
/// How a command on several ranks ends when something goes wrong.
#pragma once

#include <exception>

#include "zcmpi/core/error.hpp"
#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// Says what went wrong, once, and ends the job if the others may be waiting for this rank.
ExitCode end_with(const std::exception& error, const Communicator& world);

}  // namespace zcmpi
