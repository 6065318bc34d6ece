#include "search_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "computed_output.hpp"
#include "run_plan.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void require_no_run(const RunFolder& folder) {
  if (path_exists(folder.configuration()) || path_exists(folder.checkpoints())) {
    throw InputError(fmt::format("the folder holds a run of zcmpi evolve ({}): name another one with --run-dir",
                                 folder.root.string()));
  }
}

/// The lines behind the first; 0 where there is no file.
std::size_t evaluations_of(const fs::path& history) {
  if (!path_exists(history)) {
    return 0;
  }
  const auto lines = static_cast<std::size_t>(std::ranges::count(read_file(history), '\n'));
  return lines == 0 ? 0 : lines - 1;
}

}  // namespace

void SearchFolder::claim(const RunFolder& folder, ResumeMode resume, const SharedFacts& settings,
                         std::size_t evaluations) {
  folder_ = folder;
  require_no_run(folder_);
  goes_on_ = resume != ResumeMode::never && path_exists(folder_.search_settings());
  if (goes_on_) {
    lock_.acquire(folder_);
    require_same_settings(settings);
    // Of the results this one is written first: a kill may have come before the others.
    evaluations_before_ = evaluations_of(folder_.search_history());
    require_not_fewer(evaluations);
  } else if (resume == ResumeMode::required) {
    throw InputError(
        fmt::format("there is no search to go on with ({} does not exist): start without --resume, or with "
                    "--resume=auto, which starts one where there is none",
                    folder_.search_settings().string()));
  } else {
    require_unused(folder_);
    make_named_folder(folder_.root, "name another with --run-dir");
    lock_.acquire(folder_);
    // Another program may have begun one there meanwhile.
    require_unused(folder_);
    replace_file(folder_.search_settings(), Json(settings).dump(2) + "\n");
  }
  lock_.describe_holder();
  std::error_code ignored;
  fs::remove(folder_.stop_request(), ignored);
}

void SearchFolder::require_same_settings(const SharedFacts& settings) const {
  SharedFacts there;
  const auto path = folder_.search_settings();
  try {
    there = Json::parse(read_file(path)).get<SharedFacts>();
  } catch (const nlohmann::json::exception&) {
    throw InputError(
        fmt::format("{}: this is not what a search writes: expected the settings of an earlier search; name another "
                    "folder with --run-dir",
                    path.string()));
  }
  if (const auto differences = describe_differences(there, settings); !differences.empty()) {
    throw InputError(
        fmt::format("the folder holds another search ({}): {}; give the same options, or name another folder with "
                    "--run-dir",
                    folder_.root.string(), differences));
  }
}

void SearchFolder::require_not_fewer(std::size_t evaluations) const {
  if (evaluations < evaluations_before_) {
    // They would end as if they were all.
    throw InputError(fmt::format(
        "--evaluations {} is below what the search has made ({}: {}): give at least as many, or name another folder "
        "with --run-dir",
        evaluations, folder_.search_history().string(), evaluations_before_));
  }
}

bool SearchFolder::is_stop_requested() {
  constexpr std::chrono::milliseconds between_looks(100);
  const auto now = std::chrono::steady_clock::now();
  if (!is_stop_requested_ && (!looked_ || now - *looked_ >= between_looks)) {
    looked_ = now;
    std::error_code ignored;
    is_stop_requested_ = fs::remove(folder_.stop_request(), ignored);
  }
  return is_stop_requested_;
}

void SearchFolder::write(const Results& results) const {
  replace_file(folder_.search_history(), results.history);
  replace_file(folder_.best_architectures(), results.best);
  replace_file(folder_.search_result(), results.result);
}

}  // namespace zcmpi
