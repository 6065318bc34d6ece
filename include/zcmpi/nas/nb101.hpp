/// \file
/// The cells of NAS-Bench-101 (Ying et al. 2019), as plain data: what networks are built from. The search space over
/// them is found by its name, `find_space("nb101")`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {

/// What a vertex does. The values are the ids of NAS-Bench-Suite-Zero's keys.
enum class Nb101Operation : std::uint8_t {
  input = 0,
  output = 1,
  maxpool3x3 = 2,
  conv1x1 = 3,
  conv3x3 = 4,
};

/// The benchmark's name of an operation, such as conv3x3-bn-relu.
std::string_view to_text(Nb101Operation operation);

/// A directed acyclic graph with an operation on each vertex. Vertex 0 is the cell's input, the last one its output,
/// and edges lead from lower to higher vertices.
struct Nb101Cell {
  static constexpr std::size_t max_vertices = 7;
  static constexpr std::size_t max_edges = 9;

  /// 2 to max_vertices.
  std::size_t vertices = 2;
  /// One for each vertex: input, then maxpool3x3, conv1x1 or conv3x3, then output; `input` beyond.
  std::array<Nb101Operation, max_vertices> operations{};
  /// adjacency[from][to], true only for from < to < vertices.
  std::array<std::array<bool, max_vertices>, max_vertices> adjacency{};

  [[nodiscard]] std::size_t edges() const;

  friend bool operator==(const Nb101Cell&, const Nb101Cell&) = default;
};

/// Reads NAS-Bench-Suite-Zero's key, a tuple or a list of n * n + n numbers: the adjacency matrix row by row, then the
/// ids of the operations; n is 7 with smaller cells padded by zeros, or the number of vertices. Or reads the
/// benchmark's own form, `ModelSpec(matrix=[[0, 1], [0, 0]], ops=['input', 'output'])`, with or without the names. The
/// cell is as it is written: vertices that are on no path from the input to the output stay. Throws InputError, also
/// when no such path is left or more than max_edges edges are on such paths.
Nb101Cell parse_nb101_cell(std::string_view text);

/// The cell without the vertices that are on no path from the input to the output, as the benchmark builds it. Vertices
/// keep their order. Requires that there is such a path.
Nb101Cell prune(const Nb101Cell& cell);

/// The benchmark's own form, `ModelSpec(matrix=..., ops=...)`.
std::string to_text(const Nb101Cell& cell);

/// NAS-Bench-Suite-Zero's key of 56 numbers; cells of fewer than 7 vertices are padded by zeros.
std::string to_key(const Nb101Cell& cell);

/// Between cells and the architectures of `nb101`. Genes: what is above the matrix's diagonal, column by column, then
/// the operations of the vertices between input and output.
Architecture to_architecture(const Nb101Cell& cell);
Nb101Cell to_nb101_cell(const Architecture& architecture);

}  // namespace zcmpi
