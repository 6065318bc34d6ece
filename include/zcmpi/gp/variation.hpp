/// \file
/// Variation: how a child is made from its parents. Every function keeps the limits of size and depth.
#pragma once

#include <cstddef>
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

/// Draws a kind of variation by the rates. Requires a rate above 0.
Variation draw_variation(const VariationRates& rates, RandomStream& random);

/// Makes children. Holds the scratch that it needs, so that nothing is allocated in steady state; one per thread.
class Variator {
 public:
  Variator(const GpParameters& parameters, std::size_t terminal_count);

  /// Replaces `child` by a variant of `mother`, which keeps the limits; crossover takes a subtree of `father`. A child
  /// that breaks a limit is drawn again a few times; after that the child is a copy of its mother. Returns the subtree
  /// that is not the mother's, or of several nodes all, for canonicalise_changed where the parents are canonical; every
  /// other function does too.
  Change vary(Variation kind, FormulaView mother, FormulaView father, RandomStream& random, Formula& child);

  /// A subtree of `mother` replaced by one of `father`; inner nodes are preferred 9 to 1 (Koza 1992).
  Change cross(FormulaView mother, FormulaView father, RandomStream& random, Formula& child);
  /// A subtree replaced by a grown one.
  Change mutate_subtree(FormulaView mother, RandomStream& random, Formula& child);
  /// Nodes replaced by others of the same arity: one for certain, each other with probability 1/size.
  Change mutate_points(FormulaView mother, RandomStream& random, Formula& child);
  /// A subtree replaced by a subtree of itself: the child is shorter.
  Change hoist(FormulaView mother, RandomStream& random, Formula& child);
  /// A new primitive above a node; a second operand is a leaf.
  Change insert(FormulaView mother, RandomStream& random, Formula& child);
  /// An inner node replaced by one of its operands.
  Change remove(FormulaView mother, RandomStream& random, Formula& child);
  /// One constant changed: scaled and shifted by normal steps, or drawn anew one time in ten. A formula without a
  /// constant gets point mutation.
  Change mutate_constant(FormulaView mother, RandomStream& random, Formula& child);

 private:
  NodeRange replace_subtree(FormulaView mother, std::size_t root, FormulaView replacement, Formula& child);
  /// The same with the subtree at `donor_root` of a canonical formula.
  Change transplant(FormulaView mother, std::size_t root, FormulaView donor, std::size_t donor_root, Formula& child);

  const GpParameters* parameters_;
  NodeSource source_;
  Formula scratch_;
  std::vector<std::size_t> ancestors_;
};

/// A constant moved by a normal step whose relative and absolute size are `scale`.
float perturb(float constant, double scale, RandomStream& random);

}  // namespace zcmpi
