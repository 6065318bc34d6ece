#include "zcmpi/nas/nb101.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>

#include "../literal.hpp"
#include "../nb101_isomorphism.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

constexpr std::uint64_t class_count = 423624;

/// By the operation's id less that of maxpool3x3.
constexpr std::array<Operation, 3> choices{{{"maxpool3x3", OperationKind::pooling, 0},
                                            {"conv1x1", OperationKind::convolution, 1},
                                            {"conv3x3", OperationKind::convolution, 1}}};

constexpr std::array<Nb101Operation, 3> inner_operations{Nb101Operation::maxpool3x3, Nb101Operation::conv1x1,
                                                         Nb101Operation::conv3x3};

/// Collects the canonical codes of the cells one edit away from a graph.
class Edits {
 public:
  explicit Edits(const VertexGraph& graph) : graph_(graph), last_(graph.vertices - 1) {
    replace_operations();
    for (std::size_t from = 0; from < last_; ++from) {
      for (std::size_t to = 1; to <= last_; ++to) {
        const bool closes_a_cycle = (graph.ancestors(from) >> to & 1) != 0;
        if (!closes_a_cycle) {
          flip_edge(from, to);
          insert_vertices(from, to);
        }
      }
    }
    remove_vertices();
    std::ranges::sort(codes_);
    codes_.erase(std::unique(codes_.begin(), codes_.end()), codes_.end());
    std::erase(codes_, canonical_code(graph));
  }

  [[nodiscard]] const std::vector<Nb101Code>& codes() const { return codes_; }

 private:
  void replace_operations() {
    for (std::size_t v = 1; v < last_; ++v) {
      for (const Nb101Operation operation : inner_operations) {
        VertexGraph edited = graph_;
        edited.operations[v] = operation;
        add(edited);
      }
    }
  }

  void flip_edge(std::size_t from, std::size_t to) {
    VertexGraph edited = graph_;
    edited.flip_edge(from, to);
    add(edited);
  }

  /// A new vertex between two others, which keep the edge they may have.
  void insert_vertices(std::size_t from, std::size_t to) {
    if (graph_.vertices == VertexGraph::max_vertices) {
      return;
    }
    // The new one takes the number of the output, which stays the last.
    const auto renumber = [&](std::size_t v) { return v == last_ ? last_ + 1 : v; };
    VertexGraph edited = graph_;
    ++edited.vertices;
    edited.predecessors[last_ + 1] = graph_.predecessors[last_];
    edited.operations[last_ + 1] = graph_.operations[last_];
    edited.predecessors[last_] = 0;
    edited.flip_edge(from, last_);
    edited.flip_edge(last_, renumber(to));
    for (const Nb101Operation operation : inner_operations) {
      edited.operations[last_] = operation;
      add(edited);
    }
  }

  /// The inverse: leaves out a vertex with one edge in and one out.
  void remove_vertices() {
    for (std::size_t v = 1; v < last_; ++v) {
      VertexGraph edited;
      edited.vertices = 0;
      std::size_t successors = 0;
      for (std::size_t u = 0; u < graph_.vertices; ++u) {
        successors += graph_.has_edge(v, u) ? 1U : 0U;
        if (u != v) {
          const unsigned mask = graph_.predecessors[u];
          const unsigned below = (1U << v) - 1;
          edited.predecessors[edited.vertices] = static_cast<std::uint8_t>((mask & below) | (mask >> 1 & ~below));
          edited.operations[edited.vertices++] = graph_.operations[u];
        }
      }
      if (successors == 1 && std::has_single_bit(graph_.predecessors[v])) {
        add(edited);
      }
    }
  }

  void add(const VertexGraph& edited) {
    if (edited.edges() <= Nb101Cell::max_edges && edited.is_connected()) {
      codes_.push_back(canonical_code(edited));
    }
  }

  const VertexGraph& graph_;
  std::size_t last_;
  std::vector<Nb101Code> codes_;
};

/// One node for the input, two for each vertex with an operation, one for the output.
OperationGraph operation_graph(const Nb101Cell& cell) {
  const auto entry = [](std::size_t v) { return static_cast<std::uint8_t>(v == 0 ? 0 : 2 * v - 1); };
  const auto exit = [](std::size_t v) { return static_cast<std::uint8_t>(2 * v); };
  OperationGraph graph;
  graph.nodes = 2 * cell.vertices - 2;
  for (std::size_t v = 1; v + 1 < cell.vertices; ++v) {
    const auto choice = static_cast<std::size_t>(cell.operations[v]) - static_cast<std::size_t>(inner_operations[0]);
    graph.edges.push_back({entry(v), exit(v), static_cast<std::uint8_t>(choice)});
  }
  for (std::size_t to = 1; to < cell.vertices; ++to) {
    for (std::size_t from = 0; from < to; ++from) {
      if (cell.adjacency[from][to]) {
        graph.edges.push_back({exit(from), entry(to), OperationGraph::connection});
      }
    }
  }
  return graph;
}

