#include "search.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "architecture_list.hpp"
#include "commands.hpp"
#include "computed_output.hpp"
#include "environment.hpp"
#include "feature_source.hpp"
#include "formula_objective.hpp"
#include "progress_output.hpp"
#include "proxy_device.hpp"
#include "rank_agreement.hpp"
#include "rank_failure.hpp"
#include "run_lock.hpp"
#include "run_plan.hpp"
#include "search_record.hpp"
#include "zcmpi/app/progress.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/signals.hpp"
#include "zcmpi/core/version.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr double log_period_seconds = 10.0;
constexpr double none = ProblemResult::none;
/// Architectures whose features standardise those of all.
constexpr std::uint64_t standardising = 100;

/// What a search leaves when it ends: in search.json, and in the log.
std::string_view to_text(SearchEnd end, const std::optional<StoppedBy>& stopped_by) {
  if (end == SearchEnd::stopped) {
    return to_text(stopped_by.value());
  }
  return end == SearchEnd::finished ? "evaluations" : "space exhausted";
}

class SearchRun {
 public:
  SearchRun(const SearchOptions& options, Communicator& world) : options_(options), world_(world) {
    const auto device = choose_proxy_device(world_);
    world_.agree([&] { load_accuracies_to_compare(); });
    task_ = world_.broadcast(task_);
    world_.agree([&] { load_inputs(device); });
    auto facts = settings();
    facts["evaluations"] = fmt::format("{}", options_.search.evaluations);
    facts["git revision"] = git_revision();
    require_agreement(world_, facts);
    choose_folder();
    world_.agree([&] { claim_folder(); });
    world_.agree([&] { cache_.emplace(folder_.features(), source_->cache_settings(), world_.rank()); });
    // All ranks have read what is there before the first of them writes.
    world_.barrier();
  }

  ExitCode run() {
    world_.agree([&] { announce(); });
    // Rank 0's.
    std::optional<ProgressOutput> output;
    if (is_first_rank()) {
      output.emplace(log_period_seconds);
    }
    SearchResult result;
    if (objective_->needs_standards() && !standardise()) {
      result.end = SearchEnd::stopped;
    } else {
      result = search(source_->space(), options_.search,
                      [&](std::span<const Architecture> architectures) { return evaluate(architectures, output); });
    }
    output.reset();
    world_.agree([&] { cache_->write(); });
    world_.agree([&] {
      if (is_first_rank()) {
        conclude(result.end);
      }
    });
    return result.end == SearchEnd::stopped ? ExitCode::stopped_early : ExitCode::done;
  }

 private:
  [[nodiscard]] bool is_first_rank() const { return world_.rank() == 0; }
  [[nodiscard]] const SearchSpace& space() const { return source_->space(); }
  [[nodiscard]] double elapsed_seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  /// Rank 0's: the others have no use for them.
  void load_accuracies_to_compare() {
    task_ = options_.task;
    if (!is_first_rank() || options_.accuracies.empty()) {
      return;
    }
    const auto problem = load_accuracies(options_.accuracies, options_.features.space, options_.task,
                                         folders_to_search(options_.data_folders));
    accuracies_.emplace(problem, find_space(options_.features.space), options_.accuracies);
    if (task_.empty() && fs::path(options_.accuracies).extension() != ".csv") {
      task_ = problem.task;
    }
  }

  void load_inputs(std::optional<int> cuda_device) {
    check_max_hours(options_.max_hours);
    const ScopedLogLevel quiet(is_first_rank() ? LogLevel::debug : LogLevel::error);
    auto definition = definition_from_argument(options_.objective, options_.transform, "");
    source_.emplace(options_.features, cuda_device);
    task_ = task_.empty() ? source_->task() : task_;
    check_problem_name(options_.features.space, task_);
    objective_.emplace(std::move(definition), space(), task_);
    // Whether networks can be made of all this shows in the first one.
    static_cast<void>(source_->network(space().example()));
    record_.emplace(space(), objective_->terminals(), accuracies_ ? &*accuracies_ : nullptr);
  }

