#include "search.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "architecture_list.hpp"
#include "cache_sources.hpp"
#include "commands.hpp"
#include "computed_output.hpp"
#include "environment.hpp"
#include "feature_source.hpp"
#include "formula_objective.hpp"
#include "on_all_ranks.hpp"
#include "progress_output.hpp"
#include "rank_agreement.hpp"
#include "rank_device.hpp"
#include "search_features.hpp"
#include "search_folder.hpp"
#include "search_record.hpp"
#include "time_limit.hpp"
#include "zcmpi/app/result.hpp"
#include "zcmpi/app/scoring.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/signals.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/core/version.hpp"

namespace zcmpi {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr double log_period_seconds = 10.0;
/// Between two writings of the results.
constexpr double write_period_seconds = 60.0;
/// Architectures whose features standardise those of all.
constexpr std::uint64_t standardising = 100;

class SearchRun {
 public:
  SearchRun(const SearchOptions& options, const TimeLimit& limit, Communicator& world)
      : options_(options), limit_(limit), world_(world) {
    FormulaDefinition definition;
    world_.agree([&] {
      check_max_hours(options_.max_hours);
      sources_ = existing_cache_folders(options_.caches, missing_folder(options_.resume));
      definition = definition_from_argument(options_.objective, options_.transform, "");
    });
    // Ranks need not have been started for the same search.
    const bool needs_networks = world_.max(reads_proxies(definition) ? 1.0 : 0.0) > 0.0;
    const auto device = needs_networks ? choose_network_device(world_) : std::nullopt;
    world_.agree([&] { load_inputs(std::move(definition), device_number(device)); });
    const auto own_settings = settings();
    auto facts = own_settings;
    facts["evaluations"] = fmt::format("{}", options_.search.evaluations);
    require_agreement(world_, facts);
    RunFolder folder;
    world_.agree([&] {
      if (is_first_rank()) {
        folder = folder_of_run(options_.resume, options_.run_folder, "runs", fmt::format("search-{}", space().name()));
        if (!sources_.empty()) {
          // Damaged ones are refused before anything is written.
          static_cast<void>(FeatureCache(folder.features(), source_->cache_settings(), world_.rank(), sources_));
        }
        folder_.claim(folder, options_.resume, own_settings, options_.search.evaluations);
        open_log_file(folder.log());
      }
    });
    // Another rank may not see it yet.
    folder.root = world_.broadcast(folder.root.string());
    record_environment(world_, folder.environment(), needs_networks ? "LibTorch" : "", device);
    // Only rank 0's folder has any.
    const auto evaluations_before = world_.sum(std::uint64_t{folder_.evaluations_before()});
    features_.emplace(world_, *source_, objective_->proxies(), folder.features(), sources_,
                      SearchLength{.before = evaluations_before, .wanted = options_.search.evaluations});
  }

  ExitCode run() {
    try {
      return search_and_conclude();
    } catch (...) {
      features_->write_after_failure();
      throw;
    }
  }

 private:
  ExitCode search_and_conclude() {
    announce();
    if (is_first_rank()) {
      output_.emplace(log_period_seconds);
    }
    SearchResult result{.history = {}, .end = SearchEnd::stopped};
    if (!objective_->needs_standards() || standardise()) {
      result = search(space(), options_.search,
                      [&](std::span<const Architecture> architectures) { return evaluate(architectures); });
    }
    output_.reset();
    world_.agree([&] {
      features_->write();
      if (is_first_rank()) {
        conclude(result.end);
      }
    });
    return result.end == SearchEnd::stopped ? ExitCode::stopped_early : ExitCode::done;
  }

