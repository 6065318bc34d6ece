#include "zcmpi/app/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

fs::path numbered(const fs::path& folder, const std::string& name, int number) {
  return folder / (number == 1 ? name : fmt::format("{}-{}", name, number));
}

}  // namespace

bool RunFolder::is_used() const {
  const auto files = {configuration(), checkpoints(), latest(), result(), hall_of_fame(), metrics(), log()};
  return std::ranges::any_of(files, [](const fs::path& file) { return fs::exists(file); });
}

RunFolder folder_for_new_run(const std::optional<fs::path>& wanted, const fs::path& folder, const std::string& name) {
  if (wanted) {
    RunFolder run{*wanted};
    if (run.is_used()) {
      throw InputError(fmt::format(
          "the folder already holds a run ({}): resume it with --resume, or name another folder with --run-dir",
          run.root.string()));
    }
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
    throw InputError(fmt::format("no run to resume ({}): expected the folder of an earlier run; name it with --run-dir",
                                 last.root.string()));
  }
  for (int number = 2; RunFolder{numbered(folder, name, number)}.is_used(); ++number) {
    last = {numbered(folder, name, number)};
  }
  return last;
}

std::optional<fs::path> checkpoint_to_resume(const RunFolder& folder, ResumeMode mode,
                                             const std::optional<fs::path>& named) {
  if (named) {
    return named;
  }
  if (const auto newest = find_newest_valid(folder.checkpoints())) {
    return newest;
  }
  // A result is only written behind a checkpoint.
  if (fs::exists(folder.latest()) || fs::exists(folder.result())) {
    throw InputError(fmt::format(
        "the run's checkpoints are gone ({}){}; put them back, or start a new run in another folder with --run-dir",
        folder.checkpoints().string(),
        fs::exists(folder.latest()) ? ": the last was " + read_file(folder.latest()) : std::string()));
  }
  if (mode == ResumeMode::automatic) {
    return std::nullopt;
  }
  throw InputError(
      fmt::format("no checkpoint to resume from ({}): expected checkpoints/ckpt-<generation>.h5; start the "
                  "run without --resume",
                  folder.root.string()));
}

void drop_lines_after(const fs::path& path, std::uint32_t generation) {
  if (!fs::exists(path)) {
    return;
  }
  const auto content = read_file(path);
  std::string kept;
  kept.reserve(content.size());
  for (std::size_t begin = 0; begin < content.size();) {
    const auto end = content.find('\n', begin);
    if (end == std::string::npos) {
      break;
    }
    const auto line = std::string_view(content).substr(begin, end - begin);
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.value("generation", std::uint64_t{0}) <= generation) {
      kept.append(line).append("\n");
    }
    begin = end + 1;
  }
  if (kept.size() != content.size()) {
    replace_file(path, kept);
  }
}

}  // namespace zcmpi
