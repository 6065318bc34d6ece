#include "computation.hpp"

#include <fmt/format.h>

#include <cmath>

#include "zcmpi/core/error.hpp"

namespace zcmpi {

bool is_counted(Proxy proxy) {
  return proxy == Proxy::params || proxy == Proxy::flops || proxy == Proxy::az_complexity;
}

double counted(const Network& network, Proxy proxy) {
  ZCMPI_EXPECT(is_counted(proxy));
  constexpr double million = 1e6;
  return static_cast<double>(proxy == Proxy::params ? count_parameters(network) : count_flops(network)) / million;
}

void check_batch(const Network& network, const ImageBatch& batch) {
  if (batch.shape != network.image()) {
    throw InputError(fmt::format("the images do not fit the network: {} x {} x {}, expected {} x {} x {}",
                                 batch.shape.channels, batch.shape.height, batch.shape.width, network.image().channels,
                                 network.image().height, network.image().width));
  }
  if (batch.classes > network.classes()) {
    throw InputError(fmt::format("the network has {} classes and the images {}: expected at least as many",
                                 network.classes(), batch.classes));
  }
  if (batch.size() == 0) {
    throw InputError("the batch is empty: expected at least one image");
  }
}

}  // namespace zcmpi
