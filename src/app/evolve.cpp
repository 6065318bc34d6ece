#include "zcmpi/app/evolve.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <numeric>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "environment.hpp"
#include "live_problems.hpp"
#include "on_all_ranks.hpp"
#include "rank_agreement.hpp"
#include "rank_device.hpp"
#include "run_lock.hpp"
#include "run_observer.hpp"
#include "run_plan.hpp"
#include "time_limit.hpp"
#include "wall_time.hpp"
#include "zcmpi/app/outcome.hpp"
#include "zcmpi/app/training_data.hpp"
#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/core/version.hpp"
#include "zcmpi/eval/runtime.hpp"
#include "zcmpi/expr/simplify.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

/// Whether a run starts anew, with the configuration of its folder, where an earlier one ended before its first
/// checkpoint.
bool starts_anew_with_own_configuration(const EvolveOptions& options, const RunPlan& plan) {
  return options.resume == ResumeMode::automatic && !options.configuration && !plan.checkpoint &&
         path_exists(plan.folder.configuration());
}

/// The configuration of the options. Where they name none, a run that goes on, or that --resume=auto starts anew, has
/// that of its folder or, in a new folder, of the run that its checkpoint belongs to. Throws InputError when it is
/// gone: the defaults are another run's.
Configuration load(EvolveOptions options, const RunPlan& plan, bool starts_anew) {
  if (starts_anew) {
    options.configuration = plan.folder.configuration().string();
  }
  if (!options.configuration && plan.checkpoint) {
    const auto origin = run_of_checkpoint(*plan.checkpoint);
    for (const auto& file : {plan.folder.configuration(), origin.configuration()}) {
      if (!options.configuration && path_exists(file)) {
        options.configuration = file.string();
      }
    }
    if (!options.configuration) {
      throw InputError(
          fmt::format("the run's configuration is gone ({}): put it back, or name with --config what the run was made "
                      "with",
                      origin.configuration().string()));
    }
  }
  return configuration_of(options);
}

/// A run that has got further than it is to go would end as if it were done, under settings that are not true of it.
void require_not_beyond(const CheckpointHeader& saved, const Configuration& configuration, const fs::path& path) {
  if (saved.generation > configuration.run.generations) {
    throw InputError(
        fmt::format("run.generations = {} is below the generation that the checkpoint has reached ({}): give at least "
                    "--generations {}, or an older checkpoint with --resume=PATH",
                    configuration.run.generations, path.string(), saved.generation));
  }
}

/// Rank 0 decides, since another rank may already see what it creates. It locks a folder that a run was in before it
/// reads there.
RunPlan agree_on_plan(const EvolveOptions& options, const Communicator& world, RunLock& lock) {
  RunPlan plan;
  world.agree([&] {
    if (world.rank() == 0) {
      const auto folder = choose_folder(options);
      if (path_exists(folder.lock())) {
        lock.acquire(folder);
      }
      plan = plan_run(options, folder);
    }
  });
  plan.folder.root = world.broadcast(plan.folder.root.string());
  const auto checkpoint = world.broadcast(plan.checkpoint ? plan.checkpoint->string() : std::string());
  plan.checkpoint = checkpoint.empty() ? std::nullopt : std::optional<fs::path>(checkpoint);
  return plan;
}

CheckpointHeader make_header(const Configuration& configuration, const TrainingData& data, const SharedFacts& live) {
  CheckpointHeader header;
  header.seed = configuration.run.seed;
  header.islands = configuration.run.islands;
  header.shape = {configuration.gp.max_size, data.dataset.problems.size()};
  header.population = configuration.gp.population;
  header.migrants = configuration.migration.migrants;
  header.settings = result_settings(configuration);
  header.settings.insert(live.begin(), live.end());
  // What the numbers of terminals in the formulas mean: "all" depends on the tables.
  header.settings["terminals"] = fmt::format("{}", fmt::join(data.dataset.terminals, ","));
  header.data_digest = data.digest();
  header.data_parts = data.problem_digests();
  header.program_version = version();
  return header;
}

