/// \file
/// Files that may be compressed by gzip.
#pragma once

#include <filesystem>
#include <string>

namespace zcmpi {

/// The whole content of a file, decompressed when it is gzipped. Throws InputError naming the file.
std::string read_maybe_gzipped(const std::filesystem::path& path);

}  // namespace zcmpi
