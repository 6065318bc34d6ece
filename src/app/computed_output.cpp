#include "computed_output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "rank_agreement.hpp"
#include "run_lock.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/data/problem.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

void check_nothing_there(const fs::path& table) {
  const auto folder = cache_folder_of(table);
  const bool has_caches = !cache_files(folder).empty();
  if (path_exists(table) || has_caches) {
    throw InputError(fmt::format("there is something already ({}): {}name another table with --out, or remove it",
                                 (path_exists(table) ? table : folder).string(),
                                 has_caches ? "go on with --resume, " : ""));
  }
}

[[noreturn]] void refuse_other_settings(const fs::path& file, const CacheSettings& there, const CacheSettings& here) {
  const auto made_by_another = [](const auto& difference) {
    return difference.name == "program_version" || difference.name == "proxy_definitions";
  };
  const bool is_of_another_zcmpi = std::ranges::any_of(differences(there, here), made_by_another);
  throw InputError(
      fmt::format("what was computed before is of other settings ({}): {}; {}, or name another table with --out",
                  file.string(), describe_differences(there, here),
                  is_of_another_zcmpi ? "go on with the zcmpi that it was begun with" : "give the same options"));
}

/// What the table says of these settings.
CacheSettings settings_of(const Problem& table, const CacheSettings& wanted) {
  CacheSettings settings{{"space", table.space}};
  std::ranges::copy_if(table.provenance, std::inserter(settings, settings.end()),
                       [&](const auto& entry) { return wanted.contains(entry.first); });
  return settings;
}

void check_resumable(const fs::path& table, ResumeMode resume, const CacheSettings& settings,
                     const EarlierTable& before) {
  const bool can_be_made_again = before.has_graph_features_alone();
  if (before.problem() && !can_be_made_again) {
    if (const auto there = settings_of(*before.problem(), settings); there != settings) {
      refuse_other_settings(table, there, settings);
    }
  }
  const auto folder = cache_folder_of(table);
  const auto files = cache_files(folder);
  if (files.empty() && can_be_made_again) {
    return;
  }
  if (files.empty()) {
    if (path_exists(table)) {
      throw InputError(
          fmt::format("the table is there ({}) without the caches that it was made from ({}): remove it and start "
                      "without --resume, or name another with --out",
                      table.string(), folder.string()));
    }
    // A folder without files is that of a command that was stopped before it had anything to keep.
    if (resume == ResumeMode::required && !path_exists(folder)) {
      throw InputError(
          fmt::format("there is nothing to go on from ({} does not exist): start without --resume", folder.string()));
    }
    return;
  }
  if (std::ranges::none_of(files, [&](const fs::path& file) { return is_named_for(file, settings); })) {
    refuse_other_settings(files.front(), read_cache_file(files.front()).settings, settings);
  }
}

/// Throws InputError unless what is there is what `resume` wants to find; returns the table that is to be replaced.
EarlierTable check_output(const fs::path& table, ResumeMode resume, std::string_view source, std::string_view space,
                          const CacheSettings& settings) {
  if (resume == ResumeMode::never) {
    check_nothing_there(table);
    return {};
  }
  EarlierTable before(table, source, space);
  check_resumable(table, resume, settings, before);
  return before;
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

ClaimedOutput claim_output(const fs::path& table, ResumeMode resume, std::string_view source, std::string_view space,
                           const CacheSettings& settings) {
  // Nothing is made where something is refused.
  check_output(table, resume, source, space, settings);
  const auto folder = cache_folder_of(table);
  make_named_folder(folder, "name another table with --out");
  FileLock lock;
  const auto path = folder / "zcmpi.lock";
  switch (lock.try_lock(path)) {
    case FileLock::Outcome::held: break;
    case FileLock::Outcome::busy:
      throw InputError(
          fmt::format("another zcmpi works on this table ({}){}; wait until it ends, or name another with --out",
                      table.string(), holder_of(path)));
    case FileLock::Outcome::unsupported:
      log_warning(fmt::format("the file system has no locks ({}): see to it that no other zcmpi works on this table",
                              path.string()));
  }
  describe_holder(lock);
  // Until now another zcmpi may have been at work here.
  EarlierTable before = check_output(table, resume, source, space, settings);
  return {std::move(lock), std::move(before)};
}

}  // namespace zcmpi
