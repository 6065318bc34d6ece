#include "zcmpi/core/device.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace zcmpi {
namespace {

/// The driver's interface, as its manual has it: this module needs no CUDA to be built, nor to run.
class CudaDriver {
 public:
  using Uuid = std::array<unsigned char, 16>;

  /// Loaded at the first call, and never closed.
  static const CudaDriver& get() {
    static const CudaDriver driver;
    return driver;
  }

  /// Empty where there is no such device.
  [[nodiscard]] std::optional<DeviceIdentity> identify(int number) const {
    int device = 0;
    std::array<char, 256> model{};
    Uuid uuid{};
    if (get_uuid_ == nullptr || get_device_(&device, number) != success ||
        get_name_(model.data(), static_cast<int>(model.size()) - 1, device) != success ||
        get_uuid_(&uuid, device) != success) {
      return std::nullopt;
    }
    return DeviceIdentity{model.data(), to_text(uuid)};
  }

 private:
  using Initialise = int (*)(unsigned int flags);
  using GetDevice = int (*)(int* device, int number);
  using GetName = int (*)(char* name, int length, int device);
  using GetUuid = int (*)(Uuid* uuid, int device);

  static constexpr int success = 0;

  CudaDriver() {
    void* const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      return;
    }
    const auto initialise = reinterpret_cast<Initialise>(dlsym(library, "cuInit"));
    get_device_ = reinterpret_cast<GetDevice>(dlsym(library, "cuDeviceGet"));
    get_name_ = reinterpret_cast<GetName>(dlsym(library, "cuDeviceGetName"));
    if (initialise == nullptr || get_device_ == nullptr || get_name_ == nullptr || initialise(0) != success) {
      return;
    }
    // The second tells parts of a device (MIG) apart.
    for (const char* const name : {"cuDeviceGetUuid", "cuDeviceGetUuid_v2"}) {
      if (void* const symbol = dlsym(library, name); symbol != nullptr) {
        get_uuid_ = reinterpret_cast<GetUuid>(symbol);
      }
    }
  }

  static std::string to_text(const Uuid& uuid) {
    std::string text;
    for (std::size_t i = 0; i < uuid.size(); ++i) {
      text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
    }
    return text;
  }

  GetDevice get_device_ = nullptr;
  GetName get_name_ = nullptr;
  /// Null where nothing can be identified.
  GetUuid get_uuid_ = nullptr;
};

/// Whether the first of a list of devices is one, by its number or UUID: CUDA takes those before the first that is
/// none.
bool names_device(std::string_view list) {
  list.remove_prefix(std::min(list.find_first_not_of(' '), list.size()));
  return list.starts_with("GPU-") || list.starts_with("MIG-") ||
         (!list.empty() && list.front() >= '0' && list.front() <= '9');
}

}  // namespace

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

std::optional<DeviceIdentity> identify_device(int device) { return CudaDriver::get().identify(device); }

std::optional<int> granted_devices() {
  if (const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES"); visible != nullptr && !names_device(visible)) {
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
