/// \file
/// The archipelago: all islands of a run, dealt out to the ranks, and the migration between them.
///
/// Words: an *epoch* is the generations between two migrations. At the end of epoch e each island copies out its
/// *emigrants* for every neighbour; they travel during epoch e+1 and are taken in as *immigrants* at its end, after
/// that epoch's own emigrants have been chosen. So communication hides behind a whole epoch, and what an island
/// receives depends on the topology alone, never on timing: the same islands evolve on any number of ranks.
///
/// One message goes from a rank to each neighbouring rank an epoch, with the emigrants of all its islands: a header
/// (epoch, number of parcels, bytes, digest) and a Boost archive, bounded in size, with its receive posted before its
/// send. Islands on the same rank exchange through memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "zcmpi/gp/island.hpp"
#include "zcmpi/island/communicator.hpp"
#include "zcmpi/island/topology.hpp"

namespace zcmpi {

struct MigrationParameters {
  TopologyKind topology = TopologyKind::ring;
  /// Generations between two migrations.
  std::uint32_t epoch_generations = 10;
  /// Emigrants an island sends to each neighbour.
  std::size_t migrants = 5;
  SelectionPolicy selection = SelectionPolicy::best;
  ReplacementPolicy replacement = ReplacementPolicy::worst_if_better;
};

/// An island as a checkpoint holds it: its state and the immigrants it has received and not yet taken in, one
/// population a source, in the order of Topology::sources (empty before the first migration).
struct IslandSnapshot {
  IslandState state;
  std::vector<Population> inbox;
};

/// One exchange along one edge, seen by the receiver when it takes the immigrants in.
struct MigrationRecord {
  std::uint32_t generation = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint32_t count = 0;
  std::uint32_t accepted = 0;
};

/// What a rank wants to happen soon; agreed on by all ranks (the strongest wish wins).
enum class Wish : std::int32_t { nothing = 0, checkpoint = 1, stop = 2 };

/// What one rank tells the others from time to time.
struct RankReport {
  std::int32_t wish = 0;
  std::uint32_t generation = 0;
  /// Wall time since the rank began to run.
  double seconds = 0.0;
  /// Of the rank's members; -infinity on a rank without islands.
  double best_fitness = 0.0;
  /// Median over the rank's members; NaN on a rank without islands.
  double median_fitness = 0.0;
  std::uint64_t evaluations = 0;
  std::uint64_t duplicates = 0;
};

class Archipelago;

/// What the epoch loop calls. All calls are made on every rank, at the same generations.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// After each generation (0 included), before anything is agreed. Returns this rank's wish. Not collective: must not
  /// communicate.
  virtual Wish after_generation(const Archipelago& archipelago) = 0;
  /// The ranks' reports of a generation, ordered by rank, when the next ones are due or the run ends; collective.
  virtual void on_reports(std::span<const RankReport> reports) = 0;
  /// After a migration took immigrants in on this rank's islands. Not collective.
  virtual void on_migration(std::span<const MigrationRecord> records) = 0;
  /// No message is under way; collective. `archipelago.snapshots()` is what to write.
  virtual void on_checkpoint(const Archipelago& archipelago) = 0;
};

struct RunLimits {
  /// Generations to reach (not: to add).
  std::uint32_t generations = 0;
  /// A checkpoint after every so many generations; 0: none by count.
  std::uint32_t checkpoint_generations = 0;
  /// Reports are exchanged about so often, at most once a generation and at least once an epoch. What ranks differ by
  /// from one generation to the next evens out in between; whoever wishes something waits twice as long.
  double report_seconds = 0.0;
};

enum class RunEnd { generations_reached, stopped };

class Archipelago {
 public:
  /// Collective. The evaluator and the clock must outlive the archipelago.
  Archipelago(Communicator& communicator, std::uint32_t islands, std::uint64_t seed, const GpParameters& gp,
              const MigrationParameters& migration, PopulationEvaluator& evaluator, PhaseClock* clock);
  ~Archipelago();
  Archipelago(const Archipelago&) = delete;
  Archipelago& operator=(const Archipelago&) = delete;

  /// Generation 0 of this rank's islands.
  void initialise();
  /// Collective. This rank's islands go on from snapshots, one per local island in order, all of the same generation.
  void restore(std::vector<IslandSnapshot> snapshots);

  /// Collective. Runs until the limit or until a rank wishes to stop. A wish goes with the next reports and is carried
  /// out when those after them are due, so that the generations in between hide the exchange: where each generation has
  /// reports, at the end of the next one. A checkpoint is made after the last generation in any case, unless one was
  /// just made. Afterwards no message is under way.
  RunEnd run(const RunLimits& limits, RunObserver& observer);

  [[nodiscard]] std::uint32_t generation() const;
  [[nodiscard]] IslandRange local_islands() const;
  [[nodiscard]] const Island& island(std::uint32_t local_index) const;
  /// Snapshots of this rank's islands. Requires that no message is under way (in on_checkpoint, or after run).
  [[nodiscard]] std::vector<IslandSnapshot> snapshots() const;

  /// Collective. The best formula of every size over all islands, on rank 0 (an empty population elsewhere).
  [[nodiscard]] Population gather_hall_of_fame() const;
  /// Collective. Counters summed over all islands, on every rank.
  [[nodiscard]] IslandCounters total_counters() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace zcmpi
