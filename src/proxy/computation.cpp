#include "computation.hpp"

#include <fmt/format.h>

#include <cmath>

#include "zcmpi/core/error.hpp"

namespace zcmpi {

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
