/// \file
/// A population: formulas with their scores, in flat arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zcmpi/expr/formula.hpp"

namespace zcmpi {

/// The fixed sizes of every population of a run.
struct PopulationShape {
  /// Room per formula, nodes.
  std::size_t max_nodes = 0;
  /// Scores per formula, one a problem.
  std::size_t problem_count = 0;

  friend bool operator==(const PopulationShape&, const PopulationShape&) = default;
};

/// Up to `capacity` members, stored by value in one block per field with a fixed stride: copying a member copies all of
/// it, nothing is ever shared, and after construction nothing is allocated. Used for islands, emigrants and the hall of
/// fame alike.
class Population {
 public:
  Population() = default;
  Population(std::size_t capacity, const PopulationShape& shape);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return lengths_.size(); }
  [[nodiscard]] const PopulationShape& shape() const { return shape_; }

  [[nodiscard]] FormulaView formula(std::size_t i) const { return {nodes_.data() + i * shape_.max_nodes, lengths_[i]}; }
  /// Of the formula, which most are added with.
  [[nodiscard]] std::uint64_t digest(std::size_t i) const {
    return digests_[i] != no_digest ? digests_[i] : zcmpi::digest(formula(i));
  }
  /// One value a problem.
  [[nodiscard]] std::span<const double> scores(std::size_t i) const {
    return {scores_.data() + i * shape_.problem_count, shape_.problem_count};
  }
  [[nodiscard]] std::span<double> scores(std::size_t i) {
    return {scores_.data() + i * shape_.problem_count, shape_.problem_count};
  }
  /// The scores' aggregate; higher is better, never NaN.
  [[nodiscard]] double fitness(std::size_t i) const { return fitness_[i]; }
  void set_fitness(std::size_t i, double fitness) { fitness_[i] = fitness; }

  void clear() { size_ = 0; }
  /// Changes the number of members; new ones are empty formulas with zero scores. Requires size <= capacity().
  void resize(std::size_t size);
  /// Appends a formula whose scores are to be set; returns its index. Requires room and a formula that fits. Keeps its
  /// digest where that is known.
  std::size_t add(FormulaView formula, std::uint64_t digest = no_digest);
  /// Appends a copy of a member of a population of the same shape.
  std::size_t add(const Population& other, std::size_t member);
  /// Replaces member i by a formula (scores zero) or by a copy of another population's member.
  void assign(std::size_t i, FormulaView formula);
  void assign(std::size_t i, const Population& other, std::size_t member);

  friend bool operator==(const Population& a, const Population& b);

 private:
  static constexpr std::uint64_t no_digest = 0;

  PopulationShape shape_;
  std::size_t size_ = 0;
  std::vector<Node> nodes_;
  std::vector<std::uint16_t> lengths_;
  std::vector<std::uint64_t> digests_;
  std::vector<double> scores_;
  std::vector<double> fitness_;
};

/// Fewer nodes, then nodes compared as bytes.
bool is_simpler(const Population& a, std::size_t i, const Population& b, std::size_t j);
/// The order of members, best first: higher fitness, then fewer nodes, then nodes compared as bytes. A total order on
/// different formulas, so that ranks, islands and resumed runs agree.
inline bool is_better(const Population& a, std::size_t i, const Population& b, std::size_t j) {
  return a.fitness(i) != b.fitness(j) ? a.fitness(i) > b.fitness(j) : is_simpler(a, i, b, j);
}

}  // namespace zcmpi
