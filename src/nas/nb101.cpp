#include "zcmpi/nas/nb101.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <vector>

#include "literal.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view space_name = "nb101";

constexpr std::string_view expected_text =
    "n * n + n numbers (the upper triangular adjacency matrix of 2 to 7 vertices, row by row, then the ids of the "
    "operations: 0 input, then 2 maxpool3x3, 3 conv1x1 or 4 conv3x3, then 1 output; padded by zeros after it), or "
    "ModelSpec(matrix=[[...], ...], ops=['input', ..., 'output']), with at most 9 edges on paths from input to output";

/// By id.
constexpr std::array<std::string_view, 5> operation_names{"input", "output", "maxpool3x3", "conv1x1-bn-relu",
                                                          "conv3x3-bn-relu"};

using VertexSet = std::array<bool, Nb101Cell::max_vertices>;

/// Vertices on a path from the input to the output. Both ends are in it or, without any path, none is.
VertexSet vertices_on_paths(const Nb101Cell& cell) {
  VertexSet forward{};
  VertexSet backward{};
  forward[0] = true;
  backward[cell.vertices - 1] = true;
  for (std::size_t to = 1; to < cell.vertices; ++to) {
    for (std::size_t from = 0; from < to; ++from) {
      forward[to] = forward[to] || (forward[from] && cell.adjacency[from][to]);
    }
  }
  for (std::size_t from = cell.vertices - 1; from-- > 0;) {
    for (std::size_t to = from + 1; to < cell.vertices; ++to) {
      backward[from] = backward[from] || (backward[to] && cell.adjacency[from][to]);
    }
  }
  VertexSet both{};
  for (std::size_t v = 0; v < cell.vertices; ++v) {
    both[v] = forward[v] && backward[v];
  }
  return both;
}

/// Refuses what is no cell of the benchmark.
void check_cell(const Nb101Cell& cell, std::string_view text) {
  for (std::size_t v = 0; v < cell.vertices; ++v) {
    const bool fits = v == 0                   ? cell.operations[v] == Nb101Operation::input
                      : v == cell.vertices - 1 ? cell.operations[v] == Nb101Operation::output
                                               : cell.operations[v] > Nb101Operation::output;
    if (!fits) {
      refuse_architecture(space_name, text,
                          fmt::format("operation {} on vertex {} of {}", to_text(cell.operations[v]), v, cell.vertices),
                          expected_text);
    }
  }
  if (!vertices_on_paths(cell)[0]) {
    refuse_architecture(space_name, text, "no path from input to output", expected_text);
  }
  if (const std::size_t edges = prune(cell).edges(); edges > Nb101Cell::max_edges) {
    refuse_architecture(space_name, text, fmt::format("{} edges", edges), expected_text);
  }
}

/// A square matrix of `side` rows as the cell's first `vertices` of them; what lies beyond has to be 0.
void set_adjacency(Nb101Cell& cell, std::span<const std::uint8_t> matrix, std::size_t side, std::string_view text) {
  for (std::size_t from = 0; from < side; ++from) {
    for (std::size_t to = 0; to < side; ++to) {
      const std::uint8_t entry = matrix[from * side + to];
      if (entry > 1 || (entry == 1 && (from >= to || to >= cell.vertices))) {
        refuse_architecture(space_name, text,
                            fmt::format("entry {} in row {}, column {} of the matrix", entry, from, to), expected_text);
      }
      if (entry == 1) {
        cell.adjacency[from][to] = true;
      }
    }
  }
}

Nb101Cell parse_key(std::string_view text) {
  const auto numbers = parse_numbers(space_name, text, operation_names.size() - 1, expected_text);
  std::size_t side = 2;
  while (side < Nb101Cell::max_vertices && side * side + side < numbers.size()) {
    ++side;
  }
  if (side * side + side != numbers.size()) {
    refuse_architecture(space_name, text, fmt::format("{} numbers", numbers.size()), expected_text);
  }
  const auto matrix = std::span(numbers).first(side * side);
  const auto ids = std::span(numbers).last(side);
  Nb101Cell cell;
  cell.vertices = side;
  while (cell.vertices > 2 && ids[cell.vertices - 1] == static_cast<std::uint8_t>(Nb101Operation::input)) {
    --cell.vertices;
  }
  for (std::size_t v = 0; v < cell.vertices; ++v) {
    cell.operations[v] = static_cast<Nb101Operation>(ids[v]);
  }
  set_adjacency(cell, matrix, side, text);
  check_cell(cell, text);
  return cell;
}

Nb101Operation parse_operation(const Literal& name, std::string_view text) {
  return static_cast<Nb101Operation>(operation_id(space_name, text, name, operation_names, expected_text));
}

/// The matrix of a ModelSpec, row by row.
std::vector<std::uint8_t> flatten_matrix(const Literal& matrix, std::size_t side, std::string_view text) {
  std::vector<std::uint8_t> entries;
  for (const Literal& row : matrix.items) {
    if (row.kind != Literal::Kind::sequence || row.items.size() != side) {
      refuse_architecture(space_name, text, fmt::format("no row of {} numbers at column {}", side, row.column),
                          expected_text);
    }
    for (const Literal& entry : row.items) {
      if (entry.kind != Literal::Kind::number || (entry.number != 0 && entry.number != 1)) {
        refuse_architecture(space_name, text, fmt::format("no 0 or 1 at column {}", entry.column), expected_text);
      }
      entries.push_back(static_cast<std::uint8_t>(entry.number));
    }
  }
  return entries;
}

