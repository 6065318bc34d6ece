/// \file
/// What an executor has to know of a network before it computes it: which layers are the same as earlier ones, and
/// how often each output is read.
#pragma once

#include <cstdint>
#include <vector>

#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

class Schedule {
 public:
  explicit Schedule(const Network& network);

  /// The layer that computes the same from the same, and is computed in its place: a ReLU that several edges of a cell
  /// begin with is computed once. Layers with weights are their own.
  [[nodiscard]] std::uint32_t same_as(std::uint32_t place) const { return same_as_[place]; }
  /// How many layers are the same as this one, itself included.
  [[nodiscard]] std::uint32_t multiplicity(std::uint32_t place) const { return multiplicity_[place]; }
  /// The inputs of a layer, each by the one that is computed.
  [[nodiscard]] const std::vector<std::uint32_t>& inputs(std::uint32_t place) const { return inputs_[place]; }
  /// How often layers that are computed read this one.
  [[nodiscard]] std::uint32_t readers(std::uint32_t place) const { return readers_[place]; }
  /// The layer is computed; not one that is the same as an earlier one.
  [[nodiscard]] bool is_computed(std::uint32_t place) const { return same_as_[place] == place; }

 private:
  std::vector<std::uint32_t> same_as_;
  std::vector<std::uint32_t> multiplicity_;
  std::vector<std::vector<std::uint32_t>> inputs_;
  std::vector<std::uint32_t> readers_;
};

}  // namespace zcmpi
