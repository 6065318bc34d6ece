/// \file
/// Cells of NAS-Bench-101 up to the numbering of their vertices.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "zcmpi/nas/nb101.hpp"

namespace zcmpi {

/// A cell all of whose vertices are on paths, with sets of vertices as bit masks. Vertex 0 is the input and the last
/// one the output; the others are in any order.
struct VertexGraph {
  static constexpr std::size_t max_vertices = Nb101Cell::max_vertices;

  std::size_t vertices = 2;
  /// Bit u of predecessors[v]: there is an edge from u to v.
  std::array<std::uint8_t, max_vertices> predecessors{};
  std::array<Nb101Operation, max_vertices> operations{};

  [[nodiscard]] bool has_edge(std::size_t from, std::size_t to) const { return (predecessors[to] >> from & 1) != 0; }
  void flip_edge(std::size_t from, std::size_t to) {
    predecessors[to] = static_cast<std::uint8_t>(predecessors[to] ^ (1U << from));
  }
  [[nodiscard]] std::size_t edges() const;
  /// The vertices from which paths lead to `vertex`, itself included, as a bit mask.
  [[nodiscard]] std::uint8_t ancestors(std::size_t vertex) const;
  /// Whether every vertex is on a path from the input to the output.
  [[nodiscard]] bool is_connected() const;
};

/// A cell as a number: the number of vertices, what is above the adjacency matrix's diagonal, column by column, and the
/// operations, from high bits to low. Equal for two cells if and only if they are the same.
using Nb101Code = std::uint64_t;

/// The lowest code of all numberings of the vertices in which edges lead upwards: equal for two graphs if and only if
/// they are isomorphic.
Nb101Code canonical_code(const VertexGraph& graph);

VertexGraph to_graph(const Nb101Cell& pruned_cell);
Nb101Cell to_cell(Nb101Code code);

/// The canonical codes of all cells of the benchmark, ascending. Takes a fraction of a second.
std::vector<Nb101Code> all_canonical_codes();

}  // namespace zcmpi