  /// All that the search depends on but its length.
  [[nodiscard]] SharedFacts settings() const {
    const auto& definition = objective_->definition();
    const auto& search = options_.search;
    Digester standards;
    for (const auto& [problem, values] : definition.standards) {
      standards.add(std::string_view(problem));
      standards.add(std::as_bytes(std::span(values)));
    }
    SharedFacts facts = source_->cache_settings();
    facts["task"] = task_;
    facts["objective"] = definition.formula;
    facts["transform"] = to_text(definition.transform);
    facts["standards_digest"] = digest_to_text(standards.digest());
    facts["algorithm"] = to_text(search.algorithm);
    facts["at_a_time"] = fmt::format("{}", search.batch);
    if (search.algorithm == SearchAlgorithm::evolution) {
      facts["population"] = fmt::format("{}", search.population);
      facts["tournament"] = fmt::format("{}", search.tournament);
    }
    return facts;
  }

  /// Rank 0 decides, since another rank may already see what it creates.
  void choose_folder() {
    const std::string name = fmt::format("search-{}", space().name());
    world_.agree([&] {
      if (!is_first_rank()) {
        return;
      }
      const auto& wanted = options_.run_folder;
      switch (options_.resume) {
        case ResumeMode::never: folder_ = folder_for_new_run(wanted, "runs", name); break;
        case ResumeMode::required: folder_ = folder_to_resume(wanted, "runs", name); break;
        case ResumeMode::automatic: folder_ = {wanted.value_or(fs::path("runs") / name)}; break;
      }
    });
    folder_.root = world_.broadcast(folder_.root.string());
  }

  /// Rank 0's.
  void claim_folder() {
    if (!is_first_rank()) {
      return;
    }
    const bool goes_on = options_.resume != ResumeMode::never && fs::exists(folder_.search_settings());
    if (goes_on) {
      lock_.acquire(folder_);
      require_same_settings();
    } else if (options_.resume == ResumeMode::required) {
      throw InputError(
          fmt::format("there is no search to go on with ({} does not exist): start without --resume, or "
                      "with --resume=auto, which starts one where there is none",
                      folder_.search_settings().string()));
    } else {
      require_unused(folder_);
      make_folder(folder_.root);
      lock_.acquire(folder_);
      // Another program may have begun one there meanwhile.
      require_unused(folder_);
      replace_file(folder_.search_settings(), Json(settings()).dump(2) + "\n");
    }
    lock_.describe_holder();
    std::error_code ignored;
    fs::remove(folder_.stop_request(), ignored);
    open_log_file(folder_.log());
  }

  void require_same_settings() const {
    SharedFacts there;
    const auto path = folder_.search_settings();
    try {
      there = Json::parse(read_file(path)).get<SharedFacts>();
    } catch (const nlohmann::json::exception&) {
      throw InputError(
          fmt::format("{}: this is not what a search writes: expected the settings of an earlier search; "
                      "name another folder with --run-dir",
                      path.string()));
    }
    if (const auto differences = describe_differences(there, settings()); !differences.empty()) {
      throw InputError(
          fmt::format("the folder holds another search ({}): {}; give the same options, or name another "
                      "folder with --run-dir",
                      folder_.root.string(), differences));
    }
  }

  void announce() const {
    if (!is_first_rank()) {
      return;
    }
    log_info(fmt::format("zcmpi {} on {} rank{}: search of {} by {}, {} evaluations", version(), world_.size(),
                         world_.size() == 1 ? "" : "s", space().name(), to_text(options_.search.algorithm),
                         options_.search.evaluations));
    log_info(fmt::format("search folder {}", folder_.root.string()));
    log_info(fmt::format("objective {}, computed: {}", objective_->definition().formula,
                         fmt::join(objective_->terminals(), ", ")));
    if (const auto& absent = objective_->absent_terminals(); !absent.empty()) {
      log_warning(fmt::format("the objective reads '{}', which cannot be computed for architectures of {}: 0",
                              fmt::join(absent, "', '"), space().name()));
    }
  }

  /// Collective. Whether all shall stop; rank 0 keeps why.
  bool shall_stop() {
    const bool at_limit = options_.max_hours > 0.0 && elapsed_seconds() >= options_.max_hours * 3600.0;
    const bool has_signal = ScopedStopSignals::requested_by() != 0;
    // The largest reason of all ranks.
    const double reason =
        world_.max(has_signal ? 3.0 : (is_first_rank() && takes_stop_request() ? 2.0 : (at_limit ? 1.0 : 0.0)));
    if (reason > 0.0) {
      stopped_by_ = reason > 2.5 ? StoppedBy::signal : (reason > 1.5 ? StoppedBy::stop_file : StoppedBy::max_hours);
    }
    return reason > 0.0;
  }