  [[nodiscard]] bool is_first_rank() const { return world_.rank() == 0; }
  [[nodiscard]] const SearchSpace& space() const { return source_->space(); }
  [[nodiscard]] double elapsed_seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  void load_inputs(FormulaDefinition definition, std::optional<int> cuda_device) {
    const ScopedLogLevel quiet(is_first_rank() ? LogLevel::debug : LogLevel::error);
    source_.emplace(options_.features, cuda_device);
    const auto task = options_.task.empty() ? source_->task() : options_.task;
    if (options_.task.empty()) {
      // Images alone do not say that networks and batch are those of the run.
      definition.standards.clear();
    }
    check_problem_name(options_.features.space, task);
    objective_.emplace(std::move(definition), space(), task);
    // Whether networks can be made of all this shows in the first one.
    if (!objective_->proxies().empty()) {
      static_cast<void>(source_->network(space().example()));
    }
    // Only rank 0 compares.
    if (is_first_rank() && !options_.accuracies.empty()) {
      const auto problem = load_accuracies(options_.accuracies, options_.features.space, options_.task,
                                           folders_to_search(options_.data_folders));
      accuracies_.emplace(problem, space(), options_.accuracies);
    }
    record_.emplace(space(), objective_->terminals(), accuracies_ ? &*accuracies_ : nullptr);
  }

  /// All that the search depends on but its length.
  [[nodiscard]] SharedFacts settings() const {
    const auto& definition = objective_->definition();
    const auto& search = options_.search;
    // What networks are computed with is no matter to graph features.
    SharedFacts facts = objective_->proxies().empty() ? SharedFacts{{"program_version", std::string(version())}}
                                                      : source_->cache_settings();
    facts["space"] = space().name();
    facts["seed"] = fmt::format("{}", search.seed);
    facts["objective"] = definition.formula;
    facts["transform"] = to_text(definition.transform);
    if (definition.transform == Transform::standardised) {
      facts["standards"] = "drawn";
    }
    if (objective_->has_recorded_standards()) {
      Digester standards;
      standards.add(std::as_bytes(std::span(definition.standards.at(objective_->problem_name()))));
      facts["standards"] = digest_to_text(standards.digest());
    }
    facts["algorithm"] = to_text(search.algorithm);
    facts["at_a_time"] = fmt::format("{}", search.batch);
    if (search.algorithm == SearchAlgorithm::evolution) {
      facts["population"] = fmt::format("{}", search.population);
      facts["tournament"] = fmt::format("{}", search.tournament);
    }
    return facts;
  }

  void announce() const {
    if (!is_first_rank()) {
      return;
    }
    log_info(fmt::format("zcmpi {} on {}: search of {} by {}, {}", version(), count_of(world_.size(), "rank"),
                         space().name(), to_text(options_.search.algorithm),
                         count_of(options_.search.evaluations, "evaluation")));
    log_info(fmt::format("search folder {}", folder_.paths().root.string()));
    log_info(fmt::format("objective {}, computed: {}", objective_->definition().formula,
                         fmt::join(objective_->terminals(), ", ")));
    if (const auto& absent = objective_->absent_terminals(); !absent.empty()) {
      log_warning(fmt::format("the objective reads {}, which cannot be computed for architectures of {}: 0",
                              list_some(absent), space().name()));
    }
    features_->log_sources(sources_);
    if (objective_->has_recorded_standards()) {
      log_info(
          fmt::format("terminals are standardised as the run recorded it for {} (--name): right for networks, "
                      "images and batch like its own",
                      objective_->problem_name()));
    }
  }

  /// Collective. Whether all shall stop; rank 0 keeps why.
  bool shall_stop() {
    enum Reason : int { none, limit, file, signal };
    const auto left = limit_.seconds_left();
    Reason own = left && *left <= 0.0 ? limit : none;
    own = is_first_rank() && folder_.is_stop_requested() ? file : own;
    own = ScopedStopSignals::requested_by() != 0 ? signal : own;
    switch (static_cast<int>(world_.max(static_cast<double>(own)))) {
      case signal: stopped_by_ = StoppedBy::signal; return true;
      case file: stopped_by_ = StoppedBy::stop_file; return true;
      case limit: stopped_by_ = StoppedBy::max_hours; return true;
      default: return false;
    }
  }

