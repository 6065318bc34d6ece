/// \file
/// Where each rank computes networks: a CUDA device, if LibTorch has one for it, or the host.
#pragma once

#include <optional>

#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// Collective. This rank's CUDA device; nullopt for the host. Rank 0 logs which rank has which, and warns of ranks that
/// share one. Throws InputError on every rank when some have a device and others none, since their values would differ.
std::optional<int> choose_proxy_device(const Communicator& world);

}  // namespace zcmpi
