/// \file
/// The part of this module that sees LibTorch: a library of its own, which is loaded when it is first asked for.
/// LibTorch takes half a second and some hundred megabytes of each process that loads it; most runs need none of it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "randomness.hpp"
#include "zcmpi/proxy/proxies.hpp"
#include "zcmpi/proxy/training.hpp"

namespace zcmpi {

/// What the library does. Arguments have been checked.
struct TorchFunctions {
  /// Of the build that it belongs to.
  std::string_view version;
  std::string_view git_revision;
  int (*device_count)();
  std::vector<ProxyValue> (*compute_proxies)(const Network& network, const ImageBatch& batch,
                                             std::span<const Proxy> proxies, const ProxyOptions& options,
                                             const Randomness& randomness);
  TrainingResult (*train_network)(const Network& network, const TrainingImages& images,
                                  const TrainingSettings& settings, const std::function<bool()>& should_stop);
};

struct TorchLibrary {
  /// Null when there are none.
  const TorchFunctions* functions = nullptr;
  /// Why there are none.
  std::string reason;
};

/// Loads a file by its path, or by its name from where the program was built or installed to look for it.
TorchLibrary load_torch_library(const char* file);

/// This program's; loaded at the first call. In a build without LibTorch there are no functions.
const TorchLibrary& torch_library();

}  // namespace zcmpi