  /// Collective. What is computed of architectures, on rank 0; nullopt when all shall stop. `show` tells how many are,
  /// and how many were before.
  std::optional<Problem> compute(const std::vector<std::string>& architectures,
                                 const std::function<void(const WorkProgress& progress)>& show) {
    if (shall_stop()) {
      return std::nullopt;
    }
    FeatureWorkOptions work;
    work.limit = limit_;
    work.stop_requested = [this] { return folder_.is_stop_requested(); };
    work.on_progress = show;
    if (!features_->compute(architectures, work)) {
      // By what another rank may know.
      static_cast<void>(shall_stop());
      return std::nullopt;
    }
    Problem problem;
    world_.agree([&] {
      if (is_first_rank()) {
        problem = objective_->make_problem(architectures, features_->columns(architectures));
      }
    });
    return problem;
  }

  /// Collective. False when all shall stop.
  bool standardise() {
    const auto count = std::min<std::uint64_t>(standardising, space().size());
    const auto architectures =
        list_architectures(space(), fmt::format("random:{}:{}", count, options_.features.seed), {});
    if (is_first_rank()) {
      log_info(fmt::format("terminals are standardised by {} drawn from the space", count_of(count, "architecture")));
    }
    const auto problem = compute(architectures, [&](const WorkProgress& progress) {
      part_.done_before = progress.done_before;
      show_progress(progress.done, count, progress.not_reported);
    });
    if (!problem) {
      return false;
    }
    computed_before_ = features_->computed();
    part_ = {.done_before = 0, .seconds_before = elapsed_seconds()};
    world_.agree([&] {
      if (is_first_rank()) {
        objective_->standardise_by(*problem);
      }
    });
    return true;
  }

  /// Collective.
  std::optional<std::vector<double>> evaluate(std::span<const Architecture> architectures) {
    std::vector<std::string> texts;
    std::ranges::transform(architectures, std::back_inserter(texts),
                           [&](const Architecture& architecture) { return space().print(architecture); });
    const auto before = record_->size();
    const auto problem = compute(texts, [&](const WorkProgress& progress) {
      if (part_.done_before == before) {
        // Of the first that are not all computed, some may be.
        part_.done_before = before + progress.done_before;
      }
      show_progress(before + progress.done, options_.search.evaluations, progress.not_reported);
    });
    if (!problem) {
      return std::nullopt;
    }
    std::vector<double> values;
    world_.agree([&] {
      if (is_first_rank()) {
        values = objective_->values(*problem);
        remember(*problem, values);
        write_now_and_then();
      }
    });
    return broadcast_numbers(world_, values);
  }

  /// Rank 0's.
  void remember(const Problem& problem, std::span<const double> values) {
    const auto best = record_->best();
    std::vector<double> terminals(problem.terminals.size());
    for (std::size_t i = 0; i < problem.size(); ++i) {
      for (std::size_t t = 0; t < terminals.size(); ++t) {
        terminals[t] = problem.feature(t)[i];
      }
      record_->add(problem.architectures[i], terminals, values[i]);
    }
    // Graph features are computed every time.
    const bool is_replay =
        folder_.goes_on() && features_->computed() == computed_before_ && !objective_->proxies().empty();
    if (is_replay) {
      part_ = {.done_before = record_->size(), .seconds_before = elapsed_seconds()};
    } else if (record_->best() != best) {
      log_info(fmt::format("evaluation {}: {:.6g}, {}", *record_->best() + 1, record_->value(*record_->best()),
                           record_->architecture(*record_->best())));
    }
    show_progress(record_->size(), options_.search.evaluations);
  }

  /// Rank 0's.
  void show_progress(std::size_t done, std::size_t total, double not_reported = 0.0) {
    output_->show(WorkProgress{.done = done,
                               .total = total,
                               .done_before = part_.done_before,
                               .seconds_before = part_.seconds_before,
                               .not_reported = not_reported,
                               .elapsed_seconds = elapsed_seconds(),
                               .seconds_to_limit = limit_.seconds_left()});
  }

