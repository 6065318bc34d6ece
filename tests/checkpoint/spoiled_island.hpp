/// \file
/// Damage that only reading the islands finds.
#pragma once

#include <filesystem>
#include <vector>

#include "zcmpi/data/hdf5.hpp"

namespace zcmpi::test {

/// Damages a formula of island 1: the header stays whole.
inline void spoil_island(const std::filesystem::path& path) {
  const hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
  const hdf5::Handle dataset(H5Dopen2(file.id(), "population/value", H5P_DEFAULT), H5Dclose);
  const auto extents = hdf5::extents_of(dataset);
  const std::vector<float> values(static_cast<std::size_t>(extents[1] * extents[2]), 1.0F);
  hdf5::write_rows<float>(dataset, values, {1, 1});
}

}  // namespace zcmpi::test
