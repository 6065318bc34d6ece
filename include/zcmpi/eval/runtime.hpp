/// \file
/// The life of Kokkos in a process.
#pragma once

#include <string>

namespace zcmpi {

struct RuntimeOptions {
  /// The device this process uses, among those it can see; ignored without a device back end.
  int device = 0;
  /// Host threads, for a back end that has them.
  int threads = 1;
};

/// Kokkos is initialised for the life of this object; construct it once, in main, before any evaluator.
class ScopedKokkos {
 public:
  explicit ScopedKokkos(const RuntimeOptions& options);
  ~ScopedKokkos();
  ScopedKokkos(const ScopedKokkos&) = delete;
  ScopedKokkos& operator=(const ScopedKokkos&) = delete;
};

/// The back end that evaluates, for people: "Serial", "OpenMP", "Cuda".
std::string backend_name();
/// Number of devices that the back end can use; 0 when it runs on the host.
int device_count();
/// Throws InputError where the back end runs on devices and there is none.
void require_device();

}  // namespace zcmpi