Nb101Cell parse_model_spec(std::string_view text) {
  const Literal spec = parse_literal(space_name, text, expected_text);
  const Literal* const matrix = spec.argument("matrix", 0);
  const Literal* const ops = spec.argument("ops", 1);
  const auto is_sequence = [](const Literal* value) {
    return value != nullptr && value->kind == Literal::Kind::sequence;
  };
  if (spec.text != "ModelSpec" || !is_sequence(matrix) || !is_sequence(ops)) {
    refuse_architecture(space_name, text, "no ModelSpec with a matrix and ops", expected_text);
  }
  constexpr std::array<std::string_view, 3> arguments{"matrix", "ops", "data_format"};
  check_arguments(space_name, text, spec, arguments, expected_text);
  const std::size_t side = ops->items.size();
  if (side < 2 || side > Nb101Cell::max_vertices || matrix->items.size() != side) {
    refuse_architecture(space_name, text, fmt::format("{} rows and {} operations", matrix->items.size(), side),
                        expected_text);
  }
  Nb101Cell cell;
  cell.vertices = side;
  for (std::size_t v = 0; v < side; ++v) {
    cell.operations[v] = parse_operation(ops->items[v], text);
  }
  set_adjacency(cell, flatten_matrix(*matrix, side, text), side, text);
  check_cell(cell, text);
  return cell;
}

}  // namespace

std::string_view to_text(Nb101Operation operation) { return operation_names[static_cast<std::size_t>(operation)]; }

std::size_t Nb101Cell::edges() const {
  std::size_t count = 0;
  for (const auto& row : adjacency) {
    count += static_cast<std::size_t>(std::ranges::count(row, true));
  }
  return count;
}

Nb101Cell parse_nb101_cell(std::string_view text) {
  return trimmed(text).starts_with("ModelSpec") ? parse_model_spec(text) : parse_key(text);
}

Nb101Cell prune(const Nb101Cell& cell) {
  const VertexSet keep = vertices_on_paths(cell);
  ZCMPI_EXPECT(keep[0]);
  std::vector<std::size_t> kept;
  for (std::size_t v = 0; v < cell.vertices; ++v) {
    if (keep[v]) {
      kept.push_back(v);
    }
  }
  Nb101Cell pruned;
  pruned.vertices = kept.size();
  for (std::size_t to = 0; to < kept.size(); ++to) {
    pruned.operations[to] = cell.operations[kept[to]];
    for (std::size_t from = 0; from < to; ++from) {
      pruned.adjacency[from][to] = cell.adjacency[kept[from]][kept[to]];
    }
  }
  return pruned;
}

std::string to_text(const Nb101Cell& cell) {
  std::vector<std::string> rows;
  std::vector<std::string> operations;
  for (std::size_t v = 0; v < cell.vertices; ++v) {
    std::vector<int> row(cell.adjacency[v].begin(),
                         cell.adjacency[v].begin() + static_cast<std::ptrdiff_t>(cell.vertices));
    rows.push_back(fmt::format("[{}]", fmt::join(row, ", ")));
    operations.push_back(fmt::format("'{}'", to_text(cell.operations[v])));
  }
  return fmt::format("ModelSpec(matrix=[{}], ops=[{}])", fmt::join(rows, ", "), fmt::join(operations, ", "));
}

std::string to_key(const Nb101Cell& cell) {
  std::vector<std::uint8_t> numbers;
  for (const auto& row : cell.adjacency) {
    numbers.insert(numbers.end(), row.begin(), row.end());
  }
  for (const Nb101Operation operation : cell.operations) {
    numbers.push_back(static_cast<std::uint8_t>(operation));
  }
  return print_tuple(numbers);
}

Architecture to_architecture(const Nb101Cell& cell) {
  Architecture architecture;
  for (std::size_t to = 1; to < cell.vertices; ++to) {
    for (std::size_t from = 0; from < to; ++from) {
      architecture.genes.push_back(cell.adjacency[from][to] ? 1 : 0);
    }
  }
  for (std::size_t v = 1; v + 1 < cell.vertices; ++v) {
    architecture.genes.push_back(static_cast<std::uint8_t>(cell.operations[v]));
  }
  return architecture;
}

Nb101Cell to_nb101_cell(const Architecture& architecture) {
  Nb101Cell cell;
  while (cell.vertices * (cell.vertices - 1) / 2 + cell.vertices - 2 < architecture.genes.size()) {
    ++cell.vertices;
  }
  ZCMPI_EXPECT(cell.vertices <= Nb101Cell::max_vertices);
  auto gene = architecture.genes.begin();
  for (std::size_t to = 1; to < cell.vertices; ++to) {
    for (std::size_t from = 0; from < to; ++from) {
      cell.adjacency[from][to] = *gene++ != 0;
    }
  }
  for (std::size_t v = 1; v + 1 < cell.vertices; ++v) {
    cell.operations[v] = static_cast<Nb101Operation>(*gene++);
  }
  cell.operations[cell.vertices - 1] = Nb101Operation::output;
  return cell;
}

}  // namespace zcmpi
