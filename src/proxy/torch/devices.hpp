/// \file
/// The device that LibTorch computes a network on, and what there is to know of it.
#pragma once

#include <ATen/ATen.h>

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

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

/// Thrown where the values of a pass mean nothing for this network and batch.
class NotDefined : public std::exception {
 public:
  /// Why, in a few words.
  explicit NotDefined(std::string reason) : reason_(std::move(reason)) {}
  [[nodiscard]] const char* what() const noexcept override { return reason_.c_str(); }

 private:
  std::string reason_;
};

/// In a few words; of NotDefined what it says, `no_memory` for every way in which LibTorch says that (with what it said
/// where that can mean something else), an `accident` (computed_table.hpp) else.
std::string reason_of(const std::exception& error);

/// Throws std::runtime_error, which says what the failure before was, when the device takes no more work: some errors
/// of a device, such as a wrong address, are those of all that this process asks it for from then on.
void require_working(at::Device device, const std::string& failure);

/// Lets OpenBLAS allocate its work space, which it keeps, unless it has. It does so at its first product of matrices,
/// and where the memory is refused it asks again without end. Throws as LibTorch does where the memory does not
/// suffice.
void reserve_blas_memory();

/// Throws std::bad_alloc unless there is memory for the host's next convolution: where oneDNN is refused
/// memory while it makes one, it ends the process.
void require_room_for_convolution();

/// Runs the action; why LibTorch or a library that it uses cannot do it, or nullopt when it is done. They derive their
/// exceptions from std::exception itself, and oneDNN's has no header; all others pass. Throws as require_working does.
template <class Action>
std::optional<std::string> failure_of(at::Device device, const Action& action) {
  try {
    reserve_blas_memory();
    action();
    return std::nullopt;
  } catch (const std::runtime_error&) {
    throw;
  } catch (const std::logic_error&) {
    throw;
  } catch (const std::exception& error) {
    auto reason = reason_of(error);
    require_working(device, reason);
    return reason;
  }
}

}  // namespace zcmpi
