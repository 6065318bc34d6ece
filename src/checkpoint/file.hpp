/// \file
/// A checkpoint opened for reading.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "arrays.hpp"
#include "header.hpp"
#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/data/hdf5.hpp"

namespace zcmpi {

/// Reads without MPI-IO: no rank waits for another inside HDF5, so that a damaged file is an error everywhere and a
/// hang nowhere. Holds the memory of one island.
class CheckpointFile {
 public:
  /// Opens and verifies the header. Throws CheckpointError.
  explicit CheckpointFile(const std::filesystem::path& path, Mark mark = Mark::required);

  [[nodiscard]] const CheckpointHeader& header() const { return stored_.header; }

  /// Reads and verifies an island. Throws CheckpointError.
  IslandSnapshot read_island(std::uint32_t number);

 private:
  struct Source {
    hdf5::Handle dataset;
    Field field;
  };

  void open_datasets();

  std::filesystem::path path_;
  hdf5::Handle file_;
  StoredHeader stored_;
  IslandArrays island_;
  std::vector<Source> sources_;
  hdf5::Handle digests_;
};

}  // namespace zcmpi
