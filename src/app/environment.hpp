/// \file
/// What a run ran on: environment.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "zcmpi/core/device.hpp"
#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// The name of this machine, or "unknown".
std::string host_name();

/// Collective. Rank 0 writes the file: versions, compiler, start time, Slurm's job, and each rank's host, process and
/// device for what `backend` computes, which is empty where nothing is computed that could be on a device.
void record_environment(const Communicator& world, const std::filesystem::path& file, std::string_view backend,
                        const std::optional<DeviceChoice>& device);

}  // namespace zcmpi
