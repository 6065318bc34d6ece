/// \file
/// A small archipelago for tests: real evaluator, random features, a few formulas an island.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/core/timing.hpp"
#include "zcmpi/eval/evaluator.hpp"
#include "zcmpi/island/archipelago.hpp"

namespace zcmpi::test {

inline constexpr std::size_t terminals = 3;

inline std::vector<EvaluationProblem> random_problems(std::size_t problems, std::size_t rows) {
  std::vector<EvaluationProblem> made;
  for (std::uint32_t p = 0; p < problems; ++p) {
    RandomStream random({1, 0, 0, Purpose::test, p});
    EvaluationProblem problem;
    problem.name = "random/" + std::to_string(p);
    for (std::size_t k = 0; k < terminals * rows; ++k) {
      problem.features.push_back(static_cast<float>(random.normal()));
    }
    for (std::size_t row = 0; row < rows; ++row) {
      problem.accuracies.push_back(problem.features[row] + 0.5 * random.normal());
    }
    made.push_back(std::move(problem));
  }
  return made;
}

inline GpParameters small_parameters(std::size_t population = 16) {
  GpParameters gp;
  gp.population = population;
  gp.max_size = 12;
  gp.max_depth = 6;
  gp.primitives = PrimitiveSet::parse("full");
  gp.init_max_depth = 3;
  gp.init_max_size = 8;
  gp.elites = 2;
  gp.tuning_interval = 4;
  gp.tuning_formulas = 2;
  gp.tuning_candidates = 4;
  gp.tuning_rounds = 1;
  return gp;
}

inline MigrationParameters small_migration(TopologyKind topology = TopologyKind::ring,
                                           std::uint32_t epoch_generations = 3) {
  MigrationParameters migration;
  migration.topology = topology;
  migration.epoch_generations = epoch_generations;
  migration.migrants = 2;
  return migration;
}

/// Everything that an archipelago needs and that is the same on every rank.
struct SmallRun {
  std::uint32_t islands = 8;
  std::uint64_t seed = 7;
  GpParameters gp = small_parameters();
  MigrationParameters migration = small_migration();
  PopulationEvaluator evaluator = make_evaluator(gp);

  static PopulationEvaluator make_evaluator(const GpParameters& gp) {
    EvaluatorOptions options;
    options.max_nodes = gp.max_size;
    return {random_problems(2, 12), terminals, options};
  }

  std::unique_ptr<Archipelago> make(Communicator& communicator, PhaseClock* clock = nullptr) {
    return std::make_unique<Archipelago>(communicator, islands, seed, gp, migration, evaluator, clock);
  }
};

/// Does nothing but remember what it was told.
class Recorder : public RunObserver {
 public:
  Wish after_generation(const Archipelago& archipelago) override {
    generations.push_back(archipelago.generation());
    return archipelago.generation() == wish_at ? wish : Wish::nothing;
  }
  void on_reports(std::span<const RankReport> all) override { reports.emplace_back(all.begin(), all.end()); }
  void on_migration(std::span<const MigrationRecord> records) override {
    migrations.insert(migrations.end(), records.begin(), records.end());
  }
  void on_checkpoint(const Archipelago& archipelago) override {
    checkpoints.push_back(archipelago.generation());
    snapshots = archipelago.snapshots();
  }

  Wish wish = Wish::nothing;
  std::uint32_t wish_at = 0;
  std::vector<std::uint32_t> generations;
  std::vector<std::vector<RankReport>> reports;
  std::vector<MigrationRecord> migrations;
  std::vector<std::uint32_t> checkpoints;
  std::vector<IslandSnapshot> snapshots;
};

inline void add_population(Digester& digester, const Population& population) {
  digester.add(static_cast<std::uint64_t>(population.size()));
  for (std::size_t i = 0; i < population.size(); ++i) {
    digester.add(population.formula(i));
    digester.add(population.scores(i));
    digester.add(population.fitness(i));
  }
}

/// Of every bit of an island's state and inbox.
inline std::uint64_t digest_of(const IslandSnapshot& snapshot) {
  Digester digester;
  digester.add(snapshot.state.generation);
  add_population(digester, snapshot.state.population);
  add_population(digester, snapshot.state.hall_of_fame);
  const IslandCounters& counters = snapshot.state.counters;
  for (const std::uint64_t counter : {counters.evaluations, counters.duplicates, counters.emigrants_sent,
                                      counters.immigrants_received, counters.immigrants_accepted}) {
    digester.add(counter);
  }
  digester.add(static_cast<std::uint64_t>(snapshot.inbox.size()));
  for (const Population& immigrants : snapshot.inbox) {
    add_population(digester, immigrants);
  }
  return digester.digest();
}

inline std::vector<std::uint64_t> digests_of(const std::vector<IslandSnapshot>& snapshots) {
  std::vector<std::uint64_t> digests;
  for (const IslandSnapshot& snapshot : snapshots) {
    digests.push_back(digest_of(snapshot));
  }
  return digests;
}

/// Those of the islands that a rank of `communicator` has.
inline std::vector<std::uint64_t> share_of(const std::vector<std::uint64_t>& digests,
                                           const Communicator& communicator) {
  const auto range =
      islands_of_rank(static_cast<std::uint32_t>(digests.size()), communicator.size(), communicator.rank());
  const auto begin = digests.begin() + range.first;
  return {begin, begin + range.count};
}

/// The islands after a run of `generations` without MPI.
inline std::vector<std::uint64_t> serial_digests(SmallRun& run, std::uint32_t generations) {
  Communicator serial;
  Recorder recorder;
  const auto archipelago = run.make(serial);
  archipelago->initialise();
  archipelago->run({generations, 0}, recorder);
  return digests_of(archipelago->snapshots());
}

}  // namespace zcmpi::test
