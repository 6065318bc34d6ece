// Stands in for the computation where there is no LibTorch: what needs no pass over the network is still computed.
#include "computation.hpp"

namespace zcmpi {

std::vector<ProxyValue> compute_proxies(const Network& network, const ImageBatch& batch, std::span<const Proxy> proxies,
                                        const ProxyOptions& /*options*/, const Randomness& /*randomness*/) {
  check_batch(network, batch);
  std::vector<ProxyValue> values;
  for (const Proxy proxy : proxies) {
    ProxyValue value{.proxy = proxy};
    if (proxy == Proxy::params) {
      value.value = static_cast<double>(count_parameters(network)) / 1e6;
    } else if (proxy == Proxy::flops || proxy == Proxy::az_complexity) {
      value.value = static_cast<double>(count_flops(network)) / 1e6;
    } else {
      value.reason = "this build has no LibTorch";
    }
    values.push_back(value);
  }
  return values;
}

}  // namespace zcmpi