  bool takes_stop_request() {
    std::error_code ignored;
    is_stop_requested_ = fs::remove(folder_.stop_request(), ignored) || is_stop_requested_;
    return is_stop_requested_;
  }

  /// Collective. What is computed of architectures, on rank 0; nullopt when all shall stop.
  std::optional<Problem> compute(const std::vector<std::string>& architectures) {
    if (shall_stop()) {
      return std::nullopt;
    }
    FeatureWorkOptions work{.goes_on = true};
    if (options_.max_hours > 0.0) {
      work.seconds_limit = options_.max_hours * 3600.0 - elapsed_seconds();
    }
    work.stop_requested = [this] { return takes_stop_request(); };
    std::vector<std::string> unknown;
    std::ranges::copy_if(architectures, std::back_inserter(unknown),
                         [&](const std::string& architecture) { return !known_.contains(architecture); });
    const auto outcome = compute_features(world_, *source_, unknown, objective_->proxies(), *cache_, work);
    computed_ += outcome.work.done;
    if (outcome.work.end == WorkEnd::stopped) {
      // By what another rank may know.
      static_cast<void>(shall_stop());
      return std::nullopt;
    }
    take_values(unknown, outcome.computed_here);
    Problem problem;
    world_.agree([&] {
      if (is_first_rank()) {
        problem = objective_->make_problem(architectures, columns_of(architectures));
      }
    });
    return problem;
  }

  /// Collective. Rank 0 gets to know what its cache holds of these architectures, and what other ranks have computed.
  void take_values(const std::vector<std::string>& architectures, std::span<const std::size_t> computed_here) {
    // A place, and the values of the architecture there.
    const std::size_t stride = 1 + objective_->proxies().size();
    std::vector<double> own;
    for (const std::size_t place : computed_here) {
      own.push_back(static_cast<double>(place));
      std::ranges::copy(cached_values(architectures[place]), std::back_inserter(own));
    }
    const auto texts = world_.gather(bytes_of(own));
    for (const auto& architecture : architectures) {
      known_[architecture] = is_first_rank() ? cached_values(architecture) : std::vector<double>();
    }
    for (const auto& text : texts) {
      const auto rows = numbers_of<double>(text);
      for (std::size_t start = 0; start < rows.size(); start += stride) {
        const auto values = std::span(rows).subspan(start, stride).subspan(1);
        known_[architectures[static_cast<std::size_t>(rows[start])]].assign(values.begin(), values.end());
      }
    }
  }

  /// One a proxy; NaN where this rank's cache has none.
  [[nodiscard]] std::vector<double> cached_values(const std::string& architecture) const {
    std::vector<double> values;
    for (const Proxy proxy : objective_->proxies()) {
      const auto found = cache_->find(architecture, to_text(proxy));
      values.push_back(found ? found->value : none);
    }
    return values;
  }

  /// Rank 0's. What is known of the architectures, a column for each proxy.
  [[nodiscard]] std::vector<double> columns_of(const std::vector<std::string>& architectures) const {
    std::vector<double> columns;
    for (std::size_t p = 0; p < objective_->proxies().size(); ++p) {
      std::ranges::transform(architectures, std::back_inserter(columns),
                             [&](const std::string& architecture) { return known_.at(architecture)[p]; });
    }
    return columns;
  }

  /// Collective. False when all shall stop.
  bool standardise() {
    const auto count = std::min<std::uint64_t>(standardising, space().size());
    const auto architectures =
        list_architectures(space(), fmt::format("random:{}:{}", count, options_.features.seed), {});
    if (is_first_rank()) {
      log_info(fmt::format("terminals are standardised by {} architectures drawn from the space", count));
    }
    const auto problem = compute(architectures);
    if (!problem) {
      return false;
    }
    world_.agree([&] {
      if (is_first_rank()) {
        objective_->standardise_by(*problem);
      }
    });
    return true;
  }

