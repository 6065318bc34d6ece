#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>

#include "arrays.hpp"
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

/// The times are rank 0's on every rank, since all ranks must write the same attributes.
CheckpointHeader with_times_of_rank_0(const Communicator& communicator, CheckpointHeader header) {
  std::array<double, phase_count + 1> times{};
  std::ranges::copy(header.phase_seconds, times.begin());
  times.back() = header.wall_seconds;
  const std::string bytes =
      communicator.broadcast(std::string(reinterpret_cast<const char*>(times.data()), sizeof times));
  std::memcpy(times.data(), bytes.data(), sizeof times);
  std::copy_n(times.begin(), phase_count, header.phase_seconds.begin());
  header.wall_seconds = times.back();
  return header;
}

std::size_t most_sources(const Communicator& communicator, const std::vector<IslandSnapshot>& snapshots) {
  std::size_t most = 0;
  for (const IslandSnapshot& snapshot : snapshots) {
    most = std::max(most, snapshot.inbox.size());
  }
  return static_cast<std::size_t>(communicator.max(static_cast<double>(most)));
}

hdf5::Handle file_access(const Communicator& communicator) {
  hdf5::Handle access = hdf5::make_property_list(H5P_FILE_ACCESS);
  // From HDF5 1.8 on all metadata has check sums, without which HDF5 may trip over damaged files.
  hdf5::check(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18), "choose the format", access.id());
  if (!communicator.is_serial()) {
    hdf5::check(H5Pset_fapl_mpio(access.id(), communicator.native(), MPI_INFO_NULL), "set up MPI-IO", access.id());
  }
  return access;
}

hdf5::Handle transfer_mode(const Communicator& communicator) {
  hdf5::Handle transfer = hdf5::make_property_list(H5P_DATASET_XFER);
  if (!communicator.is_serial()) {
    hdf5::check(H5Pset_dxpl_mpio(transfer.id(), H5FD_MPIO_COLLECTIVE), "choose collective transfers", transfer.id());
  }
  return transfer;
}

hdf5::Handle unfilled_storage() {
  hdf5::Handle storage = hdf5::contiguous_storage();
  // Every element is written, so none needs a fill value first.
  hdf5::check(H5Pset_fill_time(storage.id(), H5D_FILL_TIME_NEVER), "set up a dataset", storage.id());
  return storage;
}

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
  }

  /// Collective. Null on the ranks that did not fail.
  std::exception_ptr write(const std::filesystem::path& path) {
    Attempts attempts;
    hdf5::Handle file;
    attempts.attempt([&] { file = hdf5::create_file(path, file_access(communicator_)); });
    if (attempts.first_failure()) {
      // Creating fails on all ranks or on none.
      return attempts.first_failure();
    }
    attempts.attempt([&] {
      write_header(file, header_, sources_);
      for (const std::string& group : field_groups()) {
        hdf5::create_group(file, group);
      }
    });
    for (const Field& field : arrays_.fields()) {
      attempts.attempt([&] { write_field(file, field); });
    }
    attempts.attempt([&] {
      write_field(file, {"digest", hdf5::type_of<std::uint64_t>(), {}, std::as_writable_bytes(std::span(digests_))});
    });
    attempts.attempt([&] { file.close(); });
    return attempts.first_failure();
  }

 private:
  void write_field(const hdf5::Handle& file, const Field& field) const {
    std::vector<hsize_t> extents{header_.islands};
    extents.insert(extents.end(), field.extents.begin(), field.extents.end());
    const hdf5::Handle dataset = hdf5::create_dataset(file, field.name, field.type, extents, unfilled_storage());
    hdf5::write_rows(dataset, field.type, field.bytes, {range_.first, range_.count}, transfer_mode(communicator_));
  }

  const Communicator& communicator_;
  const CheckpointHeader& header_;
  std::size_t sources_;
  IslandRange range_;
  IslandArrays arrays_;
  std::vector<std::uint64_t> digests_;
};

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
  if (!folder.empty() && !std::filesystem::is_directory(folder)) {
    throw std::runtime_error(fmt::format("there is no such folder ({})", folder.string()));
  }
}

}  // namespace

void write_checkpoint(Communicator& communicator, const std::filesystem::path& path, const CheckpointHeader& header,
                      const std::vector<IslandSnapshot>& snapshots) {
  auto temporary = path;
  temporary += ".tmp";
  std::string failure;
  try {
    const CheckpointHeader common = with_times_of_rank_0(communicator, header);
    const std::size_t sources = most_sources(communicator, snapshots);
    std::optional<CheckpointWriter> writer;
    communicator.agree([&] {
      check_folder(path);
      writer.emplace(communicator, common, sources, snapshots);
    });
    const std::exception_ptr own_failure = writer->write(temporary);
    communicator.agree([&] {
      if (own_failure) {
        std::rethrow_exception(own_failure);
      }
    });
    publish(communicator, temporary, path);
    return;
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (communicator.rank() == 0) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
  }
  throw std::runtime_error(
      fmt::format("the checkpoint was not written ({}): {}; older checkpoints stay", path.string(), failure));
}

}  // namespace zcmpi
