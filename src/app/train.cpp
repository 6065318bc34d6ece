#include "train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "architecture_list.hpp"
#include "architecture_work.hpp"
#include "computed_output.hpp"
#include "gathered_table.hpp"
#include "on_all_ranks.hpp"
#include "progress_output.hpp"
#include "rank_agreement.hpp"
#include "rank_device.hpp"
#include "time_limit.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/core/version.hpp"
#include "zcmpi/data/feature_cache.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double log_period_seconds = 10.0;
constexpr std::string_view train_source = "zcmpi train";

struct PreparedImages {
  ImageSet training;
  ImageSet validation;
};

PreparedImages prepare_images(const TrainOptions& options) {
  PreparedImages images;
  images.training = prepare(read_images(options.images.images), options.images);
  if (options.training_images != 0) {
    images.training = sampled(images.training, options.training_images);
  }
  images.validation = prepare(options.validation_images.empty() ? read_test_images(options.images.images)
                                                                : read_images(options.validation_images),
                              options.images);
  images.validation.normalisation = images.training.normalisation;
  return images;
}

/// All that accuracies and learning curves depend on besides architecture and seed.
CacheSettings cache_settings(const TrainOptions& options, const PreparedImages& images,
                             const NetworkSettings& network) {
  const TrainingSettings& training = options.training;
  const auto number = [](auto value) { return fmt::format("{}", value); };
  return {{"command", "train"},
          {"program_version", std::string(version())},
          {"space", options.space},
          {"task", options.images.task},
          {"images", digest_to_text(images.training.digest())},
          {"training_images", number(images.training.size())},
          {"validation_images", digest_to_text(images.validation.digest())},
          {"validation_image_count", number(images.validation.size())},
          {"resolution", fmt::format("{}x{}", images.training.shape.height, images.training.shape.width)},
          {"channels", number(network.channels)},
          {"cells", number(network.cells)},
          {"epochs", number(training.epochs)},
          {"batch", number(training.batch)},
          {"learning_rate", number(training.learning_rate)},
          {"momentum", number(training.momentum)},
          {"momentum_kind", training.momentum_kind == Momentum::nesterov ? "nesterov" : "heavy_ball"},
          {"weight_decay", number(training.weight_decay)},
          {"augmentation", std::string(to_text(training.augmentation))},
          {"validation_interval", number(training.validation_interval)},
          {"device", training.cuda_device ? "cuda" : "cpu"}};
}

/// Columns of what is kept.
std::string accuracy_column(std::uint64_t seed) { return fmt::format("seed_{}.validation_accuracy", seed); }

std::string curve_column(std::uint64_t seed, std::size_t epoch, std::string_view what) {
  return fmt::format("seed_{}.epoch_{}.{}", seed, epoch + 1, what);
}

/// One training that is asked for.
struct Item {
  std::size_t architecture = 0;
  std::uint64_t seed = 0;
};

/// One run of the command on one rank.
class Train {
 public:
  Train(const TrainOptions& options, const TimeLimit& limit, const Communicator& world)
      : options_(options), limit_(limit), world_(world) {
    options_.training.cuda_device = device_number(choose_network_device(world_));
    world_.agree([&] { load_inputs(); });
    require_same_inputs();
    world_.agree([&] {
      if (world_.rank() == 0) {
        output_ = claim_output(options_.out, options_.resume, train_source, options_.space, settings_);
      }
    });
    // All ranks have read what is there before the first of them writes.
    world_.agree([&] { cache_.emplace(cache_folder_of(options_.out), settings_, world_.rank()); });
  }

  ExitCode run() {
    find_items();
    announce();
    ProgressOutput output(log_period_seconds);
    const auto start = std::chrono::steady_clock::now();
    const auto show = [&](const WorkDone& done) {
      const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      output.show(WorkProgress{.things = "trainings",
                               .done = asked_for() - items_.size() + done.items,
                               .total = asked_for(),
                               .done_before = asked_for() - items_.size(),
                               .not_reported = done.not_reported,
                               .elapsed_seconds = elapsed,
                               .seconds_to_limit = limit_.seconds_left()});
    };
    ArchitectureWork work(
        world_, items_.size(),
        {.seconds_limit = limit_.seconds_left(), .on_progress = show, .before_waiting = [this] { cache_->write(); }});
    WorkOutcome outcome;
    try {
      outcome = work.run([&](std::size_t item) { train(items_[item], work); });
    } catch (...) {
      cache_->write_after_failure();
      throw;
    }
    world_.agree([this] { cache_->write(); });
    output.finish();
    if (outcome.end == WorkEnd::stopped) {
      if (world_.rank() == 0) {
        log_info(fmt::format("stopped early by {} with {} of {} trainings done; the same command with --resume goes on",
                             outcome.signal != 0 ? "signal" : "max_hours", asked_for() - items_.size() + outcome.done,
                             asked_for()));
      }
      return ExitCode::stopped_early;
    }
    auto known = world_.rank() == 0 ? cache_->known() : ComputedTable();
    known.merge(gather_table(world_, trained_here_));
    world_.agree([&] {
      if (world_.rank() == 0) {
        write_result(known);
      }
    });
    return ExitCode::done;
  }

