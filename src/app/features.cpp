#include "features.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "architecture_list.hpp"
#include "commands.hpp"
#include "environment.hpp"
#include "feature_source.hpp"
#include "progress_output.hpp"
#include "proxy_device.hpp"
#include "rank_agreement.hpp"
#include "rank_failure.hpp"
#include "zcmpi/app/progress.hpp"
#include "zcmpi/core/file_lock.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/signals.hpp"
#include "zcmpi/core/version.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

constexpr double log_period_seconds = 10.0;

/// Where the ranks keep what they have computed until, and after, the table is written.
fs::path cache_folder_of(const fs::path& out) { return out.string() + ".cache"; }

std::string difference(const CacheSettings& there, const CacheSettings& here) {
  std::vector<std::string> texts;
  for (const auto& [key, text] : here) {
    const auto found = there.find(key);
    const std::string other = found == there.end() ? "absent" : found->second;
    if (other != text) {
      texts.push_back(fmt::format("{} is {} there and {} here", key, other, text));
    }
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// Throws InputError unless what is on the disk is what the command wants to find there.
void check_outputs(const fs::path& out, ResumeMode resume, const CacheSettings& settings) {
  const auto folder = cache_folder_of(out);
  const auto files = cache_files(folder);
  if (resume == ResumeMode::never) {
    for (const auto& path : {out, folder}) {
      if (fs::exists(path) && (path == out || !files.empty())) {
        throw InputError(fmt::format(
            "there is something already ({}): go on with --resume, name another table with --out, or remove it",
            path.string()));
      }
    }
    return;
  }
  if (files.empty()) {
    if (resume == ResumeMode::required || fs::exists(out)) {
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
                    files.front().string(), difference(other.settings, settings)));
  }
}

void make_folders(const fs::path& out) {
  std::error_code error;
  fs::create_directories(cache_folder_of(out), error);
  if (error) {
    throw InputError(fmt::format("cannot make the folder ({}): {}; name another table with --out",
                                 cache_folder_of(out).string(), error.message()));
  }
}

class FeaturesRun {
 public:
  FeaturesRun(const FeaturesOptions& options, Communicator& world) : options_(options), world_(world) {
    const auto device = choose_proxy_device(world_);
    world_.agree([&] { load_inputs(device); });
    require_same_inputs();
    world_.agree([&] { prepare_outputs(); });
    world_.agree([&] { cache_.emplace(cache_folder_of(options_.out), source_->cache_settings(), world_.rank()); });
  }

  ExitCode run() {
    std::optional<ProgressOutput> output;
    if (is_first_rank()) {
      output.emplace(log_period_seconds);
      log_info(fmt::format("zcmpi {} on {} rank{}: {} of {} architecture{} of {}", version(), world_.size(),
                           world_.size() == 1 ? "" : "s", options_.proxies, architectures_.size(),
                           architectures_.size() == 1 ? "" : "s", options_.settings.space));
    }
    FeatureWorkOptions work;
    if (options_.max_hours > 0.0) {
      work.seconds_limit = options_.max_hours * 3600.0;
    }
    work.on_progress = [&](const WorkProgress& progress) { output->show(progress); };
    const auto outcome = compute_features(world_, *source_, architectures_, features_.proxies, *cache_, work);
    output.reset();
    if (is_first_rank()) {
      log_info(fmt::format("computed {} architectures, {} were there before", outcome.work.done, outcome.done_before));
    }
    if (outcome.work.end == WorkEnd::stopped) {
      if (is_first_rank()) {
        log_info(
            fmt::format("stopped early by {} with {} of {} architectures done; the same command with --resume goes "
                        "on",
                        outcome.work.signal != 0 ? "signal" : "max_hours", outcome.done_before + outcome.work.done,
                        architectures_.size()));
      }
      return ExitCode::stopped_early;
    }
    world_.agree([&] {
      if (is_first_rank()) {
        write();
      }
    });
    return ExitCode::done;
  }

 private:
  [[nodiscard]] bool is_first_rank() const { return world_.rank() == 0; }

  void load_inputs(std::optional<int> cuda_device) {
    if (options_.out.extension() != ".h5") {
      throw InputError(fmt::format("--out {}: expected a name that ends in .h5", options_.out.string()));
    }
    const ScopedLogLevel quiet(is_first_rank() ? LogLevel::debug : LogLevel::error);
    features_ = parse_features(options_.proxies);
    source_.emplace(options_.settings, cuda_device);
    architectures_ =
        list_architectures(source_->space(), options_.architectures, folders_to_search(options_.data_folders));
    // Whether networks can be made of all this shows in the first one.
    static_cast<void>(source_->network(architectures_.front()));
    task_ = options_.task;
    if (!options_.accuracies.empty()) {
      accuracies_ = load_accuracies(options_.accuracies, options_.settings.space, options_.task,
                                    folders_to_search(options_.data_folders));
      Problem rehearsal;
      rehearsal.architectures = architectures_;
      take_accuracies(rehearsal, source_->space(), *accuracies_, options_.accuracies);
      const bool says_task = fs::path(options_.accuracies).extension() != ".csv";
      task_ = task_.empty() && says_task ? accuracies_->task : task_;
    }
    task_ = task_.empty() ? source_->task() : task_;
  }

  void require_same_inputs() const {
    SharedFacts facts = source_->cache_settings();
    Digester digester;
    for (const auto& architecture : architectures_) {
      digester.add(std::string_view(architecture));
    }
    facts["architectures"] = digest_to_text(digester.digest());
    facts["proxies"] = options_.proxies;
    facts["git revision"] = git_revision();
    require_agreement(world_, facts);
  }

  void prepare_outputs() {
    if (!is_first_rank()) {
      return;
    }
    check_outputs(options_.out, options_.resume, source_->cache_settings());
    make_folders(options_.out);
    const auto path = cache_folder_of(options_.out) / "zcmpi.lock";
    if (lock_.try_lock(path) == FileLock::Outcome::busy) {
      throw InputError(fmt::format(
          "another zcmpi works on this table ({}): wait until it ends, or name another with --out", path.string()));
    }
    if (lock_.is_held()) {
      lock_.describe_holder(fmt::format("process {} on {}\n", ::getpid(), host_name()));
    }
  }

  void write() {
    const auto computed = read_caches(cache_->folder(), cache_->settings());
    for (const auto& line : describe_missing(architectures_, features_.proxies, computed)) {
      log_info(line);
    }
    auto problem = make_problem(*source_, task_, std::move(architectures_), features_, computed);
    if (accuracies_) {
      take_accuracies(problem, source_->space(), *accuracies_, options_.accuracies);
      problem.provenance["accuracies"] = fs::path(options_.accuracies).filename().string();
      problem.provenance["accuracies_digest"] = digest_to_text(accuracies_->digest());
    }
    write_table(options_.out, std::span(&problem, 1));
    log_info(fmt::format("{}:{}: {} architectures, {} terminals{}", options_.out.string(), problem.name(),
                         problem.size(), problem.terminals.size(),
                         accuracies_ ? "" : ", no accuracies (give them with --accuracies)"));
  }

  const FeaturesOptions& options_;
  Communicator& world_;
  FeatureList features_;
  std::optional<FeatureSource> source_;
  std::vector<std::string> architectures_;
  std::optional<Problem> accuracies_;
  std::string task_;
  /// Rank 0's.
  FileLock lock_;
  std::optional<FeatureCache> cache_;
};

}  // namespace

ExitCode run_features(const FeaturesOptions& options, int argc, char** argv) {
  const ScopedMpi mpi(&argc, &argv);
  Communicator world(MPI_COMM_WORLD);
  init_log({.level = LogLevel::info, .rank = world.rank()});
  const ScopedStopSignals signals;
  try {
    return FeaturesRun(options, world).run();
  } catch (const std::exception& error) {
    return end_with(error, world);
  }
}

}  // namespace zcmpi
