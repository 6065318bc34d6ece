/// \file
/// The device that LibTorch computes a network on, and what there is to know of it.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <type_traits>

#include "../timed.hpp"
#include "norm_operations.hpp"
#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

/// The device of that number, set up to give the same values on every run, in single precision as on the host; nullopt:
/// the host.
at::Device set_up_device(std::optional<int> cuda_device);

norm_operations::Arithmetic arithmetic_on(at::Device device, NetworkArithmetic wanted);

/// Waits until the device has done what it was given: it works on while the host goes on.
void wait_for(at::Device device);

/// Runs the action, returns what it returns, and adds the seconds that it took on the device.
template <class Action>
auto timed_on(at::Device device, double& seconds, const Action& action) {
  wait_for(device);
  return timed(seconds, [&] {
    if constexpr (std::is_void_v<decltype(action())>) {
      action();
      wait_for(device);
    } else {
      auto result = action();
      wait_for(device);
      return result;
    }
  });
}

/// In a few words.
std::string reason_of(const c10::Error& error);
inline constexpr const char* no_memory = "the memory does not suffice";

}  // namespace zcmpi
