#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>

#include "arrays.hpp"
#include "file.hpp"
#include "header.hpp"
#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

/// Keeps the first exception and goes on. Writing to a parallel file takes the same calls on all ranks in the same
/// order: a rank that left out what follows its failure would make the others wait for ever.
class Attempts {
 public:
  void attempt(const std::function<void()>& action) {
    try {
      action();
    } catch (...) {
      if (!first_) {
        first_ = std::current_exception();
      }
    }
  }
  [[nodiscard]] std::exception_ptr first_failure() const { return first_; }

 private:
  std::exception_ptr first_;
};

std::size_t most_sources(const Communicator& communicator, const std::vector<IslandSnapshot>& snapshots) {
  std::size_t most = 0;
  for (const IslandSnapshot& snapshot : snapshots) {
    most = std::max(most, snapshot.inbox.size());
  }
  return static_cast<std::size_t>(communicator.max(static_cast<double>(most)));
}

/// Makes sure that the disk has room for a file of so many bytes, where the file system can tell. A disk that fills up
/// while all ranks write would leave HDF5 in a state that it cannot always end from.
void reserve_space(const std::filesystem::path& path, std::uint64_t bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0666);
  const bool is_full =
      file >= 0 && ::fallocate(file, 0, 0, static_cast<off_t>(bytes)) != 0 && errno != EOPNOTSUPP && errno != ENOSYS;
  const int reason = errno;
  if (file >= 0) {
    ::close(file);
  }
  if (file < 0 || is_full) {
    throw std::runtime_error(
        fmt::format("cannot reserve {} bytes ({}): {}; free some space", bytes, path.string(), std::strerror(reason)));
  }
}

hdf5::Handle parallel_access(const Communicator& communicator) {
  hdf5::Handle access = hdf5::make_property_list(H5P_FILE_ACCESS);
  if (!communicator.is_serial()) {
    hdf5::check(H5Pset_fapl_mpio(access.id(), communicator.native(), MPI_INFO_NULL), "set up MPI-IO", access.id());
  }
  return access;
}

hdf5::Handle collective_transfer(const Communicator& communicator) {
  hdf5::Handle transfer = hdf5::make_property_list(H5P_DATASET_XFER);
  if (!communicator.is_serial()) {
    hdf5::check(H5Pset_dxpl_mpio(transfer.id(), H5FD_MPIO_COLLECTIVE), "choose collective transfers", transfer.id());
  }
  return transfer;
}

/// In the file from the start, and without a fill value first, since every element is written.
hdf5::Handle reserved_storage() {
  constexpr std::string_view what = "set up a dataset";
  hdf5::Handle storage = hdf5::contiguous_storage();
  hdf5::check(H5Pset_alloc_time(storage.id(), H5D_ALLOC_TIME_EARLY), what, storage.id());
  hdf5::check(H5Pset_fill_time(storage.id(), H5D_FILL_TIME_NEVER), what, storage.id());
  return storage;
}

