/// \file
/// The kernels that Kokkos launches, and what it allocates for them.
#pragma once

#include <Kokkos_Core.hpp>
#include <cstdint>
#include <string>

#include "counted_allocations.hpp"

namespace zcmpi::test {

struct EmptyKernel {
  KOKKOS_FUNCTION void operator()(const Kokkos::TeamPolicy<>::member_type&) const {}
};

/// Counts kernels while an object of this class lives; there is one at a time.
class KernelLaunches {
 public:
  KernelLaunches() {
    Kokkos::Tools::Experimental::set_begin_parallel_for_callback(
        [](const char*, std::uint32_t, std::uint64_t*) { ++count(); });
    launch();
    const long before = allocation_count;
    launch();
    allocations_per_launch_ = allocation_count - before;
    count() = 0;
  }
  ~KernelLaunches() { Kokkos::Tools::Experimental::set_begin_parallel_for_callback(nullptr); }
  KernelLaunches(const KernelLaunches&) = delete;
  KernelLaunches& operator=(const KernelLaunches&) = delete;

  /// Of Kokkos, for what was launched so far: some versions copy the label of each kernel, others do not.
  [[nodiscard]] long allocations() const { return count() * allocations_per_launch_; }

 private:
  static long& count() {
    static long launches = 0;
    return launches;
  }
  static void launch() {
    // As long as those of the kernels that are counted: it is copied.
    static const std::string label = "zcmpi::test::launches";
    Kokkos::parallel_for(label, Kokkos::TeamPolicy<>(1, 1, 1), EmptyKernel{});
  }

  long allocations_per_launch_ = 0;
};

}  // namespace zcmpi::test
