#include "run_plan.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

std::uint64_t generation_of(const nlohmann::json& line, const fs::path& path, std::size_t number) {
  const auto found = line.find("generation");
  if (found == line.end() || !found->is_number_unsigned()) {
    throw InputError(
        fmt::format("the line has no generation ({}:{}): expected \"generation\": and a number, as zcmpi writes it; "
                    "mend or delete the line",
                    path.string(), number));
  }
  return found->get<std::uint64_t>();
}

void plan_cut(const fs::path& path, std::uint32_t generation, FolderChanges& changes) {
  if (!path_exists(path)) {
    return;
  }
  const auto content = read_file(path);
  auto kept = lines_until(content, generation, path);
  if (kept.size() != content.size()) {
    changes.rewritten.push_back({path, std::move(kept)});
  }
}

void plan_removal(std::initializer_list<fs::path> paths, FolderChanges& changes) {
  for (const auto& path : paths) {
    if (path_exists(path)) {
      changes.removed.push_back(path);
    }
  }
}

bool is_same_folder(const fs::path& a, const fs::path& b) { return fs::weakly_canonical(a) == fs::weakly_canonical(b); }

}  // namespace

RunFolder choose_folder(const EvolveOptions& options) {
  if (options.run_folder && options.resume != ResumeMode::never) {
    return {*options.run_folder};
  }
  if (options.checkpoint) {
    return folder_of_checkpoint(*options.checkpoint);
  }
  const auto run = configuration_of(options).run;
  return folder_of_run(options.resume, options.run_folder, run.folder, run.name);
}

RunPlan plan_run(const EvolveOptions& options, const RunFolder& folder) {
  if (options.resume == ResumeMode::never) {
    return {folder, std::nullopt};
  }
  require_no_search(folder);
  return {folder, checkpoint_to_resume(folder, options.resume, options.checkpoint)};
}

FolderChanges plan_changes(const RunPlan& plan, std::uint32_t generation) {
  const auto& folder = plan.folder;
  FolderChanges changes;
  if (!plan.checkpoint) {
    plan_removal({folder.metrics(), folder.migrations(), folder.log(), folder.result(), folder.hall_of_fame()},
                 changes);
    return changes;
  }
  changes.set_aside = list_newer_checkpoints(folder.checkpoints(), generation);
  if (is_same_folder(fs::absolute(*plan.checkpoint).parent_path(), folder.checkpoints())) {
    changes.rewritten.push_back({folder.latest(), plan.checkpoint->filename().string()});
  }
  plan_cut(folder.metrics(), generation, changes);
  plan_cut(folder.migrations(), generation, changes);
  return changes;
}

void remove_requests(const RunFolder& folder) {
  fs::remove(folder.stop_request());
  fs::remove(folder.checkpoint_request());
}

void carry_out(const FolderChanges& changes) {
  for (const auto& path : changes.removed) {
    fs::remove(path);
  }
  for (const auto& checkpoint : changes.set_aside) {
    set_aside(checkpoint);
  }
  for (const auto& [path, content] : changes.rewritten) {
    replace_file(path, content);
  }
}

std::string lines_until(std::string_view content, std::uint32_t generation, const fs::path& path) {
  std::string kept;
  kept.reserve(content.size());
  std::size_t number = 1;
  for (std::size_t begin = 0; begin < content.size(); ++number) {
    const auto end = content.find('\n', begin);
    if (end == std::string_view::npos) {
      break;
    }
    const auto line = content.substr(begin, end - begin);
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && generation_of(json, path, number) <= generation) {
      kept.append(line).append("\n");
    }
    begin = end + 1;
  }
  return kept;
}

}  // namespace zcmpi
