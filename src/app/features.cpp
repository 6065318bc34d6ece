#include "features.hpp"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "architecture_list.hpp"
#include "cache_sources.hpp"
#include "commands.hpp"
#include "computed_output.hpp"
#include "feature_source.hpp"
#include "on_all_ranks.hpp"
#include "progress_output.hpp"
#include "rank_agreement.hpp"
#include "rank_device.hpp"
#include "time_limit.hpp"
#include "zcmpi/app/progress.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/core/version.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

constexpr double log_period_seconds = 10.0;

class FeaturesRun {
 public:
  FeaturesRun(const FeaturesOptions& options, const TimeLimit& limit, Communicator& world)
      : options_(options), limit_(limit), world_(world) {
    world_.agree([&] {
      features_ = parse_features(options_.proxies);
      // A reason of this installation must not become that of a value.
      require_computable(features_.proxies);
    });
    // Ranks need not have been started for the same table.
    const bool needs_networks = world_.max(features_.proxies.empty() ? 0.0 : 1.0) > 0.0;
    const auto device = needs_networks ? choose_network_device(world_) : std::nullopt;
    world_.agree([&] { load_inputs(device_number(device)); });
    require_same_inputs();
    world_.agree([&] {
      if (is_first_rank()) {
        output_ = claim_output(options_.out, options_.resume, features_source, options_.settings.space,
                               source_->cache_settings());
      }
    });
    world_.agree(
        [&] { cache_.emplace(cache_folder_of(options_.out), source_->cache_settings(), world_.rank(), sources_); });
  }

  ExitCode run() {
    std::optional<ProgressOutput> output;
    if (is_first_rank()) {
      output.emplace(log_period_seconds);
      log_info(fmt::format("zcmpi {} on {}: {} of {} of {}", version(), count_of(world_.size(), "rank"),
                           options_.proxies, count_of(architectures_.size(), "architecture"), options_.settings.space));
    }
    if (is_first_rank()) {
      log_sources(*cache_, sources_);
    }
    FeatureWorkOptions work;
    work.limit = limit_;
    work.not_final = NotFinal::replace;
    work.on_progress = [&](const WorkProgress& progress) { output->show(progress); };
    const auto outcome = compute_features(world_, *source_, architectures_, features_.proxies, *cache_, work);
    output.reset();
    if (is_first_rank() && !features_.proxies.empty()) {
      log_info(fmt::format(
          "computed {}, {} were there before{}", count_of(outcome.work.done, "architecture"), outcome.done_before,
          outcome.computed_again == 0
              ? ""
              : fmt::format("; {} of them again, for what had failed before", outcome.computed_again)));
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
        write(outcome.computed);
      }
    });
    return ExitCode::done;
  }

 private:
  [[nodiscard]] bool is_first_rank() const { return world_.rank() == 0; }

  void load_inputs(std::optional<int> cuda_device) {
    check_table_name(options_.out);
    check_max_hours(options_.max_hours);
    sources_ = existing_cache_folders(options_.caches, missing_folder(options_.resume));
    const ScopedLogLevel quiet(is_first_rank() ? LogLevel::debug : LogLevel::error);
    source_.emplace(options_.settings, cuda_device);
    const auto folders = folders_to_search(options_.data_folders);
    if (!options_.accuracies.empty()) {
      accuracies_ = load_accuracies(options_.accuracies, options_.settings.space, options_.task, folders);
    }
    architectures_ = accuracies_ ? list_architectures(source_->space(), options_.architectures, folders, *accuracies_,
                                                      options_.accuracies)
                                 : list_architectures(source_->space(), options_.architectures, folders);
    // Whether networks can be made of all this shows in the first one.
    if (!features_.proxies.empty()) {
      static_cast<void>(source_->network(architectures_.front()));
    }
    task_ = options_.task;
    if (accuracies_) {
      Problem rehearsal;
      rehearsal.architectures = architectures_;
      take_accuracies(rehearsal, source_->space(), *accuracies_, options_.accuracies);
      const bool says_task = fs::path(options_.accuracies).extension() != ".csv";
      task_ = task_.empty() && says_task ? accuracies_->task : task_;
    }
    task_ = task_.empty() ? source_->task() : task_;
    check_problem_name(options_.settings.space, task_);
  }

  void require_same_inputs() const {
    SharedFacts facts = source_->cache_settings();
    facts["architectures"] = digest_of_architectures(architectures_);
    facts["proxies"] = options_.proxies;
    facts["out"] = options_.out.string();
    require_agreement(world_, facts);
  }

  void write(const ComputedTable& computed) {
    const auto missing = count_missing(architectures_, features_.proxies, computed);
    log_missing(missing, architectures_.size());
    require_values(missing, architectures_.size(),
                   fmt::format("the same command with --resume {}; or leave the proxy out of --proxies", tries_again));
    if (features_.graph_features) {
      log_info(fmt::format("computed the graph features of {}", count_of(architectures_.size(), "architecture")));
    }
    auto problem = make_problem(*source_, task_, std::move(architectures_), features_, computed);
    if (accuracies_) {
      take_accuracies(problem, source_->space(), *accuracies_, options_.accuracies);
      problem.provenance["accuracies"] = fs::path(options_.accuracies).filename().string();
      problem.provenance["accuracies_digest"] = digest_to_text(accuracies_->digest());
      for (const auto& [key, text] : accuracies_->provenance) {
        problem.provenance["accuracies." + key] = text;
      }
    }
    output_.before.warn_of_what_is_left_out_of(problem);
    write_table(options_.out, std::span(&problem, 1));
    log_info(fmt::format("{}:{}: {}, {}{}", options_.out.string(), problem.name(),
                         count_of(problem.size(), "architecture"), count_of(problem.terminals.size(), "terminal"),
                         accuracies_ ? "" : ", no accuracies (give them with --accuracies)"));
  }

  const FeaturesOptions& options_;
  const TimeLimit& limit_;
  Communicator& world_;
  FeatureList features_;
  /// Of options_.caches, what is there.
  std::vector<fs::path> sources_;
  std::optional<FeatureSource> source_;
  std::vector<std::string> architectures_;
  std::optional<Problem> accuracies_;
  std::string task_;
  /// Rank 0's.
  ClaimedOutput output_;
  std::optional<FeatureCache> cache_;
};

}  // namespace

ExitCode run_features(const FeaturesOptions& options, int argc, char** argv) {
  const TimeLimit limit(options.max_hours);
  return on_all_ranks("features", argc, argv,
                      [&](Communicator& world) { return FeaturesRun(options, limit, world).run(); });
}

}  // namespace zcmpi
