#include "zcmpi/core/device.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace zcmpi {

std::optional<DeviceChoice> choose_device(const DeviceSituation& situation) {
  if (situation.visible <= 0) {
    return std::nullopt;
  }
  // Where a process sees fewer devices than the job has, the others are bound to other processes.
  const bool is_bound = situation.granted.value_or(0) > situation.visible;
  const int available = is_bound ? *situation.granted : situation.visible;
  return DeviceChoice{.device = situation.local_rank % situation.visible,
                      .is_shared = situation.local_size > available};
}

std::optional<int> granted_devices() {
  if (const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES"); visible != nullptr && *visible == '\0') {
    return std::nullopt;
  }
  const char* const text = std::getenv("SLURM_GPUS_ON_NODE");
  if (text == nullptr) {
    return std::nullopt;
  }
  const std::string_view digits(text);
  int devices = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), devices);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(devices) : std::nullopt;
}

}  // namespace zcmpi
