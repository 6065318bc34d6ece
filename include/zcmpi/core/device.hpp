/// \file
/// Which accelerator a process works on. One rule for all libraries that compute on devices.
#pragma once

#include <optional>
#include <string>

namespace zcmpi {

/// What a process knows of the devices of its node.
struct DeviceSituation {
  /// Devices that this process can see, numbered from 0. A launcher that binds one to each process shows it that one.
  int visible = 0;
  /// This process' place among those of the job on the node, and how many there are.
  int local_rank = 0;
  int local_size = 1;
  /// Devices that the job has on the node, where the launcher says so.
  std::optional<int> granted{};
};

/// Which device it is, whatever number a process sees it under.
struct DeviceIdentity {
  /// As its vendor names it: "NVIDIA H100 80GB HBM3".
  std::string model;
  /// As nvidia-smi -L prints it, without what is before it ("GPU-"): "8c2e4d6a-...".
  std::string uuid;
};

struct DeviceChoice {
  /// Among the visible ones.
  int device = 0;
  /// Other processes of the job have to use it too.
  bool is_shared = false;
  /// Where it is known.
  std::optional<DeviceIdentity> identity{};
};

/// Devices go round the processes of a node, each of which is given the one of its place. nullopt where there are no
/// devices: then the process computes on the host.
std::optional<DeviceChoice> choose_device(const DeviceSituation& situation);

/// What the driver of CUDA says of a device, by its number among the visible ones; nullopt where there is no such
/// device, or no such driver, as for devices of other vendors.
std::optional<DeviceIdentity> identify_device(int device);

/// What Slurm has granted the job step on this node (SLURM_GPUS_ON_NODE); nullopt outside Slurm, and where
/// CUDA_VISIBLE_DEVICES names none (it is empty, or begins with what names no device, such as -1): then they shall not
/// be used.
std::optional<int> granted_devices();

}  // namespace zcmpi