 private:
  void load_inputs() {
    const ScopedLogLevel quiet(world_.rank() == 0 ? LogLevel::debug : LogLevel::error);
    check_table_name(options_.out);
    check_max_hours(options_.max_hours);
    if (options_.seeds == 0) {
      throw InputError("--seeds 0: expected at least one training of each architecture");
    }
    architectures_ = list_architectures(space_, options_.architectures, options_.folders);
    images_ = prepare_images(options_);
    network_settings_ = complete(space_, {.channels = options_.channels,
                                          .cells = options_.cells,
                                          .classes = images_.training.classes,
                                          .image = images_.training.shape});
    // What cannot be built or trained is refused before anything is trained.
    check_training(build_network(space_, space_.parse(architectures_.front()), network_settings_),
                   {images_.training, images_.validation}, options_.training);
    settings_ = cache_settings(options_, images_, network_settings_);
    task_ = options_.name.empty() ? options_.images.task : options_.name;
    check_problem_name(options_.space, task_);
  }

  void require_same_inputs() const {
    SharedFacts facts = settings_;
    facts["architectures"] = digest_of_architectures(architectures_);
    facts["seeds"] = fmt::format("{} from {}", options_.seeds, options_.training.seed);
    facts["out"] = options_.out.string();
    require_agreement(world_, facts);
  }

  /// Collective.
  void find_items() {
    std::vector<std::size_t> numbers;
    for (std::size_t number = 0; world_.rank() == 0 && number < asked_for(); ++number) {
      const Item item = item_of(number);
      // A training that did not fit the memory is tried again, here or on another machine.
      if (!cache_->has_final(architectures_[item.architecture], accuracy_column(item.seed))) {
        numbers.push_back(number);
      }
    }
    for (const std::size_t number : broadcast_numbers(world_, numbers)) {
      items_.push_back(item_of(number));
    }
  }

  [[nodiscard]] Item item_of(std::size_t number) const {
    return {number / options_.seeds, options_.training.seed + number % options_.seeds};
  }

  [[nodiscard]] std::size_t asked_for() const { return architectures_.size() * options_.seeds; }

  void announce() const {
    if (world_.rank() == 0) {
      log_info(fmt::format("{} of {}, {} each on {} images of {} x {}, measured on {}; {} of {} trainings to do",
                           count_of(architectures_.size(), "architecture"), options_.space,
                           count_of(options_.seeds, "training"), images_.training.size(), images_.training.shape.height,
                           images_.training.shape.width, images_.validation.size(), items_.size(), asked_for()));
    }
  }

  void train(const Item& item, ArchitectureWork& work) {
    const std::string& architecture = architectures_[item.architecture];
    const Network network = build_network(space_, space_.parse(architecture), network_settings_);
    TrainingSettings settings = options_.training;
    settings.seed = item.seed;
    const TrainingResult result = train_network(network, {images_.training, images_.validation}, settings, [&] {
      work.answer();
      return false;
    });
    const auto set = [&](const std::string& column, const ComputedValue& value) {
      cache_->set(architecture, column, value);
      trained_here_.set(architecture, column, value);
    };
    const auto keep = [&](const std::string& column, double value) {
      if (!std::isnan(value)) {
        set(column, {.value = value});
      }
    };
    for (std::size_t epoch = 0; epoch < result.epochs.size(); ++epoch) {
      const TrainingEpoch& point = result.epochs[epoch];
      keep(curve_column(item.seed, epoch, "loss"), point.loss);
      keep(curve_column(item.seed, epoch, "training_accuracy"), point.training_accuracy);
      keep(curve_column(item.seed, epoch, "validation_accuracy"), point.validation_accuracy);
    }
    set(accuracy_column(item.seed),
        {.value = result.validation_accuracy(), .seconds = result.seconds(), .reason = result.reason});
    cache_->write_if_due();
  }

