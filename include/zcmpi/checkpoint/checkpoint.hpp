/// \file
/// Checkpoints: the state of an archipelago in one HDF5 file, written and read by all ranks together.
///
/// A file appears under its name only when it is complete: it is written as `<name>.tmp`, flushed, synced, marked
/// complete, renamed, and the folder synced. Each island's part carries a digest, and so does the header; the layout
/// depends on neither the number of ranks nor the time, so equal states give equal bytes of data. docs/formats.md
/// documents it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "zcmpi/core/error.hpp"
#include "zcmpi/island/archipelago.hpp"

namespace zcmpi {

/// The format's versions; a new enumerator for each change of the layout, and of how a run goes on.
enum class CheckpointVersion : std::uint32_t {
  first = 1,
  /// Kinds of variation, nodes and lexicase's parents are drawn in other ways.
  other_draws = 2,
  /// Lexicase's draws of a generation share orders of cases.
  shared_orders = 3,
  /// Migration is a phase of its own.
  migration_phase = 4,
  /// Trees are given up where they exceed their size; the hall of fame has formulas that equal ones of other sizes.
  trees_given_up = 5,
  current = trees_given_up,
};

/// What a checkpoint belongs to and what the run has spent so far.
struct CheckpointHeader {
  std::uint64_t seed = 0;
  std::uint32_t islands = 0;
  std::uint32_t generation = 0;
  PopulationShape shape;
  std::size_t population = 0;
  /// Immigrants an inbox holds at most, from each source.
  std::size_t migrants = 0;
  /// Every setting that can change a result, by key: compared at resume. "terminals" is what the data have made of the
  /// others.
  std::map<std::string, std::string> settings;
  /// Digest of the training data (problems, rows, transformed values).
  std::uint64_t data_digest = 0;
  /// Which problem a difference is in: name -> digest.
  std::map<std::string, std::string> data_parts;
  int formula_language = formula_language_version;
  std::string program_version;
  /// Wall seconds of the run so far, over all its parts; and seconds per phase (mean over ranks).
  double wall_seconds = 0.0;
  std::array<double, phase_count> phase_seconds{};
};

/// A checkpoint cannot be used. `damaged`: the file is incomplete or altered, an older one may do. Otherwise it belongs
/// to other data, another configuration or another version of zcmpi, and no file of the run will do.
class CheckpointError : public InputError {
 public:
  CheckpointError(const std::string& message, bool damaged) : InputError(message), damaged_(damaged) {}
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  bool damaged_;
};

/// Collective. Writes `snapshots`, this rank's islands in order. Throws std::runtime_error on every rank when any
/// failed; the temporary file is then removed and older checkpoints stay.
void write_checkpoint(Communicator& communicator, const std::filesystem::path& path, const CheckpointHeader& header,
                      const std::vector<IslandSnapshot>& snapshots);

/// Collective. Reads this rank's share of the islands, whatever the number of ranks that wrote them, and verifies
/// digests. Throws CheckpointError on every rank when any island's part is damaged.
std::vector<IslandSnapshot> read_checkpoint(Communicator& communicator, const std::filesystem::path& path);

/// Serial. Header only, verified. Throws CheckpointError.
CheckpointHeader read_checkpoint_header(const std::filesystem::path& path);

/// Serial. Reads and verifies every island. Throws CheckpointError. For `inspect` and for choosing what to resume from.
std::vector<IslandSnapshot> read_all_islands(const std::filesystem::path& path);

/// Serial. Reads and verifies every island, one at a time. Throws CheckpointError.
void verify_checkpoint(const std::filesystem::path& path);

/// Throws CheckpointError that names each difference (setting: was, is; problem; language) between the run that a
/// checkpoint belongs to and the one that wants to resume from it. `data_files`: by problem, the file to be put back
/// where its data have changed.
void check_compatible(const CheckpointHeader& saved, const CheckpointHeader& wanted, const std::filesystem::path& path,
                      const std::map<std::string, std::filesystem::path>& data_files = {});

/// The checkpoints of a folder, by the generation in their names, newest first. Temporary files are not listed.
std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder);

/// The path of a generation's checkpoint: folder/ckpt-<generation, at least 8 digits>.h5
std::filesystem::path checkpoint_path(const std::filesystem::path& folder, std::uint32_t generation);

/// Serial. The newest checkpoint that is whole, passing over damaged ones with a warning each through the log. nullopt
/// when the folder holds none at all; CheckpointError when it holds some and none is whole.
std::optional<std::filesystem::path> find_newest_valid(const std::filesystem::path& folder);

/// The checkpoints of a folder that are newer than `generation`, newest first: a run that goes on from an older one
/// would take them for its own, and prune what it writes.
std::vector<std::filesystem::path> list_newer_checkpoints(const std::filesystem::path& folder,
                                                          std::uint32_t generation);

/// Serial. Renames a checkpoint to `<name>.superseded`, with a warning.
void set_aside(const std::filesystem::path& checkpoint);

/// Serial. Removes all but the newest `keep` checkpoints, and temporary files left by a crash.
void prune_checkpoints(const std::filesystem::path& folder, std::size_t keep);

}  // namespace zcmpi