/// For a shell, quoted if it has to be.
std::string shell_word(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./=@:,";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) {
    return text;
  }
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

std::string describe(const TrainingData& data) {
  std::size_t train = 0;
  std::size_t test = 0;
  for (const auto& split : data.splits) {
    train += split.train.size();
    test += split.test.size();
  }
  return fmt::format("{}, {}, {} to train on, {} to test on", count_of(data.dataset.problems.size(), "problem"),
                     count_of(data.dataset.terminals.size(), "terminal"), count_of(train, "architecture"), test);
}

/// One run, or one part of a resumed run, on all ranks.
class EvolveRun {
 public:
  /// `start` is the program's, and so is `clock`.
  EvolveRun(const EvolveOptions& options, Communicator& world, TimeLimit::Clock::time_point start, PhaseClock& clock)
      : world_(world), start_(start), clock_(clock), plan_(agree_on_plan(options, world, lock_)) {
    world_.agree([&] { load_settings(options); });
    // Ranks need not have been started for the same run.
    const bool needs_networks = world_.max(needs_networks_ ? 1.0 : 0.0) > 0.0;
    const auto device = needs_networks ? choose_network_device(world_) : std::nullopt;
    has_networks_on_device_ = device.has_value();
    world_.agree([&] { load_inputs(device_number(device)); });
    auto facts = shared_facts(configuration_, data_);
    facts.insert(live_facts_.begin(), live_facts_.end());
    require_agreement(world_, facts);
    if (saved_) {
      world_.agree([&] { require_compatible(live_.empty() ? Known::all : Known::settings); });
      snapshots_ = read_checkpoint(world_, *plan_.checkpoint);
    }
    world_.agree([&] { claim_folder(options); });
  }

  ExitCode run() {
    if (!live_.empty() && !compute_live()) {
      return ExitCode::stopped_early;
    }
    world_.agree([&] { prepare_folder(); });
    return evolve();
  }

 private:
  /// What is known of a run when it is compared with a checkpoint.
  enum class Known {
    /// All but the features of live problems.
    settings,
    all
  };

  ExitCode evolve() {
    const auto choice = choose_rank_device(world_, device_count());
    const ScopedKokkos kokkos({.device = choice ? choice->device : 0, .threads = configuration_.run.threads});
    record_environment(choice);
    const auto problems = training_problems(data_);
    PopulationEvaluator evaluator(problems, data_.dataset.terminals.size(),
                                  {.statistic = configuration_.fitness.statistic,
                                   .value_ties = value_ties(configuration_.fitness),
                                   .max_nodes = configuration_.gp.max_size});
    Archipelago archipelago(world_, configuration_.run.islands, configuration_.run.seed, gp_, configuration_.migration,
                            evaluator, &clock_);
    if (saved_) {
      archipelago.restore(std::move(snapshots_));
    }
    // Before generation 0 of a new run, so that its evaluations count.
    const auto evaluations_before = archipelago.total_counters().evaluations;
    if (!saved_) {
      archipelago.initialise();
    }
    EvolveObserver observer(world_, plan_.folder, configuration_,
                            {.generation = saved_ ? saved_->generation : 0, .evaluations = evaluations_before}, limit(),
                            [this](const Archipelago& state) { save(state); });
    // As often as a terminal's line is worth redrawing, and a stop should be agreed on.
    constexpr double report_seconds = 0.25;
    const auto end = archipelago.run({.generations = configuration_.run.generations,
                                      .checkpoint_generations = configuration_.checkpoint.generations,
                                      .report_seconds = report_seconds},
                                     observer);
    observer.finish();
    conclude(archipelago, end, observer.stopped_by());
    return end == RunEnd::stopped ? ExitCode::stopped_early : ExitCode::done;
  }

