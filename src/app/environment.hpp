/// \file
/// What a run ran on: environment.json.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "zcmpi/core/device.hpp"
#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// The name of this machine, or "unknown".
std::string host_name();

/// This rank's host, process, evaluation back end and device, as a JSON object.
std::string describe_rank(const Communicator& communicator, const std::optional<DeviceChoice>& device);

/// The whole file, from the descriptions of all ranks: versions, compiler, start time, ranks, Slurm's job.
std::string environment_json(std::span<const std::string> ranks);

}  // namespace zcmpi
