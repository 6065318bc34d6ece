/// \file
/// The computation of some proxies of one network, with the randomness given.
#pragma once

#include <span>
#include <vector>

#include "randomness.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {

std::vector<ProxyValue> compute_proxies(const Network& network, const ImageBatch& batch, std::span<const Proxy> proxies,
                                        const ProxyOptions& options, const Randomness& randomness);

/// Throws InputError when the batch does not fit the network.
void check_batch(const Network& network, const ImageBatch& batch);

}  // namespace zcmpi
