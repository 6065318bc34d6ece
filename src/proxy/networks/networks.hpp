/// \file
/// The networks of each search space. Settings of 0 are the benchmark's own.
#pragma once

#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

Network build_nb201_network(const Architecture& architecture, const NetworkSettings& settings);

}  // namespace zcmpi
