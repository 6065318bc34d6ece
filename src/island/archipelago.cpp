#include "zcmpi/island/archipelago.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "exchange.hpp"
#include "message.hpp"
#include "report.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

/// Keeps in `hall` the better member of each size.
void merge_hall_of_fame(Population& hall, const Population& other) {
  for (std::size_t place = 0; place < other.size(); ++place) {
    if (!other.formula(place).empty() && (hall.formula(place).empty() || is_better(other, place, hall, place))) {
      hall.assign(place, other, place);
    }
  }
}

}  // namespace

struct Archipelago::Implementation {
  using Clock = std::chrono::steady_clock;

  Implementation(const Communicator& ranks, std::uint32_t island_count, std::uint64_t seed, const GpParameters& gp,
                 const MigrationParameters& migration_parameters, PopulationEvaluator& evaluator,
                 PhaseClock* phase_clock)
      : communicator(ranks),
        migration(migration_parameters),
        shape{gp.max_size, evaluator.problem_count()},
        topology(migration_parameters.topology, island_count),
        range(islands_of_rank(island_count, ranks.size(), ranks.rank())),
        clock(phase_clock),
        exchange(ranks, topology, migration_parameters.migrants, shape),
        reports(ranks),
        emigrants(range.count, Population(migration_parameters.migrants, shape)) {
    ZCMPI_EXPECT(island_count > 0 && migration.epoch_generations > 0);
    islands.reserve(range.count);
    for (std::uint32_t i = 0; i < range.count; ++i) {
      const std::uint32_t number = range.first + i;
      islands.emplace_back(number, seed, gp, evaluator, clock);
      inboxes.emplace_back(topology.sources(number).size(), Population(migration.migrants, shape));
    }
  }

  [[nodiscard]] bool is_epoch_end() const { return generation % migration.epoch_generations == 0; }

  void initialise() {
    ZCMPI_EXPECT(!exchange.is_under_way());
    for (std::size_t i = 0; i < islands.size(); ++i) {
      islands[i].initialise();
      std::ranges::for_each(inboxes[i], &Population::clear);
    }
    generation = 0;
    is_announced = false;
    checkpointed_generation.reset();
  }

  void restore(std::vector<IslandSnapshot> snapshots) {
    ZCMPI_EXPECT(snapshots.size() == islands.size() && !exchange.is_under_way());
    std::uint64_t own_generation = 0;
    for (std::size_t i = 0; i < islands.size(); ++i) {
      const auto& received = snapshots[i].inbox;
      for (std::size_t k = 0; k < inboxes[i].size(); ++k) {
        Population& inbox = inboxes[i][k];
        inbox.clear();
        for (std::size_t member = 0; k < received.size() && member < received[k].size(); ++member) {
          inbox.add(received[k], member);
        }
      }
      own_generation = snapshots[i].state.generation;
      ZCMPI_EXPECT(own_generation == snapshots.front().state.generation);
      islands[i].restore(std::move(snapshots[i].state));
    }
    // Ranks without islands learn it too.
    generation = static_cast<std::uint32_t>(communicator.max(static_cast<double>(own_generation)));
    is_announced = true;
    checkpointed_generation = generation;
  }

  /// Immigrants under way are received into the inboxes, to be taken in at the end of the epoch.
  void settle() {
    if (!exchange.is_under_way()) {
      return;
    }
    ScopedPhase phase(clock, Phase::migration_wait);
    exchange.complete([this](const Edge& edge, const Population& immigrants) {
      const std::size_t local = edge.target - range.first;
      const auto sources = topology.sources(edge.target);
      const auto k = static_cast<std::size_t>(std::ranges::lower_bound(sources, edge.source) - sources.begin());
      Population& inbox = inboxes[local][k];
      inbox.clear();
      for (std::size_t i = 0; i < immigrants.size(); ++i) {
        inbox.add(immigrants, i);
      }
      islands[local].counters().immigrants_received += immigrants.size();
    });
  }

  void choose_emigrants() {
    for (std::size_t i = 0; i < islands.size(); ++i) {
      emigrants[i].clear();
      islands[i].choose_emigrants(migration.selection, migration.migrants, emigrants[i]);
    }
  }

