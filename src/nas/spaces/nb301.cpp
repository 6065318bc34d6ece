#include "zcmpi/nas/nb301.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "../literal.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

/// By the operation's id. Separable convolutions are two pairs of a depthwise and a pointwise one, dilated ones a pair.
constexpr std::array<Operation, 7> choices{{{"max_pool_3x3", OperationKind::pooling, 0},
                                            {"avg_pool_3x3", OperationKind::pooling, 0},
                                            {"skip_connect", OperationKind::skip, 0},
                                            {"sep_conv_3x3", OperationKind::convolution, 4},
                                            {"sep_conv_5x5", OperationKind::convolution, 4},
                                            {"dil_conv_3x3", OperationKind::convolution, 2},
                                            {"dil_conv_5x5", OperationKind::convolution, 2}}};

/// What node k may take its two edges from.
constexpr std::size_t inputs_of(std::size_t node) { return DartsCell::inputs + node; }
constexpr std::uint64_t input_pairs_of(std::size_t node) { return inputs_of(node) * (inputs_of(node) - 1) / 2; }

constexpr std::uint64_t cell_count() {
  std::uint64_t count = 1;
  for (std::size_t node = 0; node < DartsCell::nodes; ++node) {
    count *= input_pairs_of(node) * choices.size() * choices.size();
  }
  return count;
}

/// The pair of inputs of that number, the lower first, in lexicographic order.
std::pair<std::uint8_t, std::uint8_t> input_pair(std::size_t node, std::uint64_t number) {
  std::uint8_t low = 0;
  for (std::uint64_t with_low = inputs_of(node) - 1; number >= with_low; --with_low) {
    number -= with_low;
    ++low;
  }
  return {low, static_cast<std::uint8_t>(low + 1 + number)};
}

DartsCell cell_at(std::uint64_t index) {
  DartsCell cell;
  const auto take = [&](std::uint64_t base) {
    const std::uint64_t digit = index % base;
    index /= base;
    return digit;
  };
  for (std::size_t node = DartsCell::nodes; node-- > 0;) {
    const auto second = static_cast<DartsOperation>(take(choices.size()));
    const auto first = static_cast<DartsOperation>(take(choices.size()));
    const auto [low, high] = input_pair(node, take(input_pairs_of(node)));
    cell.edges[2 * node] = {low, first};
    cell.edges[2 * node + 1] = {high, second};
  }
  return cell;
}

/// In the order of the genes.
bool comes_before(const DartsCell& a, const DartsCell& b) {
  const auto rank = [](const DartsEdge& edge) {
    return choices.size() * edge.input + static_cast<std::size_t>(edge.operation);
  };
  return std::ranges::lexicographical_compare(a.edges, b.edges, {}, rank, rank);
}

/// The edges of each node by their inputs.
DartsCell sorted(DartsCell cell) {
  for (std::size_t node = 0; node < DartsCell::nodes; ++node) {
    if (cell.edges[2 * node + 1].input < cell.edges[2 * node].input) {
      std::swap(cell.edges[2 * node], cell.edges[2 * node + 1]);
    }
  }
  return cell;
}

/// The cell with its nodes in another order: order[k] is the node that becomes node k. None when an edge would lead
/// backwards then.
bool renumber(const DartsCell& cell, std::span<const std::size_t> order, DartsCell& renumbered) {
  std::array<std::size_t, DartsCell::nodes> place{};
  for (std::size_t k = 0; k < order.size(); ++k) {
    place[order[k]] = k;
  }
  for (std::size_t k = 0; k < order.size(); ++k) {
    for (std::size_t i = 0; i < 2; ++i) {
      DartsEdge edge = cell.edges[2 * order[k] + i];
      if (edge.input >= DartsCell::inputs) {
        edge.input = static_cast<std::uint8_t>(DartsCell::inputs + place[edge.input - DartsCell::inputs]);
      }
      if (edge.input >= inputs_of(k)) {
        return false;
      }
      renumbered.edges[2 * k + i] = edge;
    }
  }
  renumbered = sorted(renumbered);
  return true;
}

/// The lowest of all orders of the nodes.
DartsCell canonical_cell(const DartsCell& cell) {
  DartsCell lowest = sorted(cell);
  std::array<std::size_t, DartsCell::nodes> order{0, 1, 2, 3};
  while (std::ranges::next_permutation(order).found) {
    DartsCell candidate;
    if (renumber(cell, order, candidate) && comes_before(candidate, lowest)) {
      lowest = candidate;
    }
  }
  return lowest;
}

/// Cells with another operation or another input on one edge, their edges sorted.
std::vector<DartsCell> neighbours_of(const DartsCell& cell) {
  std::vector<DartsCell> neighbours;
  for (std::size_t i = 0; i < cell.edges.size(); ++i) {
    for (std::size_t operation = 0; operation < choices.size(); ++operation) {
      DartsCell edited = cell;
      edited.edges[i].operation = static_cast<DartsOperation>(operation);
      neighbours.push_back(edited);
    }
    for (std::size_t input = 0; input < inputs_of(i / 2); ++input) {
      DartsCell edited = cell;
      edited.edges[i].input = static_cast<std::uint8_t>(input);
      if (input != cell.edges[i ^ 1U].input) {
        neighbours.push_back(sorted(edited));
      }
    }
  }
  std::erase(neighbours, cell);
  return neighbours;
}