/// Architectures may hold vertices that are on no path, as the benchmark's keys do; the network is built without them.
class Nb101Space final : public SearchSpace {
 public:
  [[nodiscard]] std::string_view name() const override { return "nb101"; }
  [[nodiscard]] std::string_view description() const override {
    return "NAS-Bench-101: cells of up to 7 vertices and 9 edges, one of three operations on each (Ying et al. 2019)";
  }
  [[nodiscard]] std::string_view example() const override {
    return "(0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, "
           "0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 4, 3, 4, 4, 2, 1)";
  }

  /// Cells up to isomorphism: those that the benchmark has trained.
  [[nodiscard]] std::uint64_t size() const override { return class_count; }
  [[nodiscard]] Architecture at(std::uint64_t index) const override {
    static const auto codes = all_canonical_codes();
    ZCMPI_ENSURE(codes.size() == class_count);
    ZCMPI_EXPECT(index < codes.size());
    return to_architecture(to_cell(codes[index]));
  }

  [[nodiscard]] Architecture parse(std::string_view text) const override {
    return to_architecture(parse_nb101_cell(text));
  }
  [[nodiscard]] std::string print(const Architecture& architecture) const override {
    return to_key(to_nb101_cell(architecture));
  }
  [[nodiscard]] std::vector<TextForm> text_forms(const Architecture& architecture) const override {
    const Nb101Cell cell = to_nb101_cell(architecture);
    return {{"key", to_key(cell)}, {"string", to_text(cell)}};
  }
  void validate(const Architecture& architecture) const override {
    const auto& genes = architecture.genes;
    std::size_t vertices = 2;
    const auto matrix_size = [&] { return vertices * (vertices - 1) / 2; };
    while (vertices < Nb101Cell::max_vertices && matrix_size() + vertices - 2 < genes.size()) {
      ++vertices;
    }
    if (matrix_size() + vertices - 2 != genes.size()) {
      refuse_architecture(name(), print_tuple(genes), fmt::format("{} genes", genes.size()), "1, 4, 8, 13, 19 or 26");
    }
    for (std::size_t i = 0; i < genes.size(); ++i) {
      const bool is_edge = i < matrix_size();
      if (is_edge ? genes[i] > 1 : genes[i] < 2 || genes[i] > 4) {
        refuse_architecture(name(), print_tuple(genes), fmt::format("gene {} is {}", i, genes[i]),
                            is_edge ? "0 or 1" : "2, 3 or 4");
      }
    }
    static_cast<void>(parse_nb101_cell(to_text(to_nb101_cell(architecture))));
  }

  /// Of the canonical form: another operation, an edge more or less, and a vertex with one edge in and one out more or
  /// less, as long as every vertex is on a path.
  [[nodiscard]] std::vector<Architecture> neighbours(const Architecture& architecture) const override {
    const VertexGraph graph = to_graph(prune(to_nb101_cell(architecture)));
    const Edits edits(graph);
    std::vector<Architecture> neighbours;
    for (const Nb101Code code : edits.codes()) {
      neighbours.push_back(to_architecture(to_cell(code)));
    }
    std::ranges::sort(neighbours);
    return neighbours;
  }

  /// Without vertices that are on no path, in the numbering with the lowest code: the same for two cells if and only if
  /// their pruned graphs are isomorphic. The benchmark's own graph hash says the same: it is equal for isomorphic
  /// cells, and it tells as many classes apart as there are.
  [[nodiscard]] Architecture canonical(const Architecture& architecture) const override {
    return to_architecture(to_cell(canonical_code(to_graph(prune(to_nb101_cell(architecture))))));
  }

  [[nodiscard]] std::span<const Operation> operations() const override { return choices; }
  [[nodiscard]] std::vector<OperationGraph> graphs(const Architecture& architecture) const override {
    return {operation_graph(prune(to_nb101_cell(architecture)))};
  }
  /// Of the cell as it is written.
  [[nodiscard]] std::size_t unreachable_operations(const Architecture& architecture) const override {
    const Nb101Cell cell = to_nb101_cell(architecture);
    return cell.vertices - prune(cell).vertices;
  }
  /// Of the pruned cell.
  [[nodiscard]] std::vector<Feature> own_features(const Architecture& architecture) const override {
    const Nb101Cell cell = prune(to_nb101_cell(architecture));
    return {{"vertices", static_cast<double>(cell.vertices)}, {"edges", static_cast<double>(cell.edges())}};
  }
};

}  // namespace

std::unique_ptr<const SearchSpace> make_nb101_space() { return std::make_unique<Nb101Space>(); }

}  // namespace zcmpi
