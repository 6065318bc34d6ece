#include "devices.hpp"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <span>

#include "library.hpp"
#include "zcmpi/data/computed_table.hpp"

namespace zcmpi {

int torch_device_count() {
  return c10::impl::hasDeviceGuardImpl(at::kCUDA) ? c10::impl::VirtualGuardImpl(at::kCUDA).deviceCount() : 0;
}

at::Device set_up_device(std::optional<int> cuda_device) {
  if (!cuda_device) {
    return at::kCPU;
  }
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setBenchmarkCuDNN(false);
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  return {at::kCUDA, static_cast<c10::DeviceIndex>(*cuda_device)};
}

norm_operations::Arithmetic arithmetic_on(at::Device device, NetworkArithmetic wanted) {
  return device.is_cpu() && wanted == NetworkArithmetic::fastest ? norm_operations::Arithmetic::loops
                                                                 : norm_operations::Arithmetic::tensors;
}

void wait_for(at::Device device) {
  if (!device.is_cpu()) {
    c10::impl::VirtualGuardImpl(device.type()).getStream(device).synchronize();
  }
}

std::string reason_of(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return std::string(no_memory);
  }
  if (dynamic_cast<const NotDefined*>(&error) != nullptr) {
    return error.what();
  }
  const auto* const torch = dynamic_cast<const c10::Error*>(&error);
  const std::string message = torch != nullptr ? torch->what_without_backtrace() : error.what();
  const std::string first_line = "LibTorch: " + message.substr(0, message.find('\n'));
  const auto says_one_of = [&](std::span<const char* const> texts) {
    return std::ranges::any_of(texts, [&](const char* text) { return message.find(text) != std::string::npos; });
  };
  // The host's allocator and the libraries of devices say it in words alone.
  constexpr std::array clear{"allocate memory", "out of memory", "_STATUS_ALLOC_FAILED"};
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr || says_one_of(clear)) {
    return std::string(no_memory);
  }
  // cuBLAS and cuDNN when they cannot make their handles, cuDNN when no algorithm has the work space that it wants:
  // mostly, but not only, for want of memory.
  constexpr std::array unclear{"_STATUS_NOT_INITIALIZED", "unable to find an engine",
                               "Unable to find a valid cuDNN algorithm"};
  return says_one_of(unclear) ? std::string(no_memory) + ", it seems (" + first_line + ")"
                              : std::string(accident) + first_line;
}

void require_working(at::Device device, const std::string& failure) {
  try {
    wait_for(device);
  } catch (const std::exception& error) {
    throw std::runtime_error("the device " + device.str() + " does not work any more (" + failure +
                             "): what was computed before is kept, and the same command with --resume goes on");
  }
}

void require_room_for_convolution() {
  // Several times what it takes for its code and its plans. Of memory that could be written to, for that is what most
  // limits count.
  constexpr std::size_t room = std::size_t{64} << 20U;
  void* const place = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) {
    throw std::bad_alloc();
  }
  ::munmap(place, room);
}

void reserve_blas_memory() {
  static const bool reserved = [] {
    // OpenBLAS takes 128 MiB a thread; LibTorch throws where there is less.
    static_cast<void>(at::empty({std::int64_t{1} << 28}, at::kByte));
    // Small products may do without the work space.
    const at::Tensor matrix = at::ones({512, 512}, at::kDouble);
    static_cast<void>(at::mm(matrix, matrix));
    return true;
  }();
  static_cast<void>(reserved);
}

}  // namespace zcmpi
