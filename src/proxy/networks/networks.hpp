/// \file
/// The networks of each search space, of complete settings.
#pragma once

#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

Network build_nb101_network(const Architecture& architecture, const NetworkSettings& settings);
Network build_nb201_network(const Architecture& architecture, const NetworkSettings& settings);
Network build_nb301_network(const Architecture& architecture, const NetworkSettings& settings);
Network build_tnb101_macro_network(const Architecture& architecture, const NetworkSettings& settings);
Network build_tnb101_micro_network(const Architecture& architecture, const NetworkSettings& settings);

}  // namespace zcmpi