  /// Collective.
  std::optional<std::vector<double>> evaluate(std::span<const Architecture> architectures,
                                              std::optional<ProgressOutput>& output) {
    std::vector<std::string> texts;
    std::ranges::transform(architectures, std::back_inserter(texts),
                           [&](const Architecture& architecture) { return space().print(architecture); });
    const auto problem = compute(texts);
    if (!problem) {
      return std::nullopt;
    }
    std::vector<double> values;
    world_.agree([&] {
      if (is_first_rank()) {
        values = objective_->values(*problem);
        remember(*problem, values);
      }
    });
    if (output) {
      show(*output);
    }
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
    // Graph features are computed at every time.
    const bool is_replay = computed_ == 0 && !objective_->proxies().empty();
    done_before_ = is_replay ? record_->size() : done_before_;
    has_news_ = !is_replay && record_->best() != best;
  }

  /// Rank 0's.
  void show(ProgressOutput& output) {
    if (std::exchange(has_news_, false)) {
      const auto best = record_->best().value();
      log_info(fmt::format("evaluation {}: {:.6g}, {}", best + 1, record_->value(best), record_->architecture(best)));
    }
    WorkProgress progress{.done = record_->size(), .total = options_.search.evaluations, .done_before = done_before_};
    progress.elapsed_seconds = elapsed_seconds();
    if (options_.max_hours > 0.0) {
      progress.seconds_to_limit = options_.max_hours * 3600.0 - progress.elapsed_seconds;
    }
    output.show(progress);
  }

  /// Rank 0's.
  void conclude(SearchEnd end) {
    std::vector<std::string> architectures;
    for (std::size_t i = 0; i < record_->size(); ++i) {
      architectures.push_back(record_->architecture(i));
    }
    for (const auto& line :
         describe_missing(architectures, objective_->proxies(), read_caches(cache_->folder(), cache_->settings()))) {
      log_info(line);
    }
    replace_file(folder_.search_history(), record_->history_csv());
    replace_file(folder_.best_architectures(), record_->best_list(options_.best));
    replace_file(folder_.search_result(), result_json(end));
    log_info("\n" + record_->report(options_.best));
    const auto done = fmt::format("{} architecture{} evaluated, {} of them computed now, in {}", record_->size(),
                                  record_->size() == 1 ? "" : "s", computed_, describe_duration(elapsed_seconds()));
    switch (end) {
      case SearchEnd::finished: log_info(done); break;
      case SearchEnd::exhausted: log_info(done + ": every network of the space"); break;
      case SearchEnd::stopped:
        log_info(fmt::format("{}; stopped early by {}: the same command with --resume goes on", done,
                             to_text(stopped_by_.value())));
    }
  }

  [[nodiscard]] std::string result_json(SearchEnd end) const {
    Json json;
    json["objective"] = objective_->definition().formula;
    json["transform"] = to_text(objective_->definition().transform);
    json["problem"] = fmt::format("{}/{}", space().name(), task_);
    json["algorithm"] = to_text(options_.search.algorithm);
    json["seed"] = options_.search.seed;
    json["evaluations"] = record_->size();
    json["stopped_by"] = to_text(end, stopped_by_);
    json["program_version"] = version();
    json["best"] = Json::parse(record_->best_json(options_.best));
    json["wall_seconds"] = elapsed_seconds();
    return json.dump(2) + "\n";
  }

  const SearchOptions& options_;
  Communicator& world_;
  Clock::time_point start_ = Clock::now();
  std::optional<FeatureSource> source_;
  std::optional<FormulaObjective> objective_;
  std::string task_;
  /// Rank 0's.
  std::optional<KnownAccuracies> accuracies_;
  RunFolder folder_;
  /// Rank 0's.
  RunLock lock_;
  std::optional<FeatureCache> cache_;
  /// What this program has seen of an architecture: a value for each proxy on rank 0, nothing on others.
  std::map<std::string, std::vector<double>> known_;
  bool is_stop_requested_ = false;
  std::optional<StoppedBy> stopped_by_;
  /// Architectures by all ranks, by this program.
  std::size_t computed_ = 0;
  /// Rank 0's.
  std::optional<SearchRecord> record_;
  /// Whether the best is new, and not from what was computed before.
  bool has_news_ = false;
  std::size_t done_before_ = 0;
};

}  // namespace

ExitCode run_search(const SearchOptions& options, int argc, char** argv) {
  const ScopedStopSignals signals;
  const ScopedMpi mpi(&argc, &argv);
  Communicator world(MPI_COMM_WORLD);
  init_log({.level = LogLevel::info, .rank = world.rank()});
  try {
    return SearchRun(options, world).run();
  } catch (const std::exception& error) {
    return end_with(error, world);
  }
}

}  // namespace zcmpi