/// Rank 0 lays the file out, then all ranks fill it: HDF5's own structures are written by one process, and what all
/// write together is plain data at places that are fixed.
class CheckpointWriter {
 public:
  CheckpointWriter(const Communicator& communicator, const CheckpointHeader& header, std::size_t sources,
                   const std::vector<IslandSnapshot>& snapshots)
      : communicator_(communicator),
        header_(header),
        sources_(sources),
        range_(islands_of_rank(header.islands, communicator.size(), communicator.rank())),
        arrays_({header.shape, header.population, header.migrants, sources}, range_.count) {
    ZCMPI_EXPECT(snapshots.size() == range_.count);
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
      ZCMPI_EXPECT(snapshots[i].state.generation == header.generation);
      arrays_.set(i, snapshots[i]);
      digests_.push_back(arrays_.digest(i, range_.first + static_cast<std::uint32_t>(i), header.generation));
    }
    fields_ = arrays_.fields();
    fields_.push_back({"digest", hdf5::type_of<std::uint64_t>(), {}, std::as_writable_bytes(std::span(digests_))});
  }

  /// On one rank.
  void lay_out(const std::filesystem::path& path) const {
    // The size of HDF5's own structures is known once it has written them, for which there must be room. What it does
    // not need is given back when the file is laid out.
    constexpr std::uint64_t metadata_allowance = 1U << 20U;
    reserve_space(path, data_bytes() + metadata_allowance);
    const hdf5::Handle access = hdf5::make_property_list(H5P_FILE_ACCESS);
    // From HDF5 1.8 on all metadata has check sums, without which HDF5 may trip over damaged files.
    hdf5::check(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18), "choose the format", access.id());
    hdf5::Handle file = hdf5::create_file(path, access);
    write_header(file, header_, sources_);
    for (const std::string& group : field_groups()) {
      hdf5::create_group(file, group);
    }
    for (const Field& field : fields_) {
      hdf5::create_dataset(file, field.name, field.type, extents_of(field), reserved_storage());
    }
    file.close();
    reserve_space(path, std::filesystem::file_size(path));
  }

  /// Collective. Null on the ranks that did not fail.
  std::exception_ptr fill(const std::filesystem::path& path) const {
    Attempts attempts;
    hdf5::Handle file;
    attempts.attempt([&] { file = hdf5::open_file_for_update(path, parallel_access(communicator_)); });
    if (attempts.first_failure()) {
      // Opening fails on all ranks or on none.
      return attempts.first_failure();
    }
    for (const Field& field : fields_) {
      attempts.attempt([&] { write_field(file, field); });
    }
    attempts.attempt([&] { file.close(); });
    return attempts.first_failure();
  }

 private:
  [[nodiscard]] std::vector<hsize_t> extents_of(const Field& field) const {
    std::vector<hsize_t> extents{header_.islands};
    extents.insert(extents.end(), field.extents.begin(), field.extents.end());
    return extents;
  }

  [[nodiscard]] std::uint64_t data_bytes() const {
    std::uint64_t total = 0;
    for (const Field& field : fields_) {
      std::uint64_t bytes = H5Tget_size(field.type);
      for (const hsize_t extent : extents_of(field)) {
        bytes *= extent;
      }
      total += bytes;
    }
    return total;
  }

  void write_field(const hdf5::Handle& file, const Field& field) const {
    // HDF5 gives no place in the file to a dataset without elements and refuses to write there.
    if (std::ranges::find(field.extents, hsize_t{0}) == field.extents.end()) {
      const hdf5::Handle dataset = hdf5::open_dataset(file, field.name);
      hdf5::write_rows(dataset, field.type, field.bytes, {range_.first, range_.count},
                       collective_transfer(communicator_));
    }
  }

  const Communicator& communicator_;
  const CheckpointHeader& header_;
  std::size_t sources_;
  IslandRange range_;
  IslandArrays arrays_;
  std::vector<std::uint64_t> digests_;
  std::vector<Field> fields_;
};

/// This rank's islands as the file has them. MPI-IO has been seen to report success for writes that a full disk
/// refused.
void verify(const std::filesystem::path& path, const IslandRange& range) {
  try {
    CheckpointFile file(path, Mark::not_yet);
    for (std::uint32_t i = 0; i < range.count; ++i) {
      static_cast<void>(file.read_island(range.first + i));
    }
  } catch (const CheckpointError&) {
    throw std::runtime_error(fmt::format(
        "what was read back is not what was written ({}); check the disk's space, quota and health", path.string()));
  }
}

/// All that a power cut may not undo, in this order: the data, the mark, the name.
void publish(const Communicator& communicator, const std::filesystem::path& temporary,
             const std::filesystem::path& path) {
  communicator.agree([&] {
    // One rank a node: the system flushes what all processes of the node wrote.
    if (communicator.local_rank() == 0) {
      sync_to_disk(temporary);
    }
  });
  communicator.agree([&] {
    if (communicator.rank() == 0) {
      mark_complete(temporary);
      sync_to_disk(temporary);
      rename_durably(temporary, path);
    }
  });
}

void check_folder(const std::filesystem::path& path) {
  const auto folder = path.parent_path();
  if (!folder.empty() && !is_folder(folder)) {
    throw std::runtime_error(fmt::format("there is no such folder ({})", folder.string()));
  }
}

}  // namespace

void write_checkpoint(Communicator& communicator, const std::filesystem::path& path, const CheckpointHeader& header,
                      const std::vector<IslandSnapshot>& snapshots) {
  auto temporary = path;
  temporary += ".tmp";
  std::string failure;
  int failed_rank = 0;
  try {
    const std::size_t sources = most_sources(communicator, snapshots);
    std::optional<CheckpointWriter> writer;
    communicator.agree([&] {
      check_folder(path);
      writer.emplace(communicator, header, sources, snapshots);
      if (communicator.rank() == 0) {
        writer->lay_out(temporary);
      }
    });
    const std::exception_ptr own_failure = writer->fill(temporary);
    communicator.agree([&] {
      if (own_failure) {
        std::rethrow_exception(own_failure);
      }
    });
    communicator.agree(
        [&] { verify(temporary, islands_of_rank(header.islands, communicator.size(), communicator.rank())); });
    publish(communicator, temporary, path);
    return;
  } catch (const std::exception& error) {
    const auto* agreed = dynamic_cast<const AgreedFailure*>(&error);
    if (agreed == nullptr && !communicator.is_serial()) {
      throw;
    }
    failure = error.what();
    failed_rank = agreed != nullptr ? agreed->failed_rank() : 0;
  }
  if (communicator.rank() == 0) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
  }
  throw Agreed<std::runtime_error>(
      failed_rank,
      fmt::format("the checkpoint was not written ({}): {}; older checkpoints stay", path.string(), failure));
}

}  // namespace zcmpi
