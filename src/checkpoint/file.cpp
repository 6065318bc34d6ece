#include "file.hpp"

#include <fmt/format.h>

#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

/// What HDF5 cannot read is damage.
template <class Action>
auto reading(const std::filesystem::path& path, const Action& action) {
  try {
    return action();
  } catch (const hdf5::Error& error) {
    throw_damaged(path, error.what());
  }
}

hdf5::Handle open_existing(const std::filesystem::path& path) {
  if (!path_exists(path)) {
    throw CheckpointError(
        fmt::format("there is no such checkpoint ({}): expected a file of a run's folder checkpoints/; --resume "
                    "without a path takes the newest",
                    path.string()),
        false);
  }
  if (is_folder(path)) {
    throw CheckpointError(
        fmt::format("the checkpoint is a folder ({}): name a file of a run's folder checkpoints/, or leave the path "
                    "out and name the run's folder with --run-dir",
                    path.string()),
        false);
  }
  return hdf5::open_file(path);
}

ArraysShape arrays_shape(const StoredHeader& stored) {
  return {stored.header.shape, stored.header.population, stored.header.migrants, stored.sources};
}

}  // namespace

CheckpointFile::CheckpointFile(const std::filesystem::path& path, Mark mark)
    : path_(path),
      file_(reading(path, [&] { return open_existing(path); })),
      stored_(reading(path, [&] { return read_header(file_, path, mark); })),
      island_(arrays_shape(stored_), 1) {
  reading(path, [&] { open_datasets(); });
}

void CheckpointFile::open_datasets() {
  for (Field& field : island_.fields()) {
    hdf5::Handle dataset = hdf5::open_dataset(file_, field.name);
    std::vector<hsize_t> extents{stored_.header.islands};
    extents.insert(extents.end(), field.extents.begin(), field.extents.end());
    if (hdf5::extents_of(dataset) != extents) {
      throw_damaged(path_, fmt::format("the dataset '{}' has not the size that the header says", field.name));
    }
    sources_.push_back({std::move(dataset), std::move(field)});
  }
  digests_ = hdf5::open_dataset(file_, "digest");
  if (hdf5::extents_of(digests_) != std::vector<hsize_t>{stored_.header.islands}) {
    throw_damaged(path_, "the dataset 'digest' has not the size that the header says");
  }
}

IslandSnapshot CheckpointFile::read_island(std::uint32_t number) {
  std::uint64_t expected = 0;
  reading(path_, [&] {
    for (const Source& source : sources_) {
      if (!source.field.bytes.empty()) {
        hdf5::read_rows(source.dataset, source.field.type, source.field.bytes, {number, 1});
      }
    }
    hdf5::read_rows(digests_, std::span(&expected, 1), {number, 1});
  });
  const std::uint64_t found = island_.digest(0, number, header().generation);
  if (found != expected) {
    throw_damaged(path_, fmt::format("island {} has digest {}, expected {}", number, digest_to_text(found),
                                     digest_to_text(expected)));
  }
  return island_.get(0, header().generation);
}

}  // namespace zcmpi
