/// \file
/// NSGA-II for two objectives: fitness up, number of nodes down (Deb, Pratap, Agarwal, Meyarivan 2002).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/gp/population.hpp"

namespace zcmpi {

/// Chooses `survivors` of the first `candidates.size()` members: whole non-dominated fronts first, each one by
/// crowding distance, larger first. Copies of a formula come after all that are different. Every tie is broken by
/// is_better and then by the lower index, so the outcome is a function of the candidates. O(n log n). Holds scratch
/// only.
class Nsga2Survival {
 public:
  explicit Nsga2Survival(std::size_t capacity);

  /// Indices of the survivors, in the order of front, then crowding.
  const std::vector<std::uint32_t>& choose(const Population& candidates, std::size_t survivors);

  /// Of `size` of the last survivors, drawn with replacement, the candidate that comes first in that order.
  [[nodiscard]] std::size_t select_by_tournament(std::size_t size, RandomStream& random) const;

  /// The front (0 = not dominated) of each candidate at the last choice, or copies_front.
  static constexpr std::uint32_t copies_front = std::numeric_limits<std::uint32_t>::max();
  [[nodiscard]] const std::vector<std::uint32_t>& fronts() const { return fronts_; }

 private:
  void assign_fronts(const Population& candidates);
  /// Fills order_: front by front, each in the order of sorted_.
  void order_by_fronts();
  void assign_crowding(const Population& candidates, std::size_t begin, std::size_t end);

  /// By is_better, then by index.
  std::vector<std::uint32_t> sorted_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> fronts_;
  /// Where each front ends in order_; the last one has the copies.
  std::vector<std::uint32_t> front_ends_;
  std::vector<double> crowding_;
  /// Length of the shortest formula in each front so far.
  std::vector<std::size_t> front_lengths_;
};

}  // namespace zcmpi