  [[nodiscard]] bool is_first_rank() const { return world_.rank() == 0; }
  [[nodiscard]] TimeLimit limit() const { return TimeLimit(configuration_.run.max_hours, start_); }
  [[nodiscard]] LiveStart live_start() const { return saved_ ? LiveStart::checkpoint : LiveStart::anew; }

  void load_settings(const EvolveOptions& options) {
    require_device();
    starts_anew_ = starts_anew_with_own_configuration(options, plan_);
    configuration_ = load(options, plan_, starts_anew_);
    if (plan_.checkpoint) {
      saved_ = read_checkpoint_header(*plan_.checkpoint);
      require_not_beyond(*saved_, configuration_, *plan_.checkpoint);
    }
    if (configuration_.run.islands == 0) {
      configuration_.run.islands = saved_ ? saved_->islands : static_cast<std::uint32_t>(world_.size());
    }
    needs_networks_ = std::ranges::any_of(
        configuration_.live, [](const LiveProblem& live) { return !parse_features(live.proxies).proxies.empty(); });
  }

  void load_inputs(std::optional<int> cuda_device) {
    live_ = read_live_problems(configuration_, cuda_device, live_start());
    live_facts_ = facts_of(live_);
    std::vector<Problem> rehearsals;
    std::ranges::transform(live_, std::back_inserter(rehearsals), &LiveProblemSource::rehearsal);
    load_data(rehearsals, live_.empty() ? LogLevel::debug : LogLevel::error);
    gp_ = make_gp_parameters(configuration_, data_.problem_names());
  }

  /// Every rank reads the tables; what there is to say of them, from `level` on, is said once.
  void load_data(std::span<const Problem> live, LogLevel level) {
    const ScopedLogLevel quiet(is_first_rank() ? level : LogLevel::error);
    data_ = load_training_data(configuration_, live);
  }

  void require_compatible(Known known) const {
    auto wanted = make_header(configuration_, data_, live_facts_);
    if (known == Known::settings) {
      wanted.data_digest = saved_->data_digest;
      // Which terminals all problems have depends on the values.
      const bool terminals_are_known = configuration_.data.missing != MissingPolicy::intersection;
      if (const auto terminals = saved_->settings.find("terminals");
          !terminals_are_known && terminals != saved_->settings.end()) {
        wanted.settings[terminals->first] = terminals->second;
      }
      for (const auto& [problem, digest] : saved_->data_parts) {
        const bool is_live = std::ranges::find(live_, problem, &LiveProblemSource::name) != live_.end();
        if (is_live || !terminals_are_known) {
          wanted.data_parts[problem] = digest;
        }
      }
    }
    check_compatible(*saved_, wanted, *plan_.checkpoint, data_.files);
  }

  /// Collective. False when it was stopped before all was computed.
  bool compute_live() {
    LiveWorkOptions options{
        .start = live_start(), .limit = limit(), .log_period_seconds = configuration_.output.log_period_seconds};
    options.stop_requested = [&] {
      std::error_code ignored;
      return fs::exists(plan_.folder.stop_request(), ignored);
    };
    const auto problems = compute_live_problems(world_, live_, plan_.folder, options);
    if (!problems) {
      // Here a request is fulfilled; one that comes when all is computed is left for the observer.
      if (std::error_code ignored; is_first_rank()) {
        fs::remove(plan_.folder.stop_request(), ignored);
      }
      return false;
    }
    world_.agree([&] {
      load_data(*problems, LogLevel::debug);
      if (saved_) {
        require_compatible(Known::all);
      }
    });
    return true;
  }

  void claim_folder(const EvolveOptions& options) {
    if (!is_first_rank()) {
      return;
    }
    const auto& folder = plan_.folder;
    make_named_folder(folder.root, "name another with --run-dir");
    lock_.acquire(folder);
    require_no_search(folder);
    if (!saved_ && options.resume == ResumeMode::never) {
      // Another program may have begun one there since the folder was chosen.
      require_unused(folder);
    }
    if (saved_ && !live_.empty()) {
      take_features_along(live_, run_of_checkpoint(*plan_.checkpoint), folder);
    }
    // One that comes from now on, as while features are computed, is meant for this run.
    remove_requests(folder);
    if (!saved_) {
      carry_out(plan_changes(plan_, 0));
    }
    lock_.describe_holder();
  }