  void take_in(std::vector<MigrationRecord>& records) {
    for (std::size_t i = 0; i < islands.size(); ++i) {
      const std::uint32_t number = islands[i].number();
      const auto sources = topology.sources(number);
      for (std::size_t k = 0; k < sources.size(); ++k) {
        Population& immigrants = inboxes[i][k];
        if (immigrants.size() == 0) {
          continue;
        }
        const std::size_t accepted = islands[i].take_in(immigrants, migration.replacement);
        records.push_back({generation, sources[k], number, static_cast<std::uint32_t>(immigrants.size()),
                           static_cast<std::uint32_t>(accepted)});
        immigrants.clear();
      }
    }
  }

  void send_emigrants() {
    exchange.post(generation, emigrants);
    for (std::size_t i = 0; i < islands.size(); ++i) {
      islands[i].counters().emigrants_sent += emigrants[i].size() * topology.targets(islands[i].number()).size();
    }
  }

  void migrate(RunObserver& observer) {
    ScopedPhase phase(clock, Phase::migration);
    // Chosen before the immigrants come in, so that nobody passes through an island without having lived there.
    choose_emigrants();
    settle();
    std::vector<MigrationRecord> records;
    take_in(records);
    send_emigrants();
    observer.on_migration(records);
  }

  void checkpoint(const Archipelago& self, RunObserver& observer) {
    settle();
    ScopedPhase phase(clock, Phase::checkpoint);
    observer.on_checkpoint(self);
    checkpointed_generation = generation;
    own_wish = own_wish == Wish::checkpoint ? Wish::nothing : own_wish;
  }

  void begin_reports() {
    const auto ranks = static_cast<std::size_t>(communicator.size());
    begin = Clock::now();
    reported_seconds.assign(ranks, 0.0);
    reported_generation = generation;
    next_report = generation;
    own_wish = Wish::nothing;
  }

  void post_report() {
    RankReport report = make_report(islands, generation, std::exchange(own_wish, Wish::nothing));
    report.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    reports.post(report);
  }

  /// Generations until the next reports; the same on every rank, since all know the same reports.
  std::uint32_t find_report_interval(std::span<const RankReport> all, double report_seconds) {
    double slowest = 0.0;
    for (std::size_t rank = 0; rank < all.size(); ++rank) {
      slowest = std::max(slowest, all[rank].seconds - std::exchange(reported_seconds[rank], all[rank].seconds));
    }
    const std::uint32_t generations =
        all.front().generation - std::exchange(reported_generation, all.front().generation);
    const double interval = generations * report_seconds / slowest;
    return interval >= 1.0 ? static_cast<std::uint32_t>(std::min<double>(interval, migration.epoch_generations)) : 1;
  }

  /// Hands over the reports under way, if any; the wish to carry out now.
  Wish collect_reports(RunObserver& observer, double report_seconds) {
    if (!reports.is_under_way()) {
      return Wish::nothing;
    }
    std::span<const RankReport> all;
    {
      ScopedPhase phase(clock, Phase::migration_wait);
      all = reports.complete();
    }
    next_report = generation + find_report_interval(all, report_seconds);
    observer.on_reports(all);
    const Wish wish = strongest_wish(all);
    // A checkpoint that was made since the wish fulfils it.
    const bool is_fulfilled = checkpointed_generation.has_value() && *checkpointed_generation >= all.front().generation;
    return wish == Wish::checkpoint && is_fulfilled ? Wish::nothing : wish;
  }

  /// Tells the observer of a generation that is done and exchanges reports where they are due; the wish that the last
  /// ones told of.
  Wish announce(const Archipelago& self, const RunLimits& limits, RunObserver& observer) {
    own_wish = std::max(own_wish, observer.after_generation(self));
    if (generation < next_report && generation < limits.generations) {
      return Wish::nothing;
    }
    next_report = generation + 1;
    const Wish agreed = collect_reports(observer, limits.report_seconds);
    post_report();
    return agreed;
  }