  void write_result(const ComputedTable& table);
  /// What is known of how the trainings went.
  [[nodiscard]] LearningCurves curves(const ComputedTable& table, std::span<const std::string> architectures) const;

  TrainOptions options_;
  const TimeLimit& limit_;
  const Communicator& world_;
  const SearchSpace& space_ = find_space(options_.space);
  std::string task_;
  std::vector<std::string> architectures_;
  PreparedImages images_;
  NetworkSettings network_settings_;
  CacheSettings settings_;
  /// Rank 0's.
  ClaimedOutput output_;
  std::optional<FeatureCache> cache_;
  ComputedTable trained_here_;
  /// What is not trained yet.
  std::vector<Item> items_;
};

LearningCurves Train::curves(const ComputedTable& table, std::span<const std::string> architectures) const {
  LearningCurves curves;
  curves.epochs = options_.training.epochs;
  const auto append = [&](std::vector<double>& values, const std::string& column) {
    for (const std::string& architecture : architectures) {
      const auto value = table.find(architecture, column);
      values.push_back(value ? value->value : nan);
    }
  };
  for (std::uint64_t seed = options_.training.seed; seed < options_.training.seed + options_.seeds; ++seed) {
    curves.seeds.push_back(seed);
    append(curves.accuracy, accuracy_column(seed));
    for (std::size_t epoch = 0; epoch < curves.epochs; ++epoch) {
      append(curves.loss, curve_column(seed, epoch, "loss"));
      append(curves.training_accuracy, curve_column(seed, epoch, "training_accuracy"));
      append(curves.validation_accuracy, curve_column(seed, epoch, "validation_accuracy"));
    }
  }
  return curves;
}

void Train::write_result(const ComputedTable& table) {
  Problem problem;
  problem.space = options_.space;
  problem.task = task_;
  problem.provenance = settings_;
  problem.provenance["source"] = train_source;
  problem.provenance["seeds"] = fmt::format("{} from {}", options_.seeds, options_.training.seed);
  problem.provenance["architectures"] = options_.architectures;
  std::vector<std::vector<double>> of_seed(options_.seeds);
  std::size_t left_out = 0;
  std::string reason;
  for (const std::string& architecture : architectures_) {
    std::vector<double> accuracies;
    for (std::uint32_t s = 0; s < options_.seeds; ++s) {
      const auto value = table.find(architecture, accuracy_column(options_.training.seed + s));
      if (value && std::isfinite(value->value)) {
        accuracies.push_back(value->value);
      } else {
        reason = value ? value->reason : "it was not trained";
      }
    }
    if (accuracies.size() < options_.seeds) {
      ++left_out;
      continue;
    }
    problem.architectures.push_back(architecture);
    double sum = 0.0;
    for (std::size_t s = 0; s < accuracies.size(); ++s) {
      of_seed[s].push_back(accuracies[s]);
      sum += accuracies[s];
    }
    problem.val_accuracy.push_back(sum / static_cast<double>(accuracies.size()));
  }
  if (problem.architectures.empty()) {
    throw InputError(fmt::format(
        "there is nothing to make a table of: each architecture had a training that failed, such as: {}; try a smaller "
        "--learning-rate and another --out",
        reason));
  }
  problem.curves = curves(table, problem.architectures);
  if (left_out > 0) {
    log_warning(fmt::format("left out: {}, because a training of each failed, such as: {}",
                            count_of(left_out, "architecture"), reason));
  }
  output_.before.warn_of_what_is_left_out_of(problem);
  write_table(options_.out, std::span(&problem, 1));
  log_info(fmt::format("{}:{}: {}, accuracies from {:.2f} to {:.2f} %", options_.out.string(), problem.name(),
                       count_of(problem.size(), "architecture"), *std::ranges::min_element(problem.val_accuracy),
                       *std::ranges::max_element(problem.val_accuracy)));
  for (std::uint32_t s = 1; s < options_.seeds; ++s) {
    log_info(fmt::format("tau between the single seeds {} and {}: {:.3f}", options_.training.seed,
                         options_.training.seed + s, kendall_tau_b(of_seed[0], of_seed[s])));
  }
}

}  // namespace

ExitCode run_train(const TrainOptions& options, int argc, char** argv) {
  const TimeLimit limit(options.max_hours);
  return on_all_ranks("train", argc, argv, [&](Communicator& world) { return Train(options, limit, world).run(); });
}

}  // namespace zcmpi
