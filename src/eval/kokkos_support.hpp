/// \file
/// Where host and device differ: memory, and how the threads of a team share rows.
#pragma once

#include <Kokkos_Core.hpp>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "zcmpi/core/platform.hpp"

namespace zcmpi::detail {

using Space = Kokkos::DefaultExecutionSpace;
using Policy = Kokkos::TeamPolicy<Space>;
using Team = Policy::member_type;

inline constexpr bool on_host = std::is_same_v<Space, Kokkos::DefaultHostExecutionSpace>;
/// On the host a team is one thread, whose vector lanes do what a device's threads do.
inline constexpr int team_size = on_host ? 1 : 128;

/// Tiles are padded to whole vector registers.
inline constexpr int row_multiple = 16;

/// A team's scratch; the generations of Kokkos count it in different integers.
inline auto per_team(std::size_t bytes) {
  return Kokkos::PerTeam(static_cast<std::remove_cv_t<decltype(Kokkos::PerTeam(0).value)>>(bytes));
}

/// Calls body(r) for the rows 0 ... n of a tile, n a multiple of row_multiple. A thread of a device sees the same rows
/// every time, so that no barrier is needed between the steps of a row. Rows do not depend on each other.
template <class Body>
ZCMPI_FUNCTION void for_rows(const Team& team, int n, const Body& body) {
  if constexpr (on_host) {
    const int whole = n & ~(row_multiple - 1);
    ZCMPI_INDEPENDENT_ITERATIONS
    for (int r = 0; r < whole; ++r) {
      body(r);
    }
  } else {
    for (int r = team.team_rank(); r < n; r += team.team_size()) {
      body(r);
    }
  }
}

/// An array on the device with its host side, which is the same memory where there is no device. Only grows.
template <class T>
class DeviceArray {
 public:
  using View = Kokkos::View<T*, Space>;

  explicit DeviceArray(std::string label) : label_(std::move(label)) {}

  /// Room for n elements; what was there is lost when it grows.
  void reserve(std::size_t n) {
    if (n > device_.extent(0)) {
      device_ = View(Kokkos::ViewAllocateWithoutInitializing(label_), n);
      host_ = Kokkos::create_mirror_view(device_);
    }
  }

  T* host() { return host_.data(); }
  [[nodiscard]] const View& device() const { return device_; }

  void copy_to_device(std::size_t n) { copy(device_, host_, n); }
  void copy_to_host(std::size_t n) { copy(host_, device_, n); }

 private:
  using Mirror = decltype(Kokkos::create_mirror_view(std::declval<const View&>()));

  template <class To, class From>
  static void copy(const To& to, const From& from, std::size_t n) {
    if (to.data() != from.data()) {
      const auto part = std::make_pair(std::size_t{0}, n);
      Kokkos::deep_copy(Kokkos::subview(to, part), Kokkos::subview(from, part));
    }
  }

  std::string label_;
  View device_;
  Mirror host_;
};

}  // namespace zcmpi::detail