  RunEnd run(const Archipelago& self, const RunLimits& limits, RunObserver& observer) {
    Wish agreed = Wish::nothing;
    begin_reports();
    if (!std::exchange(is_announced, true)) {
      announce(self, limits, observer);
    }
    while (generation < limits.generations && agreed != Wish::stop) {
      for (Island& island : islands) {
        island.step();
      }
      ++generation;
      if (is_epoch_end()) {
        migrate(observer);
      }
      agreed = announce(self, limits, observer);
      const bool is_due = limits.checkpoint_generations > 0 && generation % limits.checkpoint_generations == 0;
      if (agreed == Wish::checkpoint || is_due) {
        checkpoint(self, observer);
      }
    }
    collect_reports(observer, limits.report_seconds);
    settle();
    if (checkpointed_generation != generation) {
      checkpoint(self, observer);
    }
    return generation < limits.generations ? RunEnd::stopped : RunEnd::generations_reached;
  }

  const Communicator& communicator;
  MigrationParameters migration;
  PopulationShape shape;
  Topology topology;
  IslandRange range;
  PhaseClock* clock;
  MigrationExchange exchange;
  ReportExchange reports;
  std::vector<Island> islands;
  /// Per local island and source: immigrants received and not yet taken in.
  std::vector<std::vector<Population>> inboxes;
  std::vector<Population> emigrants;
  std::uint32_t generation = 0;
  Clock::time_point begin;
  /// What each rank has reported last, and of which generation.
  std::vector<double> reported_seconds;
  std::uint32_t reported_generation = 0;
  std::uint32_t next_report = 0;
  /// This rank's strongest since its last report.
  Wish own_wish = Wish::nothing;
  /// Whether the observer has been told of `generation`.
  bool is_announced = false;
  std::optional<std::uint32_t> checkpointed_generation;
};

Archipelago::Archipelago(Communicator& communicator, std::uint32_t islands, std::uint64_t seed, const GpParameters& gp,
                         const MigrationParameters& migration, PopulationEvaluator& evaluator, PhaseClock* clock)
    : implementation_(std::make_unique<Implementation>(communicator, islands, seed, gp, migration, evaluator, clock)) {}

Archipelago::~Archipelago() = default;

void Archipelago::initialise() { implementation_->initialise(); }

void Archipelago::restore(std::vector<IslandSnapshot> snapshots) { implementation_->restore(std::move(snapshots)); }

RunEnd Archipelago::run(const RunLimits& limits, RunObserver& observer) {
  return implementation_->run(*this, limits, observer);
}

std::uint32_t Archipelago::generation() const { return implementation_->generation; }

IslandRange Archipelago::local_islands() const { return implementation_->range; }

const Island& Archipelago::island(std::uint32_t local_index) const { return implementation_->islands[local_index]; }

std::vector<IslandSnapshot> Archipelago::snapshots() const {
  ZCMPI_EXPECT(!implementation_->exchange.is_under_way());
  std::vector<IslandSnapshot> snapshots;
  for (std::size_t i = 0; i < implementation_->islands.size(); ++i) {
    snapshots.push_back({implementation_->islands[i].state(), implementation_->inboxes[i]});
  }
  return snapshots;
}

Population Archipelago::gather_hall_of_fame() const {
  const std::size_t places = implementation_->shape.max_nodes;
  Population merged(places, implementation_->shape);
  merged.resize(places);
  for (const Island& island : implementation_->islands) {
    merge_hall_of_fame(merged, island.state().hall_of_fame);
  }
  const auto packed = implementation_->communicator.gather(pack_population(merged));
  Population received(places, implementation_->shape);
  for (const std::string& bytes : packed) {
    received.clear();
    unpack_population(bytes, received);
    merge_hall_of_fame(merged, received);
  }
  return packed.empty() ? Population{} : merged;
}

IslandCounters Archipelago::total_counters() const {
  IslandCounters own;
  for (const Island& island : implementation_->islands) {
    const IslandCounters& counters = island.state().counters;
    own.evaluations += counters.evaluations;
    own.duplicates += counters.duplicates;
    own.emigrants_sent += counters.emigrants_sent;
    own.immigrants_received += counters.immigrants_received;
    own.immigrants_accepted += counters.immigrants_accepted;
  }
  const Communicator& ranks = implementation_->communicator;
  return {ranks.sum(own.evaluations), ranks.sum(own.duplicates), ranks.sum(own.emigrants_sent),
          ranks.sum(own.immigrants_received), ranks.sum(own.immigrants_accepted)};
}

}  // namespace zcmpi