  /// Rank 0's. A search that goes on has its earlier results until it has got as far again.
  void write_results(std::optional<SearchEnd> end) {
    if (record_->size() >= folder_.evaluations_before()) {
      folder_.write({record_->history_csv(), record_->best_list(options_.best), result_json(end)});
    }
    last_write_seconds_ = elapsed_seconds();
  }

  /// Rank 0's.
  void write_now_and_then() {
    if (elapsed_seconds() - last_write_seconds_ >= write_period_seconds) {
      write_results(std::nullopt);
    }
  }

  /// Rank 0's.
  void conclude(SearchEnd end) {
    write_results(end);
    features_->log_missing(record_->architectures());
    if (const auto report = record_->report(options_.best); !report.empty()) {
      log_info("\n" + report);
    }
    auto done = fmt::format("{} evaluated in {}", count_of(record_->size(), "architecture"),
                            describe_duration(elapsed_seconds()));
    if (!objective_->proxies().empty()) {
      done += fmt::format("; networks computed in this run: {}", features_->computed());
    }
    switch (end) {
      case SearchEnd::finished: log_info(done); break;
      case SearchEnd::exhausted: log_info(done + "; every network of the space, one architecture each"); break;
      case SearchEnd::stopped:
        log_info(fmt::format("{}; stopped early by {}: the same command with --resume goes on", done,
                             to_text(stopped_by_.value())));
    }
  }

  /// nullopt for a search that goes on.
  [[nodiscard]] std::string result_json(std::optional<SearchEnd> end) const {
    const auto ended_by = [&]() -> Json {
      if (!end) {
        return nullptr;
      }
      switch (*end) {
        case SearchEnd::finished: return "evaluations";
        case SearchEnd::exhausted: return "exhausted";
        case SearchEnd::stopped: break;
      }
      return to_text(stopped_by_.value());
    };
    Json json;
    json["objective"] = objective_->definition().formula;
    json["transform"] = to_text(objective_->definition().transform);
    json["problem"] = objective_->problem_name();
    json["algorithm"] = to_text(options_.search.algorithm);
    json["seed"] = options_.search.seed;
    json["evaluations_wanted"] = options_.search.evaluations;
    json["evaluations"] = record_->size();
    json["stopped_by"] = ended_by();
    json["program_version"] = version();
    json["best"] = Json::parse(record_->best_json(options_.best));
    json["wall_seconds"] = elapsed_seconds();
    return json.dump(2) + "\n";
  }

  const SearchOptions& options_;
  const TimeLimit& limit_;
  Communicator& world_;
  Clock::time_point start_ = Clock::now();
  /// Of options_.caches, what is there.
  std::vector<std::filesystem::path> sources_;
  std::optional<FeatureSource> source_;
  std::optional<FormulaObjective> objective_;
  std::optional<SearchFeatures> features_;
  std::optional<StoppedBy> stopped_by_;
  /// What was computed when the search itself began.
  std::size_t computed_before_ = 0;

  // Rank 0's.
  SearchFolder folder_;
  std::optional<KnownAccuracies> accuracies_;
  std::optional<SearchRecord> record_;
  std::optional<ProgressOutput> output_;
  /// The part of the work whose rate is shown: what an earlier program had computed is not of it.
  struct {
    std::size_t done_before = 0;
    double seconds_before = 0.0;
  } part_;
  double last_write_seconds_ = 0.0;
};

}  // namespace

ExitCode run_search(const SearchOptions& options, int argc, char** argv) {
  const TimeLimit limit(options.max_hours);
  return on_all_ranks("search", argc, argv,
                      [&](Communicator& world) { return SearchRun(options, limit, world).run(); });
}

}  // namespace zcmpi
