#include "run_observer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "zcmpi/core/file.hpp"
#include "zcmpi/core/signals.hpp"
#include "zcmpi/gp/median.hpp"

namespace zcmpi {
namespace {

/// How often rank 0 looks for request files: a look costs a round trip on a network file system.
constexpr double look_period_seconds = 0.5;
/// How often lines are gathered and written, for which the ranks wait for each other.
constexpr double flush_period_seconds = 2.0;
/// The largest share of the time that checkpoints by minutes may take.
constexpr double most_checkpoint_share = 0.02;

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::string metrics_line(const Island& island) {
  const auto& state = island.state();
  const auto& population = state.population;
  std::vector<double> fitness(population.size());
  std::size_t best = 0;
  double nodes = 0.0;
  for (std::size_t i = 0; i < population.size(); ++i) {
    fitness[i] = population.fitness(i);
    nodes += static_cast<double>(population.formula(i).size());
    best = is_better(population, i, population, best) ? i : best;
  }
  return fmt::format(
      "{{\"generation\": {}, \"island\": {}, \"best_fitness\": {}, \"median_fitness\": {}, \"best_size\": {}, "
      "\"mean_size\": {:.3f}, \"evaluations\": {}, \"duplicates\": {}}}\n",
      state.generation, island.number(), population.fitness(best), median(fitness), population.formula(best).size(),
      nodes / static_cast<double>(population.size()), state.counters.evaluations, state.counters.duplicates);
}

}  // namespace

EvolveObserver::EvolveObserver(const Communicator& communicator, const RunFolder& folder,
                               const Configuration& configuration, const Before& before, const TimeLimit& limit,
                               CheckpointWriter write_checkpoint)
    : communicator_(communicator),
      folder_(folder),
      configuration_(configuration),
      write_checkpoint_(std::move(write_checkpoint)),
      before_(before),
      limit_(limit),
      progress_(configuration.output.log_period_seconds) {}

Wish EvolveObserver::stop_for(StoppedBy cause) {
  stopped_by_ = stopped_by_ == StoppedBy::generations ? cause : stopped_by_;
  return Wish::stop;
}

Wish EvolveObserver::requested_by_file() {
  const auto now = Clock::now();
  if (last_look_ && seconds_between(*last_look_, now) < look_period_seconds) {
    return Wish::nothing;
  }
  last_look_ = now;
  std::error_code ignored;
  if (std::filesystem::remove(folder_.stop_request(), ignored)) {
    return stop_for(StoppedBy::stop_file);
  }
  return std::filesystem::remove(folder_.checkpoint_request(), ignored) ? Wish::checkpoint : Wish::nothing;
}

Wish EvolveObserver::after_generation(const Archipelago& archipelago) {
  if (configuration_.output.metrics) {
    for (std::uint32_t i = 0; i < archipelago.local_islands().count; ++i) {
      metrics_ += metrics_line(archipelago.island(i));
    }
  }
  if (ScopedStopSignals::requested_by() != 0) {
    return stop_for(StoppedBy::signal);
  }
  if (!is_first_rank()) {
    return Wish::nothing;
  }
  if (limit_.seconds_left().value_or(1.0) <= 0.0) {
    return stop_for(StoppedBy::max_hours);
  }
  const auto wish = requested_by_file();
  const double period = std::max(configuration_.checkpoint.minutes * 60.0, checkpoint_seconds_ / most_checkpoint_share);
  const bool is_due =
      configuration_.checkpoint.minutes > 0.0 && seconds_between(last_checkpoint_, Clock::now()) >= period;
  return wish == Wish::nothing && is_due ? Wish::checkpoint : wish;
}

void EvolveObserver::on_reports(std::span<const RankReport> reports) {
  const bool is_stopping =
      std::ranges::any_of(reports, [](const RankReport& r) { return r.wish == static_cast<std::int32_t>(Wish::stop); });
  if (is_stopping) {
    stop_for(StoppedBy::signal);
  }
  // The clock of another run begins anew.
  const double since_flush = reports.front().seconds - flushed_seconds_;
  if (configuration_.output.metrics && (since_flush >= flush_period_seconds || since_flush < 0.0)) {
    flushed_seconds_ = reports.front().seconds;
    flush_lines();
  }
  if (!is_first_rank()) {
    return;
  }
  std::uint64_t evaluations = 0;
  double best = -std::numeric_limits<double>::infinity();
  std::vector<double> medians;
  for (const auto& report : reports) {
    evaluations += report.evaluations;
    if (report.median_fitness == report.median_fitness) {
      best = std::max(best, report.best_fitness);
      medians.push_back(report.median_fitness);
    }
  }
  Progress progress{.generation = reports.front().generation,
                    .last_generation = configuration_.run.generations,
                    .first_generation = before_.generation,
                    .best_fitness = best,
                    .median_fitness = median(medians),
                    .evaluations = evaluations - before_.evaluations,
                    .elapsed_seconds = reports.front().seconds,
                    .seconds_to_limit = limit_.seconds_left()};
  progress_.show(progress);
}

void EvolveObserver::finish() { progress_.finish(); }

void EvolveObserver::on_migration(std::span<const MigrationRecord> records) {
  if (!configuration_.output.metrics) {
    return;
  }
  for (const auto& record : records) {
    migrations_ +=
        fmt::format("{{\"generation\": {}, \"from\": {}, \"to\": {}, \"immigrants\": {}, \"accepted\": {}}}\n",
                    record.generation, record.from, record.to, record.count, record.accepted);
  }
}

void EvolveObserver::flush_lines() {
  for (auto [lines, path] : {std::pair{&metrics_, folder_.metrics()}, std::pair{&migrations_, folder_.migrations()}}) {
    std::string all;
    for (const auto& part : communicator_.gather(*lines)) {
      all += part;
    }
    lines->clear();
    if (!all.empty()) {
      append_to_file(path, all);
    }
  }
}

void EvolveObserver::sync_lines() const {
  if (!is_first_rank()) {
    return;
  }
  for (const auto& path : {folder_.metrics(), folder_.migrations()}) {
    if (path_exists(path)) {
      sync_to_disk(path);
    }
  }
  sync_to_disk(folder_.root);
}

void EvolveObserver::on_checkpoint(const Archipelago& archipelago) {
  // Before the checkpoint: a crash in between leaves lines too many, which a resumed run drops, never too few.
  if (configuration_.output.metrics) {
    flush_lines();
    sync_lines();
  }
  const auto begin = Clock::now();
  write_checkpoint_(archipelago);
  last_checkpoint_ = Clock::now();
  checkpoint_seconds_ = seconds_between(begin, last_checkpoint_);
}

}  // namespace zcmpi