  void prepare_folder() {
    if (!is_first_rank()) {
      return;
    }
    const auto& folder = plan_.folder;
    if (saved_) {
      carry_out(plan_changes(plan_, saved_->generation));
    }
    replace_file(folder.splits(), splits_json(data_));
    // Behind the largest file: it tells that a run was started here, which a full disk may refuse.
    replace_file(folder.configuration(), to_toml(configuration_));
    open_log_file(folder.log());
    log_info(fmt::format("zcmpi {} on {}, {}: {}", version(), count_of(world_.size(), "rank"),
                         count_of(configuration_.run.islands, "island"), describe(data_)));
    log_info(saved_ ? fmt::format("run folder {}, resumed from {} (generation {})", folder.root.string(),
                                  plan_.checkpoint->filename().string(), saved_->generation)
                    : fmt::format("run folder {}", folder.root.string()));
    if (starts_anew_) {
      log_info("there is no checkpoint here yet: started anew with the folder's own config.toml");
    }
    if (configuration_.run.islands < static_cast<std::uint32_t>(world_.size())) {
      log_warning(fmt::format("ranks without an island: {} (run.islands = {}); give each at least one",
                              static_cast<std::uint32_t>(world_.size()) - configuration_.run.islands,
                              configuration_.run.islands));
    }
  }

  /// Collective.
  void record_environment(const std::optional<DeviceChoice>& choice) {
    const auto evaluator = backend_name();
    zcmpi::record_environment(world_, plan_.folder.environment(), evaluator, choice);
    const DeviceWork work{.what = "formulas", .by = evaluator};
    log_devices(world_, choice, work);
    // Where networks are on devices, they are what the devices were asked for.
    if (is_first_rank() && !choice && !has_networks_on_device_) {
      warn_of_unused_devices(work);
    }
  }

  /// Collective. Over all parts of the run.
  [[nodiscard]] std::array<double, phase_count> phase_seconds() {
    auto seconds = meet_and_read(world_, clock_);
    for (std::size_t phase = 0; saved_ && phase < phase_count; ++phase) {
      seconds[phase] += saved_->phase_seconds[phase];
    }
    return seconds;
  }

  void save(const Archipelago& archipelago) {
    auto header = make_header(configuration_, data_, live_facts_);
    header.generation = archipelago.generation();
    header.phase_seconds = phase_seconds();
    header.wall_seconds = std::accumulate(header.phase_seconds.begin(), header.phase_seconds.end(), 0.0);
    const auto folder = plan_.folder.checkpoints();
    const auto path = checkpoint_path(folder, header.generation);
    world_.agree([&] {
      if (is_first_rank()) {
        make_folder(folder);
      }
    });
    write_checkpoint(world_, path, header, archipelago.snapshots());
    if (is_first_rank()) {
      replace_file(plan_.folder.latest(), path.filename().string());
      prune_checkpoints(folder, configuration_.checkpoint.keep);
    }
  }

  [[nodiscard]] RunResult make_result(const Population& hall, const IslandCounters& counters, std::uint32_t generations,
                                      StoppedBy stopped_by) const {
    const auto place = choose_formula(hall, configuration_, data_);
    const auto formula = hall.formula(place);
    const auto simplified = simplify(formula);
    const auto& terminals = data_.dataset.terminals;
    RunResult result;
    result.formula = to_infix(formula, terminals);
    result.formula_simplified = to_infix(simplified, terminals);
    result.latex = to_latex(simplified, terminals);
    result.size = formula.size();
    result.fitness = hall.fitness(place);
    result.seed = configuration_.run.seed;
    result.islands = configuration_.run.islands;
    result.generations = generations;
    result.evaluations = counters.evaluations;
    result.duplicates = counters.duplicates;
    result.stopped_by = stopped_by;
    result.terminals = terminals;
    result.transform = configuration_.data.transform;
    result.missing = configuration_.data.missing;
    result.target = configuration_.data.target;
    result.formula_language = formula_language_version;
    result.program_version = version();
    result.problems = problem_results(formula, data_, configuration_.run.seed);
    result.best_single_terminal = best_single_terminal(data_);
    return result;
  }