OperationGraph graph_of(std::string_view name, const DartsCell& cell) {
  constexpr std::uint8_t output = DartsCell::inputs + DartsCell::nodes;
  OperationGraph graph{name, output + 1U, DartsCell::inputs, {}};
  for (std::size_t i = 0; i < cell.edges.size(); ++i) {
    graph.edges.push_back({cell.edges[i].input, static_cast<std::uint8_t>(DartsCell::inputs + i / 2),
                           static_cast<std::uint8_t>(cell.edges[i].operation)});
  }
  for (std::uint8_t node = DartsCell::inputs; node < output; ++node) {
    graph.edges.push_back({node, output, OperationGraph::connection});
  }
  return graph;
}

class Nb301Space final : public SearchSpace {
 public:
  [[nodiscard]] std::string_view name() const override { return "nb301"; }
  [[nodiscard]] std::string_view description() const override {
    return "NAS-Bench-301: DARTS' normal and reduction cells, four nodes of two of seven operations (Zela et al. 2022)";
  }
  [[nodiscard]] std::string_view example() const override {
    return "(((0, 3), (1, 3), (0, 3), (1, 3), (0, 2), (1, 3), (0, 2), (2, 5)), "
           "((0, 0), (1, 0), (1, 0), (2, 2), (0, 0), (2, 2), (1, 0), (2, 2)))";
  }

  [[nodiscard]] std::uint64_t size() const override { return cell_count() * cell_count(); }
  [[nodiscard]] Architecture at(std::uint64_t index) const override {
    ZCMPI_EXPECT(index < size());
    return to_architecture({cell_at(index / cell_count()), cell_at(index % cell_count())});
  }

  [[nodiscard]] Architecture parse(std::string_view text) const override {
    return to_architecture(parse_darts_network(text));
  }
  [[nodiscard]] std::string print(const Architecture& architecture) const override {
    return to_key(to_darts_network(architecture));
  }
  [[nodiscard]] std::vector<TextForm> text_forms(const Architecture& architecture) const override {
    const DartsNetwork network = to_darts_network(architecture);
    return {{"key", to_key(network)}, {"string", to_text(network)}};
  }
  void validate(const Architecture& architecture) const override {
    constexpr std::size_t genes = 8 * DartsCell::nodes;
    if (architecture.genes.size() != genes) {
      refuse_architecture(name(), print_tuple(architecture.genes), fmt::format("{} genes", architecture.genes.size()),
                          fmt::format("{}", genes));
    }
    static_cast<void>(parse_darts_network(to_key(to_darts_network(architecture))));
  }

  /// Another operation or another input on one edge; the edges of each node are sorted by input, as `at` has them.
  [[nodiscard]] std::vector<Architecture> neighbours(const Architecture& architecture) const override {
    const DartsNetwork network = to_darts_network(architecture);
    const DartsCell normal = sorted(network.normal);
    const DartsCell reduction = sorted(network.reduction);
    std::vector<Architecture> neighbours;
    for (const DartsCell& edited : neighbours_of(normal)) {
      neighbours.push_back(to_architecture({edited, reduction}));
    }
    for (const DartsCell& edited : neighbours_of(reduction)) {
      neighbours.push_back(to_architecture({normal, edited}));
    }
    std::ranges::sort(neighbours);
    return neighbours;
  }

  /// Sorted edges, and of the orders of each cell's nodes the lowest. The order of the nodes only permutes the channels
  /// of the cell's output.
  [[nodiscard]] Architecture canonical(const Architecture& architecture) const override {
    const DartsNetwork network = to_darts_network(architecture);
    return to_architecture({canonical_cell(network.normal), canonical_cell(network.reduction)});
  }

  [[nodiscard]] std::span<const Operation> operations() const override { return choices; }
  [[nodiscard]] std::vector<OperationGraph> graphs(const Architecture& architecture) const override {
    const DartsNetwork network = to_darts_network(architecture);
    return {graph_of("normal", network.normal), graph_of("reduction", network.reduction)};
  }
  /// How many edges come from each of the two inputs of each cell.
  [[nodiscard]] std::vector<Feature> own_features(const Architecture& architecture) const override {
    const DartsNetwork network = to_darts_network(architecture);
    std::vector<Feature> features;
    for (const auto& [name, cell] : {std::pair{"normal", &network.normal}, {"reduction", &network.reduction}}) {
      for (std::uint8_t input = 0; input < DartsCell::inputs; ++input) {
        features.push_back({fmt::format("{}_degree_of_input_{}", name, input),
                            static_cast<double>(std::ranges::count(cell->edges, input, &DartsEdge::input))});
      }
    }
    return features;
  }
};

}  // namespace

std::unique_ptr<const SearchSpace> make_nb301_space() { return std::make_unique<Nb301Space>(); }

}  // namespace zcmpi
