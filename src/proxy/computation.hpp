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

/// Whether a proxy is counted from the network's layers, without weights or images.
bool is_counted(Proxy proxy);
/// The value of one that is.
double counted(const Network& network, Proxy proxy);

/// Throws InputError when the batch does not fit the network.
void check_batch(const Network& network, const ImageBatch& batch);

}  // namespace zcmpi