  [[nodiscard]] std::string resume_command(RunEnd end, std::uint32_t reached) const {
    const auto command = fmt::format("zcmpi evolve --resume --run-dir {}", shell_word(plan_.folder.root.string()));
    const auto further = reached > 0 ? 2 * reached : RunSettings().generations;
    return end == RunEnd::stopped ? command : fmt::format("{} --generations {}", command, further);
  }

  void conclude(const Archipelago& archipelago, RunEnd end, StoppedBy stopped_by) {
    const auto hall = archipelago.gather_hall_of_fame();
    const auto counters = archipelago.total_counters();
    RunResult result;
    double rounding = 0.0;
    world_.agree([&] {
      if (is_first_rank()) {
        result = make_result(hall, counters, archipelago.generation(),
                             end == RunEnd::stopped ? stopped_by : StoppedBy::generations);
        write_hall_of_fame(plan_.folder.hall_of_fame(), hall_of_fame_entries(hall, configuration_, data_));
        rounding = fitness_of_rounding(hall, configuration_, data_);
      }
    });
    result.phase_seconds = phase_seconds();
    result.wall_seconds = std::accumulate(result.phase_seconds.begin(), result.phase_seconds.end(), 0.0);
    if (!is_first_rank()) {
      return;
    }
    write_result(plan_.folder.result(), result);
    const bool on_terminal = stderr_is_terminal();
    log_info("\n" +
             render_report(result, {.run_folder = plan_.folder.root,
                                    .resume_command = resume_command(end, result.generations),
                                    .eval_command = fmt::format("zcmpi eval {} PROBLEM...",
                                                                shell_word("@" + plan_.folder.result().string())),
                                    .width = on_terminal ? terminal_width() : 100}));
    if (constexpr double much = 0.005; rounding > much) {
      log_warning(
          fmt::format("the best fitness of evolution is {:.3f} above what the same formula has from float64 values: "
                      "values tie in float32. What is reported is of float64; evolve with {}another "
                      "seed, or without exp and tanh in gp.primitives",
                      rounding, configuration_.fitness.reward_ties ? "fitness.reward_ties = false, " : ""));
    }
    if (end == RunEnd::stopped) {
      log_info(fmt::format("stopped early by {} with a checkpoint at generation {}", to_text(stopped_by),
                           result.generations));
    }
  }

  Communicator& world_;
  TimeLimit::Clock::time_point start_;
  PhaseClock& clock_;
  /// Rank 0's.
  RunLock lock_;
  RunPlan plan_;
  bool starts_anew_ = false;
  Configuration configuration_;
  /// Those of live problems.
  bool has_networks_on_device_ = false;
  /// Live problems have proxies.
  bool needs_networks_ = false;
  std::vector<LiveProblemSource> live_;
  SharedFacts live_facts_;
  /// Until live problems are computed, with 0 for their features.
  TrainingData data_;
  GpParameters gp_;
  /// Of the checkpoint that the run goes on from; the islands until they are restored.
  std::optional<CheckpointHeader> saved_;
  std::vector<IslandSnapshot> snapshots_;
};

}  // namespace

ExitCode run_evolve(const EvolveOptions& options, int argc, char** argv) {
  // First of all: starting MPI is part of the wall time.
  const auto start = TimeLimit::Clock::now();
  PhaseClock clock;
  return on_all_ranks("evolve", argc, argv,
                      [&](Communicator& world) { return EvolveRun(options, world, start, clock).run(); });
}

}  // namespace zcmpi
