/// \file
/// A run's folder: where its files are, and whether a run starts anew or goes on. Nothing here changes a file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace zcmpi {

/// The files of a run (docs/user-guide.md).
struct RunFolder {
  std::filesystem::path root;

  [[nodiscard]] std::filesystem::path configuration() const { return root / "config.toml"; }
  [[nodiscard]] std::filesystem::path environment() const { return root / "environment.json"; }
  [[nodiscard]] std::filesystem::path log() const { return root / "log.txt"; }
  [[nodiscard]] std::filesystem::path metrics() const { return root / "metrics.jsonl"; }
  [[nodiscard]] std::filesystem::path migrations() const { return root / "migrations.jsonl"; }
  [[nodiscard]] std::filesystem::path hall_of_fame() const { return root / "hall_of_fame.csv"; }
  [[nodiscard]] std::filesystem::path result() const { return root / "result.json"; }
  [[nodiscard]] std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  /// Name of the newest checkpoint: it stays when checkpoints are lost, and tells that there was one.
  [[nodiscard]] std::filesystem::path latest() const { return root / "latest_checkpoint"; }
  /// What has been computed of the features of live problems.
  [[nodiscard]] std::filesystem::path features() const { return root / "features"; }
  /// Which rows of each problem were for training, validation and test.
  [[nodiscard]] std::filesystem::path splits() const { return root / "splits.json"; }
  /// Of a search: what it was started with, what it evaluated, what came of it, and its best architectures.
  [[nodiscard]] std::filesystem::path search_settings() const { return root / "settings.json"; }
  [[nodiscard]] std::filesystem::path search_history() const { return root / "history.csv"; }
  [[nodiscard]] std::filesystem::path search_result() const { return root / "search.json"; }
  [[nodiscard]] std::filesystem::path best_architectures() const { return root / "best.txt"; }
  /// Touched by a person to stop the run, or to have a checkpoint made.
  [[nodiscard]] std::filesystem::path stop_request() const { return root / "STOP"; }
  [[nodiscard]] std::filesystem::path checkpoint_request() const { return root / "CHECKPOINT"; }

  /// Held by the program that works in the folder.
  [[nodiscard]] std::filesystem::path lock() const { return root / "zcmpi.lock"; }

  /// Whether a run was ever started here: any of its files is there. What was computed before a first generation is
  /// left to whatever run can use it.
  [[nodiscard]] bool is_used() const;
};

enum class ResumeMode {
  /// A new run; a folder that holds one is not touched.
  never,
  /// Go on; an error when there is nothing to go on from.
  required,
  /// Go on if the folder has ever held a checkpoint, else start (for job scripts).
  automatic,
};

/// Throws InputError when a search was ever started there.
void require_no_search(const RunFolder& folder);

/// Throws InputError when a run or a search was ever started there.
void require_unused(const RunFolder& folder);

/// The folder of a new run: `wanted` if a person named it, which must then be unused; else the first unused of
/// `folder/name`, `folder/name-2`, ... Throws InputError.
RunFolder folder_for_new_run(const std::optional<std::filesystem::path>& wanted, const std::filesystem::path& folder,
                             const std::string& name);

/// The folder to resume in: `wanted`, else the last of `folder/name`, `folder/name-2`, ... that is used. Throws
/// InputError when there is none.
RunFolder folder_to_resume(const std::optional<std::filesystem::path>& wanted, const std::filesystem::path& folder,
                           const std::string& name);

/// The one of these that the mode means; for ResumeMode::automatic `wanted`, else `folder/name`. Throws InputError.
RunFolder folder_of_run(ResumeMode mode, const std::optional<std::filesystem::path>& wanted,
                        const std::filesystem::path& folder, const std::string& name);

/// Where the files of the run lie that a checkpoint belongs to: two folders above it.
RunFolder run_of_checkpoint(const std::filesystem::path& checkpoint);
/// The same; throws InputError unless the folder between is a run's `checkpoints`.
RunFolder folder_of_checkpoint(const std::filesystem::path& checkpoint);

/// The checkpoint to resume from: `named` if given, which must be whole; else the newest valid one. nullopt only for
/// ResumeMode::automatic in a folder that has never held one. Throws InputError when checkpoints are gone,
/// CheckpointError when the named one, or all, are damaged.
std::optional<std::filesystem::path> checkpoint_to_resume(const RunFolder& folder, ResumeMode mode,
                                                          const std::optional<std::filesystem::path>& named);

}  // namespace zcmpi
