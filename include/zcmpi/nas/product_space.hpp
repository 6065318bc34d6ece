/// \file
/// Search spaces in which every gene is chosen freely: all combinations are architectures.
#pragma once

#include <cstdint>
#include <vector>

#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {

/// Gene i is one of 0 to choices[i] - 1. Neighbours differ in one gene. What is left to a space is its text and the
/// graph of its operations.
class ProductSpace : public SearchSpace {
 public:
  [[nodiscard]] std::uint64_t size() const final { return size_; }
  [[nodiscard]] Architecture at(std::uint64_t index) const final;
  void validate(const Architecture& architecture) const final;
  [[nodiscard]] std::vector<Architecture> neighbours(const Architecture& architecture) const final;

 protected:
  /// One number of choices, at least 1, for each gene; their product has to fit in 64 bits.
  explicit ProductSpace(std::vector<std::uint8_t> choices);

  /// The place of an architecture: at(index(a)) is a.
  [[nodiscard]] std::uint64_t index(const Architecture& architecture) const;

 private:
  std::vector<std::uint8_t> choices_;
  std::uint64_t size_ = 1;
};

}  // namespace zcmpi
