#include "zcmpi/app/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

/// Throws CheckpointError, with what to do, when the checkpoint that a person named is not whole.
void verify_named(const fs::path& checkpoint) {
  try {
    verify_checkpoint(checkpoint);
  } catch (const CheckpointError& error) {
    if (!error.damaged()) {
      throw;
    }
    throw CheckpointError(
        fmt::format("{}; name an older one, or leave the choice of the newest whole one to --resume", error.what()),
        true);
  }
}

fs::path numbered(const fs::path& folder, const std::string& name, int number) {
  return folder / (number == 1 ? name : fmt::format("{}-{}", name, number));
}

}  // namespace

bool RunFolder::is_used() const {
  const auto files = {configuration(), checkpoints(), latest(), result(),
                      hall_of_fame(),  metrics(),     log(),    search_settings()};
  return std::ranges::any_of(files, [](const fs::path& file) { return path_exists(file); });
}

void require_no_search(const RunFolder& folder) {
  if (path_exists(folder.search_settings())) {
    throw InputError(
        fmt::format("the folder holds a search ({}): go on with it by the zcmpi search of before and "
                    "--resume, or name another folder with --run-dir",
                    folder.root.string()));
  }
}

void require_unused(const RunFolder& folder) {
  require_no_search(folder);
  if (folder.is_used()) {
    throw InputError(
        fmt::format("the folder already holds a run ({0}): go on with it by --resume --run-dir {0} (in a job script "
                    "--resume=auto, which also starts it), or name another folder with --run-dir",
                    folder.root.string()));
  }
}

RunFolder folder_for_new_run(const std::optional<fs::path>& wanted, const fs::path& folder, const std::string& name) {
  if (wanted) {
    RunFolder run{*wanted};
    require_unused(run);
    return run;
  }
  for (int number = 1;; ++number) {
    RunFolder run{numbered(folder, name, number)};
    if (!run.is_used()) {
      return run;
    }
  }
}

RunFolder folder_to_resume(const std::optional<fs::path>& wanted, const fs::path& folder, const std::string& name) {
  if (wanted) {
    return {*wanted};
  }
  RunFolder last{numbered(folder, name, 1)};
  if (!last.is_used()) {
    throw InputError(
        fmt::format("no run to resume ({}): expected the folder of an earlier run; name it with --run-dir, "
                    "or leave the choice to --resume=auto, which starts a run where there is none",
                    last.root.string()));
  }
  for (int number = 2; RunFolder{numbered(folder, name, number)}.is_used(); ++number) {
    last = {numbered(folder, name, number)};
  }
  return last;
}

RunFolder folder_of_run(ResumeMode mode, const std::optional<fs::path>& wanted, const fs::path& folder,
                        const std::string& name) {
  switch (mode) {
    case ResumeMode::never: return folder_for_new_run(wanted, folder, name);
    case ResumeMode::required: return folder_to_resume(wanted, folder, name);
    case ResumeMode::automatic: break;
  }
  return {wanted.value_or(numbered(folder, name, 1))};
}

RunFolder run_of_checkpoint(const fs::path& checkpoint) {
  return {fs::absolute(checkpoint).lexically_normal().parent_path().parent_path()};
}

RunFolder folder_of_checkpoint(const fs::path& checkpoint) {
  const auto run = run_of_checkpoint(checkpoint);
  if (fs::absolute(checkpoint).lexically_normal().parent_path() != run.checkpoints()) {
    throw InputError(fmt::format(
        "the checkpoint lies in no run's folder ({}): expected <run>/checkpoints/ckpt-<generation>.h5; name "
        "the folder to go on in with --run-dir",
        checkpoint.string()));
  }
  return run;
}

std::optional<fs::path> checkpoint_to_resume(const RunFolder& folder, ResumeMode mode,
                                             const std::optional<fs::path>& named) {
  if (named) {
    verify_named(*named);
    return named;
  }
  if (const auto newest = find_newest_valid(folder.checkpoints())) {
    return newest;
  }
  // A result is only written behind a checkpoint.
  if (path_exists(folder.latest()) || path_exists(folder.result())) {
    throw InputError(fmt::format(
        "the run's checkpoints are gone ({}){}; put them back, or start a new run in another folder with --run-dir",
        folder.checkpoints().string(),
        path_exists(folder.latest()) ? ": the last was " + read_file(folder.latest()) : std::string()));
  }
  if (mode == ResumeMode::automatic) {
    return std::nullopt;
  }
  throw InputError(
      fmt::format("no checkpoint to resume from ({}): expected checkpoints/ckpt-<generation>.h5; name the run's folder "
                  "with --run-dir, or start one with --resume=auto, which goes on where there is a checkpoint",
                  folder.root.string()));
}

}  // namespace zcmpi
