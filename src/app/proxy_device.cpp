#include "proxy_device.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "environment.hpp"
#include "zcmpi/core/device.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {

std::optional<int> choose_proxy_device(const Communicator& world) {
  const auto choice = choose_device({.visible = proxy_device_count(),
                                     .local_rank = world.local_rank(),
                                     .local_size = world.local_size(),
                                     .granted = granted_devices()});
  const auto have_one = world.sum(std::uint64_t{choice ? 1U : 0U});
  const auto sharing = world.sum(std::uint64_t{choice && choice->is_shared ? 1U : 0U});
  const auto lines = world.gather(
      choice ? fmt::format("rank {} on {}: networks on CUDA device {}", world.rank(), host_name(), choice->device)
             : std::string());
  world.agree([&] {
    if (have_one != 0 && have_one != static_cast<std::uint64_t>(world.size())) {
      throw InputError(fmt::format(
          "{} of {} ranks have a CUDA device for networks: expected all or none, since values of devices and hosts "
          "differ in the last digits; start the ranks where there are devices, or with CUDA_VISIBLE_DEVICES empty",
          have_one, world.size()));
    }
    for (const auto& line : lines) {
      if (!line.empty()) {
        log_info(line);
      }
    }
    if (world.rank() == 0 && sharing > 0) {
      log_warning(fmt::format("{} ranks share CUDA devices: start one rank a device", sharing));
    }
  });
  return choice ? std::optional(choice->device) : std::nullopt;
}

}  // namespace zcmpi
