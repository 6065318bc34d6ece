// The one file that knows how the generations of Kokkos are initialised.
#include "zcmpi/eval/runtime.hpp"

#include <Kokkos_Core.hpp>
#include <type_traits>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

constexpr bool on_device = !std::is_same_v<Kokkos::DefaultExecutionSpace, Kokkos::DefaultHostExecutionSpace>;

#if KOKKOS_VERSION < 30700
void initialize(const RuntimeOptions& options) {
  Kokkos::InitArguments arguments;
  arguments.num_threads = options.threads;
  arguments.device_id = on_device ? options.device : -1;
  arguments.disable_warnings = true;
  Kokkos::initialize(arguments);
}
#else
void initialize(const RuntimeOptions& options) {
  Kokkos::InitializationSettings settings;
  settings.set_num_threads(options.threads);
  settings.set_disable_warnings(true);
  if constexpr (on_device) {
    settings.set_device_id(options.device);
  }
  Kokkos::initialize(settings);
}
#endif

}  // namespace

ScopedKokkos::ScopedKokkos(const RuntimeOptions& options) { initialize(options); }

ScopedKokkos::~ScopedKokkos() { Kokkos::finalize(); }

std::string backend_name() { return Kokkos::DefaultExecutionSpace::name(); }

int device_count() {
#if defined(KOKKOS_ENABLE_CUDA)
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
#elif defined(KOKKOS_ENABLE_HIP)
  int count = 0;
  return hipGetDeviceCount(&count) == hipSuccess ? count : 0;
#else
  return 0;
#endif
}

void require_device() {
  if (on_device && device_count() == 0) {
    throw InputError(
        "formulas are evaluated by " + backend_name() +
        " in this build, and there is no device that it can use here: start it where there is one, or take "
        "a build without a device back end");
  }
}

}  // namespace zcmpi
