/// \file
/// Working memory for functions that are called too often to allocate.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace zcmpi {

/// An array of `size` elements: on the stack when it takes no more than 512 bytes.
template <class T>
class Scratch {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init,hicpp-member-init)
  explicit Scratch(std::size_t size) {
    if (size > local_.size()) {
      heap_.resize(size);
      data_ = heap_.data();
    }
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T& operator[](std::size_t i) { return data_[i]; }
  T* data() { return data_; }

 private:
  // Not initialised, which would take longer than what many functions do with it.
  std::array<T, 512 / sizeof(T)> local_;
  std::vector<T> heap_;
  T* data_ = local_.data();
};

/// The most operands that are pending at once while a well-formed formula of `size` nodes is evaluated.
constexpr std::size_t max_pending(std::size_t size) { return size / 2 + 1; }

}  // namespace zcmpi
