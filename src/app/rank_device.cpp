#include "rank_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "environment.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {
namespace {

std::string to_text(const DeviceChoice& choice) {
  return choice.identity
             ? fmt::format("device {} ({}, {})", choice.device, choice.identity->model, choice.identity->uuid)
             : fmt::format("device {}", choice.device);
}

}  // namespace

std::optional<DeviceChoice> choose_rank_device(const Communicator& world, int visible) {
  auto choice = choose_device({.visible = visible,
                               .local_rank = world.local_rank(),
                               .local_size = world.local_size(),
                               .granted = granted_devices()});
  if (choice) {
    choice->identity = identify_device(choice->device);
  }
  // Ranks may see one device each, and all of them the same one.
  const auto uuids = world.gather(choice && choice->identity ? choice->identity->uuid : std::string());
  std::string are_shared;
  for (const auto& uuid : uuids) {
    are_shared += std::ranges::count(uuids, uuid) > 1 ? '1' : '0';
  }
  are_shared = world.broadcast(std::move(are_shared));
  if (choice && choice->identity) {
    choice->is_shared = are_shared[static_cast<std::size_t>(world.rank())] == '1';
  }
  return choice;
}

void log_devices(const Communicator& world, const std::optional<DeviceChoice>& choice, const DeviceWork& work) {
  const auto lines = world.gather(choice ? fmt::format("rank {} on {}: {} on {} by {}{}", world.rank(), host_name(),
                                                       work.what, to_text(*choice), work.by,
                                                       choice->is_shared ? ", which other ranks use too" : "")
                                         : std::string());
  const auto sharing = world.sum(std::uint64_t{choice && choice->is_shared ? 1U : 0U});
  world.agree([&] {
    for (const auto& line : lines) {
      if (!line.empty()) {
        log_info(line);
      }
    }
    if (world.rank() == 0 && sharing > 0) {
      log_warning(fmt::format("{} ranks share devices: start one rank a device", sharing));
    }
  });
}

void warn_of_unused_devices(const DeviceWork& work) {
  if (const int granted = granted_devices().value_or(0); granted > 0) {
    log_warning(
        fmt::format("Slurm granted {} on {}, but {} are computed on the host, for {} has none here: ask for no "
                    "GPUs, or take a build that can use them",
                    count_of(granted, "GPU"), host_name(), work.what, work.by));
  }
}

std::optional<DeviceChoice> choose_network_device(const Communicator& world) {
  constexpr DeviceWork work{.what = "networks", .by = "LibTorch"};
  const auto choice = choose_rank_device(world, proxy_device_count());
  const auto have_one = world.sum(std::uint64_t{choice ? 1U : 0U});
  world.agree([&] {
    if (have_one != 0 && have_one != static_cast<std::uint64_t>(world.size())) {
      throw InputError(fmt::format(
          "{} of {} ranks have a CUDA device for networks: expected all or none, since values of devices and hosts "
          "differ in the last digits; start the ranks where there are devices, or with CUDA_VISIBLE_DEVICES empty",
          have_one, world.size()));
    }
  });
  log_devices(world, choice, work);
  if (world.rank() == 0 && !choice) {
    warn_of_unused_devices(work);
  }
  return choice;
}

}  // namespace zcmpi
