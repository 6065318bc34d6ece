/// \file
/// What LibTorch computes, behind TorchFunctions.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "../torch_library.hpp"

namespace zcmpi {

int torch_device_count();

std::vector<ProxyValue> compute_by_torch(const Network& network, const ImageBatch& batch,
                                         std::span<const Proxy> proxies, const ProxyOptions& options,
                                         const Randomness& randomness);

TrainingResult train_by_torch(const Network& network, const TrainingImages& images, const TrainingSettings& settings,
                              const std::function<bool()>& should_stop);

}  // namespace zcmpi
