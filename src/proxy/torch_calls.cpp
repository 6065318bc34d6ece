// The functions of this module that LibTorch computes. Where there is none, what needs no pass over the network is
// computed all the same.
#include <fmt/format.h>

#include "computation.hpp"
#include "torch_library.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/computed_table.hpp"

namespace zcmpi {
namespace {

ProxyValue compute_without_torch(const Network& network, Proxy proxy) {
  ProxyValue value{.proxy = proxy};
  if (is_counted(proxy)) {
    value.value = counted(network, proxy);
  } else {
    value.reason = fmt::format("{}{}", accident, torch_library().reason);
  }
  return value;
}

}  // namespace

std::string why_not_computable(Proxy proxy) { return is_counted(proxy) ? std::string() : torch_library().reason; }

int proxy_device_count() {
  const auto* const torch = torch_library().functions;
  return torch != nullptr ? torch->device_count() : 0;
}

std::vector<ProxyValue> compute_proxies(const Network& network, const ImageBatch& batch, std::span<const Proxy> proxies,
                                        const ProxyOptions& options, const Randomness& randomness) {
  check_batch(network, batch);
  if (const auto* const torch = torch_library().functions; torch != nullptr) {
    return torch->compute_proxies(network, batch, proxies, options, randomness);
  }
  std::vector<ProxyValue> values;
  for (const Proxy proxy : proxies) {
    values.push_back(compute_without_torch(network, proxy));
  }
  return values;
}

std::vector<ProxyValue> compute_proxies(const Network& network, const ImageBatch& batch, std::span<const Proxy> proxies,
                                        const ProxyOptions& options) {
  return compute_proxies(network, batch, proxies, options, random_from_seed(options.seed));
}

TrainingResult train_network(const Network& network, const TrainingImages& images, const TrainingSettings& settings,
                             const std::function<bool()>& should_stop) {
  check_training(network, images, settings);
  const auto& [torch, reason] = torch_library();
  if (torch == nullptr) {
    throw InputError(fmt::format("networks cannot be trained here ({}): expected {}", reason, torch_remedy));
  }
  return torch->train_network(network, images, settings, should_stop);
}

}  // namespace zcmpi
