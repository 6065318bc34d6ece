/// \file
/// New random formulas: leaves, grown and full trees, and trees of a given size.
#pragma once

#include <cstddef>
#include <cstdint>

#include "zcmpi/core/random.hpp"
#include "zcmpi/expr/formula.hpp"
#include "zcmpi/gp/parameters.hpp"

namespace zcmpi {

/// Draws nodes for the primitives and terminals of a run. Cheap to copy; refers to the parameters.
class NodeSource {
 public:
  /// `terminal_count` > 0. The parameters must outlive the source.
  NodeSource(const GpParameters& parameters, std::size_t terminal_count)
      : parameters_(&parameters), terminal_count_(static_cast<std::uint32_t>(terminal_count)) {}

  /// A constant with the configured probability, else any terminal.
  [[nodiscard]] Node leaf(RandomStream& random) const;
  [[nodiscard]] Node constant(RandomStream& random) const;
  [[nodiscard]] Node terminal(RandomStream& random) const;
  /// Any primitive of the set; each is equally likely.
  [[nodiscard]] Op primitive(RandomStream& random) const;
  /// Any primitive of the given arity (1 or 2); requires has_arity.
  [[nodiscard]] Op primitive_of_arity(int arity, RandomStream& random) const;
  [[nodiscard]] bool has_arity(int arity) const;

 private:
  const GpParameters* parameters_;
  std::uint32_t terminal_count_;
};

enum class TreeShape {
  /// Every branch ends at the full depth.
  full,
  /// A branch may end above it: a leaf is drawn as often as its share of all nodes (Koza 1992).
  grown,
};

/// Appends a random tree of at most `max_depth` (>= 1) and at most `max_size` (>= 1) nodes to `out`. A tree that would
/// be too large is drawn again one level lower.
void append_random_tree(const NodeSource& source, TreeShape shape, int max_depth, std::size_t max_size,
                        RandomStream& random, Formula& out);

/// Appends a tree of `size` nodes by probabilistic tree creation 2 (Luke 2000), of at most `max_depth`; it may have one
/// node more or less where arities force it, and fewer where the depth does, but never more than `max_size`.
void append_ptc2_tree(const NodeSource& source, std::size_t size, int max_depth, std::size_t max_size,
                      RandomStream& random, Formula& out);

/// Member `index` of an initial population of `count` formulas, by the configured initialisation, into `out` (cleared).
/// Depths (or sizes) are spread evenly over the members.
void make_initial_formula(const NodeSource& source, const GpParameters& parameters, std::size_t index,
                          std::size_t count, RandomStream& random, Formula& out);

}  // namespace zcmpi
