// Stands in for the computation where there is no LibTorch: what needs no pass over the network is still computed.
#include "computation.hpp"

namespace zcmpi {

int proxy_device_count() { return 0; }

bool is_computable(Proxy proxy) {
  return proxy == Proxy::params || proxy == Proxy::flops || proxy == Proxy::az_complexity;
}

std::vector<ProxyValue> compute_proxies(const Network& network, const ImageBatch& batch, std::span<const Proxy> proxies,
                                        const ProxyOptions& /*options*/, const Randomness& /*randomness*/) {
  check_batch(network, batch);
  std::vector<ProxyValue> values;
  for (const Proxy proxy : proxies) {
    ProxyValue value{.proxy = proxy};
    if (!is_computable(proxy)) {
      value.reason = "this build has no LibTorch";
    } else if (proxy == Proxy::params) {
      value.value = static_cast<double>(count_parameters(network)) / 1e6;
    } else {
      value.value = static_cast<double>(count_flops(network)) / 1e6;
    }
    values.push_back(value);
  }
  return values;
}

}  // namespace zcmpi
