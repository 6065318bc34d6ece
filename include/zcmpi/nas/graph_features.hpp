/// \file
/// Graph features: what an architecture looks like, without weights and without data. After GRAF (Kadlecova et al.
/// 2024).
///
/// Let G be a group of operations: `operations` (all but none), `convolutions`, `skips`, `poolings`, and each single
/// operation that is not alone of its kind. A path leads from an input to the output and takes no edge without an
/// operation. The features of a graph are, for each G:
///
///     count_G                how many there are, on a path or not; a space may leave out what its networks do
///     most_G_on_path         most of G on one path: the longest path, in operations of G; 0 without a path
///     fewest_G_on_path       fewest of G on one path; 0 without a path; not for `operations`, whose is the next
///     shortest_path_of_G     fewest operations on a path of G alone; the number of nodes when there is none
///     input_degree_G         how many lead out of the inputs
///     output_degree_G        how many lead into the output
///
/// and besides count_none (where the space has that operation), trainable_layers, paths (how many there are) and
/// unreachable_operations. An operation that a vertex has leads out of the input when the vertex follows the input, and
/// into the output when the output follows the vertex.
///
/// A space whose networks have several graphs has each graph's features, with its name in front, and their sums.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {

/// The graph features of an architecture and what the space adds of its own: the same names in the same order for all
/// architectures of a space.
std::vector<Feature> graph_features(const SearchSpace& space, const Architecture& architecture);

/// Operations of the graph, none excepted, that are on no path from an input to the output.
std::size_t count_unreachable(const OperationGraph& graph, std::span<const Operation> operations);

}  // namespace zcmpi
