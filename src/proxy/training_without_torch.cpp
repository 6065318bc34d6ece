// Stands in for training where there is no LibTorch.
#include "training.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {

TrainingResult train_network(const Network& network, const TrainingImages& images, const TrainingSettings& settings,
                             const std::function<bool()>& /*should_stop*/) {
  check_training(network, images, settings);
  throw InputError(
      "this build of zcmpi cannot train networks (it has no LibTorch): expected a build with ZCMPI_ENABLE_TORCH=ON; "
      "configure it anew with LibTorch installed");
}

}  // namespace zcmpi
