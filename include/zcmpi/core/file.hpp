/// \file
/// Files that are either whole or absent.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace zcmpi {

/// Whether something is there; throws InputError, naming the path, when that cannot be told, as where a folder may not
/// be read or a name is too long; std::runtime_error when the disk fails.
bool path_exists(const std::filesystem::path& path);
/// The same of a folder, and of a file that is neither a folder nor anything special.
bool is_folder(const std::filesystem::path& path);
bool is_file(const std::filesystem::path& path);

/// Makes the folder and those above it, unless they are there. Throws std::runtime_error that names it.
void make_folder(const std::filesystem::path& folder);
/// The same of a folder that a person named, where all but a full or failing disk is that person's mistake: throws
/// InputError, with what to do (`remedy`).
void make_named_folder(const std::filesystem::path& folder, std::string_view remedy);

/// The whole content of `path`; throws InputError naming the file when it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// Replaces `path`, or the file that it links to, by `content`: writes a temporary file beside it, syncs it, renames it
/// and syncs the folder. Throws std::runtime_error; the old content then stays, and no temporary file.
void replace_file(const std::filesystem::path& path, std::string_view content);

/// Appends `lines` (each ended by a newline) with one write, so that a reader never sees half a line of ours.
void append_to_file(const std::filesystem::path& path, std::string_view lines);

/// Flushes a file, or a folder's entries, to the disk.
void sync_to_disk(const std::filesystem::path& path);

/// Renames and makes the rename itself durable. Both paths lie in the same folder.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace zcmpi
