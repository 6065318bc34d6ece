/// \file
/// A checkpoint's header: the attributes of the root and of three groups.
#pragma once

#include <cstdint>
#include <filesystem>

#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/data/hdf5.hpp"

namespace zcmpi {

/// Writes all attributes, `complete` as 0.
void write_header(const hdf5::Handle& file, const CheckpointHeader& header, std::size_t sources);

/// A header as it was read, and the inbox's extent that only the file knows.
struct StoredHeader {
  CheckpointHeader header;
  std::size_t sources = 0;
};

/// Whether a file that is not marked complete is refused.
enum class Mark { required, not_yet };

/// Throws CheckpointError when the file is no checkpoint, of another version, not complete, or altered.
StoredHeader read_header(const hdf5::Handle& file, const std::filesystem::path& path, Mark mark);

/// Sets `complete` to 1 in a file that is whole otherwise.
void mark_complete(const std::filesystem::path& path);

[[noreturn]] void throw_damaged(const std::filesystem::path& path, std::string_view what);

}  // namespace zcmpi
