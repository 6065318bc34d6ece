/// \file
/// One island: a population that evolves by itself, and its records.
///
/// An island is a function of (parameters, seed, its number, the evaluator's data, the immigrants taken in): everything
/// it needs later is in IslandState, which a checkpoint holds. It knows no other island and no MPI.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "zcmpi/core/timing.hpp"
#include "zcmpi/eval/evaluator.hpp"
#include "zcmpi/gp/parameters.hpp"
#include "zcmpi/gp/population.hpp"

namespace zcmpi {

/// What an island has done so far. Plain counters: part of the state, equal for every way of running.
struct IslandCounters {
  /// Formulas that were evaluated and ranked.
  std::uint64_t evaluations = 0;
  /// Offspring whose canonical form was known, so that nothing was evaluated.
  std::uint64_t duplicates = 0;
  std::uint64_t emigrants_sent = 0;
  std::uint64_t immigrants_received = 0;
  std::uint64_t immigrants_accepted = 0;

  friend bool operator==(const IslandCounters&, const IslandCounters&) = default;
};

/// All that an island is, at the end of a generation.
struct IslandState {
  /// Generations done; the initial population is generation 0.
  std::uint32_t generation = 0;
  Population population;
  /// Member s-1 is the best formula of s nodes ever seen on this island; an empty formula where there was none.
  Population hall_of_fame;
  IslandCounters counters;
};

class Island {
 public:
  /// `number` is the island's number in the archipelago, from 0. The evaluator must outlive the island. Call
  /// `initialise` or `restore` next.
  Island(std::uint32_t number, std::uint64_t seed, const GpParameters& parameters, PopulationEvaluator& evaluator,
         PhaseClock* clock);
  ~Island();
  Island(Island&&) noexcept;
  Island& operator=(Island&&) noexcept;

  /// Creates and evaluates generation 0.
  void initialise();
  /// Goes on from a state that an island of the same parameters had.
  void restore(IslandState state);
  /// One generation.
  void step();

  [[nodiscard]] std::uint32_t number() const;
  [[nodiscard]] const IslandState& state() const;
  /// For counters that the archipelago keeps (migration).
  [[nodiscard]] IslandCounters& counters();

  /// Copies of `count` members chosen by the policy, added to `out`.
  void choose_emigrants(SelectionPolicy policy, std::size_t count, Population& out) const;
  /// Takes in immigrants by the policy; returns how many were accepted. Updates the hall of fame.
  std::size_t take_in(const Population& immigrants, ReplacementPolicy policy);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace zcmpi
