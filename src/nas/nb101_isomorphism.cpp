#include "nb101_isomorphism.hpp"

#include <algorithm>
#include <bit>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

constexpr std::size_t operation_bits = 2;
constexpr std::size_t operations_bits = operation_bits * (VertexGraph::max_vertices - 2);
constexpr std::size_t matrix_bits = VertexGraph::max_vertices * (VertexGraph::max_vertices - 1) / 2;
constexpr std::uint64_t operation_choices = 3;
constexpr auto first_operation = static_cast<std::uint64_t>(Nb101Operation::maxpool3x3);

/// order[i] is the vertex that becomes number i.
using Order = std::array<std::uint8_t, VertexGraph::max_vertices>;

/// Finds the numberings with the lowest matrix. A vertex's column is known when it is placed, so a numbering is given
/// up as soon as its first columns are above the best ones.
class LowestMatrix {
 public:
  explicit LowestMatrix(const VertexGraph& graph) : graph_(graph) {
    order_[graph.vertices - 1] = static_cast<std::uint8_t>(graph.vertices - 1);
    place(1, 1, 0);
  }

  /// What is above its diagonal, column by column, from high bits to low.
  [[nodiscard]] std::uint64_t matrix() const { return best_; }
  /// All that give it: more than one where the graph without operations has symmetries.
  [[nodiscard]] const std::vector<Order>& orders() const { return orders_; }

 private:
  void place(std::size_t position, unsigned placed, std::uint64_t columns) {
    const std::size_t last = graph_.vertices - 1;
    if (position == last) {
      finish(columns << last | column_of(last, position));
      return;
    }
    for (std::size_t v = 1; v < last; ++v) {
      const bool is_free = (placed >> v & 1U) == 0 && (graph_.predecessors[v] & ~placed) == 0;
      if (!is_free) {
        continue;
      }
      const std::uint64_t longer = columns << position | column_of(v, position);
      if (!orders_.empty() && longer > best_ >> bits_after(position)) {
        continue;
      }
      order_[position] = static_cast<std::uint8_t>(v);
      place(position + 1, placed | 1U << v, longer);
    }
  }

  /// The column of a vertex placed at a position: the edges from those placed before it, the first highest.
  [[nodiscard]] std::uint64_t column_of(std::size_t vertex, std::size_t position) const {
    std::uint64_t column = 0;
    for (std::size_t i = 0; i < position; ++i) {
      column = column << 1 | (graph_.has_edge(order_[i], vertex) ? 1U : 0U);
    }
    return column;
  }

  /// Bits of the columns after a position.
  [[nodiscard]] std::size_t bits_after(std::size_t position) const {
    return graph_.vertices * (graph_.vertices - 1) / 2 - position * (position + 1) / 2;
  }

  void finish(std::uint64_t matrix) {
    if (orders_.empty() || matrix < best_) {
      orders_.clear();
      best_ = matrix;
    }
    if (matrix == best_) {
      orders_.push_back(order_);
    }
  }

  const VertexGraph& graph_;
  Order order_{};
  std::uint64_t best_ = 0;
  std::vector<Order> orders_;
};

std::uint64_t operations_code(const VertexGraph& graph, const Order& order) {
  std::uint64_t code = 0;
  for (std::size_t i = 1; i + 1 < graph.vertices; ++i) {
    code = code << operation_bits | (static_cast<std::uint64_t>(graph.operations[order[i]]) - first_operation);
  }
  return code;
}

Nb101Code make_code(std::size_t vertices, std::uint64_t matrix, std::uint64_t operations) {
  return (static_cast<std::uint64_t>(vertices) << matrix_bits | matrix) << operations_bits | operations;
}

/// The graph of a matrix as in a code, its operations unset.
VertexGraph graph_of(std::size_t vertices, std::uint64_t matrix) {
  VertexGraph graph;
  graph.vertices = vertices;
  for (std::size_t to = vertices; to-- > 1;) {
    for (std::size_t from = to; from-- > 0; matrix >>= 1) {
      graph.predecessors[to] = static_cast<std::uint8_t>(graph.predecessors[to] | (matrix & 1U) << from);
    }
  }
  return graph;
}

void set_operations(VertexGraph& graph, std::uint64_t code) {
  for (std::size_t v = graph.vertices - 1; v-- > 1; code >>= operation_bits) {
    graph.operations[v] = static_cast<Nb101Operation>(first_operation + code % (1U << operation_bits));
  }
}

