/// \file
/// How a run begins. All of it is decided by reading, and carried out only when it has been found valid: a start or a
/// resume that is refused changes nothing on disk. Rank 0's business.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/app/evolve.hpp"
#include "zcmpi/app/run_folder.hpp"

namespace zcmpi {

/// Where a run writes and what it goes on from.
struct RunPlan {
  RunFolder folder;
  std::optional<std::filesystem::path> checkpoint;
};

/// The folder that the options mean. A checkpoint that is named without a folder is gone on from in its own run's
/// folder. Throws InputError.
RunFolder choose_folder(const EvolveOptions& options);

/// What the options mean for what lies in `folder` now. Throws InputError.
RunPlan plan_run(const EvolveOptions& options, const RunFolder& folder);

/// What a run changes in its folder before it writes anything of its own.
struct FolderChanges {
  struct Rewrite {
    std::filesystem::path path;
    std::string content;
  };

  std::vector<std::filesystem::path> removed;
  /// Checkpoints that the run would take for its own.
  std::vector<std::filesystem::path> set_aside;
  std::vector<Rewrite> rewritten;
};

/// Removes requests to stop and to write a checkpoint, which were left from before. Throws std::exception when the file
/// system refuses.
void remove_requests(const RunFolder& folder);

/// What `plan` needs changed, `generation` being that of its checkpoint. Of an earlier run without a checkpoint
/// everything is removed; of one with a checkpoint what it wrote afterwards. Throws InputError when a file is not what
/// a run writes.
FolderChanges plan_changes(const RunPlan& plan, std::uint32_t generation);

/// Throws std::exception when the file system refuses.
void carry_out(const FolderChanges& changes);

/// The lines of a JSON-lines file, given as `content`, whose "generation" is at most `generation`. What is no JSON
/// object, such as a last line that a crash cut off, is left out. Throws InputError with the line for an object without
/// a generation; `path` is for the message.
std::string lines_until(std::string_view content, std::uint32_t generation, const std::filesystem::path& path);

}  // namespace zcmpi
