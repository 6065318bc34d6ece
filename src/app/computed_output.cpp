#include "computed_output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <system_error>
#include <vector>

#include "environment.hpp"
#include "rank_agreement.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/problem.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

void check_nothing_there(const fs::path& table) {
  const auto folder = cache_folder_of(table);
  for (const auto& path : {table, folder}) {
    if (fs::exists(path) && (path == table || !cache_files(folder).empty())) {
      throw InputError(
          fmt::format("there is something already ({}): go on with --resume, name another table with --out, or remove "
                      "it",
                      path.string()));
    }
  }
}

void check_resumable(const fs::path& table, ResumeMode resume, const CacheSettings& settings) {
  const auto folder = cache_folder_of(table);
  const auto files = cache_files(folder);
  if (files.empty()) {
    // A folder without files is that of a command that was stopped before it had anything to keep.
    if (fs::exists(table) || (resume == ResumeMode::required && !fs::exists(folder))) {
      throw InputError(fmt::format("there is nothing to go on from ({} has no cache files): start without --resume",
                                   folder.string()));
    }
    return;
  }
  const auto own = [&](const fs::path& path) { return path.filename().string().starts_with(digest_of(settings)); };
  if (std::ranges::none_of(files, own)) {
    const auto other = read_cache_file(files.front());
    throw InputError(
        fmt::format("what was computed before is of other settings ({}): {}; give the same options, or name "
                    "another table with --out",
                    files.front().string(), describe_differences(other.settings, settings)));
  }
}

}  // namespace

std::string describe_differences(const CacheSettings& there, const CacheSettings& here) {
  std::vector<std::string> texts;
  for (const auto& [key, text_there, text_here] : differences(there, here)) {
    texts.push_back(fmt::format("{} is {} there and {} here", key, text_there, text_here));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

void check_table_name(const fs::path& table) {
  if (table.extension() != ".h5") {
    throw InputError(fmt::format("--out {}: expected a name that ends in .h5", table.string()));
  }
}

void check_max_hours(double hours) {
  if (!std::isfinite(hours) || hours < 0.0) {
    throw InputError(fmt::format("--max-hours {}: expected a number of at least 0", hours));
  }
}

void check_problem_name(const std::string& space, const std::string& task) {
  Problem problem;
  problem.space = space;
  problem.task = task;
  validate(problem);
}

fs::path cache_folder_of(const fs::path& table) { return table.string() + ".cache"; }

FileLock claim_output(const fs::path& table, ResumeMode resume, const CacheSettings& settings) {
  if (resume == ResumeMode::never) {
    check_nothing_there(table);
  } else {
    check_resumable(table, resume, settings);
  }
  const auto folder = cache_folder_of(table);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw InputError(fmt::format("cannot make the folder ({}): {}; name another table with --out", folder.string(),
                                 error.message()));
  }
  FileLock lock;
  const auto path = folder / "zcmpi.lock";
  if (lock.try_lock(path) == FileLock::Outcome::busy) {
    throw InputError(fmt::format(
        "another zcmpi works on this table ({}): wait until it ends, or name another with --out", path.string()));
  }
  if (lock.is_held()) {
    lock.describe_holder(fmt::format("process {} on {}\n", ::getpid(), host_name()));
  }
  return lock;
}

}  // namespace zcmpi
