/// \file
/// The state of islands as a checkpoint holds it: plain arrays with a leading island index and fixed strides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/data/hdf5.hpp"
#include "zcmpi/gp/population.hpp"
#include "zcmpi/island/archipelago.hpp"

namespace zcmpi {

/// What fixes the extents of the arrays.
struct ArraysShape {
  PopulationShape shape;
  /// Members of a population, and immigrants from one source.
  std::size_t population = 0;
  std::size_t migrants = 0;
  /// Sources of the island that has most.
  std::size_t sources = 0;
};

/// The members of a number of populations of equal capacity.
struct MemberArrays {
  MemberArrays(std::size_t populations, std::size_t members, const PopulationShape& population_shape);

  void set(std::size_t index, const Population& population);
  [[nodiscard]] Population get(std::size_t index) const;

  PopulationShape shape;
  std::size_t capacity;
  std::vector<std::uint32_t> size;
  std::vector<std::uint8_t> op;
  std::vector<std::uint16_t> terminal;
  std::vector<float> value;
  std::vector<std::uint16_t> length;
  std::vector<double> scores;
  std::vector<double> fitness;
};

/// One dataset of the file and the memory it is written from or read into.
struct Field {
  std::string name;
  hid_t type;
  /// Of one island.
  std::vector<hsize_t> extents;
  /// Of all islands.
  std::span<std::byte> bytes;
};

/// The arrays of `islands` islands. Sizes of members that exceed the capacity are possible only in arrays that were
/// read and whose digest was not compared.
class IslandArrays {
 public:
  IslandArrays(const ArraysShape& shape, std::size_t islands);

  void set(std::size_t index, const IslandSnapshot& snapshot);
  [[nodiscard]] IslandSnapshot get(std::size_t index, std::uint32_t generation) const;

  /// All datasets except the digests, in the order that digests are made in.
  [[nodiscard]] std::vector<Field> fields();

  /// Digest of one island's part of all fields, with the island's number and its generation, so that islands or
  /// checkpoints cannot be mistaken for one another.
  [[nodiscard]] std::uint64_t digest(std::size_t index, std::uint32_t number, std::uint32_t generation);

 private:
  std::size_t islands_;
  std::size_t sources_;
  MemberArrays population_;
  MemberArrays hall_of_fame_;
  MemberArrays inbox_;
  std::vector<std::uint32_t> source_count_;
  std::vector<std::uint64_t> evaluations_;
  std::vector<std::uint64_t> duplicates_;
  std::vector<std::uint64_t> emigrants_sent_;
  std::vector<std::uint64_t> immigrants_received_;
  std::vector<std::uint64_t> immigrants_accepted_;
};

/// The groups that the names of the fields lead through.
std::span<const std::string> field_groups();

}  // namespace zcmpi