/// Adds the codes of the cells of a matrix that is the lowest of its class, for each choice of operations that no
/// symmetry of the matrix makes lower.
void add_codes(VertexGraph graph, const LowestMatrix& lowest, std::vector<Nb101Code>& codes) {
  const std::size_t inner = graph.vertices - 2;
  std::uint64_t combinations = 1;
  for (std::size_t i = 0; i < inner; ++i) {
    combinations *= operation_choices;
  }
  for (std::uint64_t combination = 0; combination < combinations; ++combination) {
    std::uint64_t code = 0;
    std::uint64_t divisor = combinations;
    for (std::size_t i = 0; i < inner; ++i) {
      divisor /= operation_choices;
      code = code << operation_bits | combination / divisor % operation_choices;
    }
    set_operations(graph, code);
    if (std::ranges::none_of(lowest.orders(),
                             [&](const Order& order) { return operations_code(graph, order) < code; })) {
      codes.push_back(make_code(graph.vertices, lowest.matrix(), code));
    }
  }
}

}  // namespace

std::size_t VertexGraph::edges() const {
  int count = 0;
  for (const std::uint8_t mask : predecessors) {
    count += std::popcount(mask);
  }
  return static_cast<std::size_t>(count);
}

std::uint8_t VertexGraph::ancestors(std::size_t vertex) const {
  unsigned found = 1U << vertex;
  for (unsigned before = 0; before != found;) {
    before = found;
    for (std::size_t v = 0; v < vertices; ++v) {
      if ((found >> v & 1U) != 0) {
        found |= predecessors[v];
      }
    }
  }
  return static_cast<std::uint8_t>(found);
}

bool VertexGraph::is_connected() const {
  // Without cycles, whoever has a predecessor descends from the input and whoever has a successor leads to the output.
  unsigned with_successor = 1U << (vertices - 1);
  for (std::size_t v = 1; v < vertices; ++v) {
    if (predecessors[v] == 0) {
      return false;
    }
    with_successor |= predecessors[v];
  }
  return with_successor == (1U << vertices) - 1;
}

Nb101Code canonical_code(const VertexGraph& graph) {
  const LowestMatrix lowest(graph);
  std::uint64_t operations = ~std::uint64_t{0};
  for (const Order& order : lowest.orders()) {
    operations = std::min(operations, operations_code(graph, order));
  }
  return make_code(graph.vertices, lowest.matrix(), operations);
}

VertexGraph to_graph(const Nb101Cell& pruned_cell) {
  VertexGraph graph;
  graph.vertices = pruned_cell.vertices;
  graph.operations = pruned_cell.operations;
  for (std::size_t to = 1; to < graph.vertices; ++to) {
    for (std::size_t from = 0; from < to; ++from) {
      if (pruned_cell.adjacency[from][to]) {
        graph.flip_edge(from, to);
      }
    }
  }
  ZCMPI_ENSURE(graph.is_connected());
  return graph;
}

Nb101Cell to_cell(Nb101Code code) {
  const std::uint64_t matrix = code >> operations_bits & ((std::uint64_t{1} << matrix_bits) - 1);
  VertexGraph graph = graph_of(code >> (operations_bits + matrix_bits), matrix);
  set_operations(graph, code & ((std::uint64_t{1} << operations_bits) - 1));
  Nb101Cell cell;
  cell.vertices = graph.vertices;
  cell.operations = graph.operations;
  cell.operations[cell.vertices - 1] = Nb101Operation::output;
  for (std::size_t to = 1; to < cell.vertices; ++to) {
    for (std::size_t from = 0; from < to; ++from) {
      cell.adjacency[from][to] = graph.has_edge(from, to);
    }
  }
  return cell;
}

std::vector<Nb101Code> all_canonical_codes() {
  std::vector<Nb101Code> codes;
  for (std::size_t vertices = 2; vertices <= VertexGraph::max_vertices; ++vertices) {
    const std::uint64_t matrices = std::uint64_t{1} << (vertices * (vertices - 1) / 2);
    for (std::uint64_t matrix = 0; matrix < matrices; ++matrix) {
      if (static_cast<std::size_t>(std::popcount(matrix)) > Nb101Cell::max_edges) {
        continue;
      }
      const VertexGraph graph = graph_of(vertices, matrix);
      if (!graph.is_connected()) {
        continue;
      }
      const LowestMatrix lowest(graph);
      if (lowest.matrix() == matrix) {
        add_codes(graph, lowest, codes);
      }
    }
  }
  return codes;
}

}  // namespace zcmpi
