#include "library.hpp"

#include "zcmpi/core/version.hpp"

extern "C" {
/// What load_torch_library looks for.
__attribute__((visibility("default"))) extern const zcmpi::TorchFunctions zcmpi_torch_functions;
const zcmpi::TorchFunctions zcmpi_torch_functions{
    .version = zcmpi::version(),
    .git_revision = zcmpi::git_revision(),
    .device_count = zcmpi::torch_device_count,
    .compute_proxies = zcmpi::compute_by_torch,
    .train_network = zcmpi::train_by_torch,
};
}
