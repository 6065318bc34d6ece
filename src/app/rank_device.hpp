/// \file
/// Which device each rank computes on, and what the log says of it: for formulas (Kokkos) as for networks (LibTorch).
#pragma once

#include <optional>
#include <string_view>

#include "zcmpi/core/device.hpp"
#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// What is computed, and what computes it, for the log: "formulas" by "Cuda".
struct DeviceWork {
  std::string_view what;
  std::string_view by;
};

/// Collective. This rank's device among those that it sees; nullopt for the host. Whether ranks share one is what the
/// devices' own identities say where they are known; else it follows from how many there are.
std::optional<DeviceChoice> choose_rank_device(const Communicator& world, int visible);

/// As what computes there takes it: nullopt for the host.
inline std::optional<int> device_number(const std::optional<DeviceChoice>& choice) {
  return choice ? std::optional(choice->device) : std::nullopt;
}

/// Collective. Rank 0 logs which rank has which device, and warns of ranks that share one.
void log_devices(const Communicator& world, const std::optional<DeviceChoice>& choice, const DeviceWork& work);

/// Warns that this work is done on the host although Slurm has granted GPUs, if it has.
void warn_of_unused_devices(const DeviceWork& work);

/// Collective. This rank's CUDA device for networks; nullopt for the host. Logs and warns as above. Throws InputError
/// on every rank when some have a device and others none, since their values would differ.
std::optional<DeviceChoice> choose_network_device(const Communicator& world);

}  // namespace zcmpi
