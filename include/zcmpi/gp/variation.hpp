/// \file
/// Variation: how a child is made from its parents. Every function keeps the limits of size and depth.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/expr/formula.hpp"
#include "zcmpi/expr/simplify.hpp"
#include "zcmpi/gp/growth.hpp"
#include "zcmpi/gp/parameters.hpp"

namespace zcmpi {

enum class Variation {
  crossover,
  subtree_mutation,
  point_mutation,
  hoist_mutation,
  insert_mutation,
  delete_mutation,
  constant_mutation,
};

/// Draws kinds of variation by their rates.
class VariationLottery {
 public:
  /// Requires a rate above 0.
  explicit VariationLottery(const VariationRates& rates);

  [[nodiscard]] Variation draw(RandomStream& random) const;

 private:
  static constexpr std::size_t kinds = 7;
  /// What is drawn below the first is the first kind, and so on.
  std::array<double, kinds> ends_{};
};

/// What becomes of a mother: `subtree` takes the place of her subtree at `root`. Views.
struct Change {
  std::size_t root = 0;
  FormulaView subtree;
  /// The canonical formula that the subtree is one of, and its root there; else none.
  FormulaView donor;
  std::size_t donor_root = 0;
};

/// Makes children. Holds the scratch that it needs, so that nothing is allocated in steady state; one per thread. What
/// its functions return refers to the parents and to the variator, until that is used again.
class Variator {
 public:
  Variator(const GpParameters& parameters, std::size_t terminal_count);

  /// A variant of `mother` that keeps the limits; crossover takes a subtree of `father`. One that breaks a limit or
  /// changes nothing is drawn again a few times; after that it is the mother.
  Replacement vary(Variation kind, FormulaView mother, FormulaView father, RandomStream& random);

  // The kinds, which do not look at the limits.

  /// A subtree of `mother` replaced by one of `father`; inner nodes are preferred 9 to 1 (Koza 1992).
  Change cross(FormulaView mother, FormulaView father, RandomStream& random);
  /// A subtree replaced by a grown one.
  Change mutate_subtree(FormulaView mother, RandomStream& random);
  /// Nodes replaced by others of the same arity: one for certain, each other with probability 1/size.
  Change mutate_points(FormulaView mother, RandomStream& random);
  /// A subtree replaced by a smaller one of itself. A single leaf gets point mutation.
  Change hoist(FormulaView mother, RandomStream& random);
  /// A new primitive above a node; a second operand is a leaf.
  Change insert(FormulaView mother, RandomStream& random);
  /// An inner node replaced by one of its operands. A single leaf gets point mutation.
  Change remove(FormulaView mother, RandomStream& random);
  /// One constant changed: scaled and shifted by normal steps, or drawn anew one time in ten. A formula without a
  /// constant gets point mutation.
  Change mutate_constant(FormulaView mother, RandomStream& random);

 private:
  std::optional<std::size_t> any_node_of(FormulaView nodes, NodeKind kind, RandomStream& random);
  std::size_t crossover_point(FormulaView nodes, RandomStream& random);
  Change draw_change(Variation kind, FormulaView mother, FormulaView father, RandomStream& random);

  const GpParameters* parameters_;
  NodeSource source_;
  Formula scratch_;
  std::vector<Ancestor> ancestors_;
  /// Of a kind of nodes.
  std::vector<std::uint32_t> places_;
};

/// A constant moved by a normal step whose relative and absolute size are `scale`.
float perturb(float constant, double scale, RandomStream& random);

}  // namespace zcmpi
