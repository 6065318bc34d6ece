// Stands in for CUDA's driver, libcuda.so.1: as many devices as CUDA_VISIBLE_DEVICES lists numbers, which are in the
// last byte of their UUIDs.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int success = 0;
constexpr int not_initialised = 3;
constexpr int no_device = 100;
constexpr std::string_view model = "Fake 9000";

std::vector<int> visible;

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int cuInit(unsigned int /*flags*/) {
  const char* const devices = std::getenv("CUDA_VISIBLE_DEVICES");
  std::istringstream text(devices == nullptr ? "" : devices);
  for (std::string number; std::getline(text, number, ',');) {
    visible.push_back(std::stoi(number));
  }
  return visible.empty() ? no_device : success;
}

__attribute__((visibility("default"))) int cuDeviceGet(int* device, int number) {
  if (visible.empty()) {
    return not_initialised;
  }
  if (number < 0 || number >= static_cast<int>(visible.size())) {
    return no_device;
  }
  *device = visible[static_cast<std::size_t>(number)];
  return success;
}

__attribute__((visibility("default"))) int cuDeviceGetName(char* name, int length, int /*device*/) {
  const auto text = model.substr(0, static_cast<std::size_t>(length) - 1);
  *std::copy(text.begin(), text.end(), name) = '\0';
  return success;
}

__attribute__((visibility("default"))) int cuDeviceGetUuid(std::array<unsigned char, 16>* uuid, int device) {
  *uuid = {0x8c, 0x2e, 0x4d, 0x6a, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, static_cast<unsigned char>(device)};
  return success;
}
}
