#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../four_node_cell.hpp"
#include "zcmpi/nas/tnb101.hpp"

namespace zcmpi {
namespace {

/// By the operation's digit.
constexpr std::array<Operation, 4> choices{{{"none", OperationKind::none, 0},
                                            {"skip_connect", OperationKind::skip, 0},
                                            {"conv_1x1", OperationKind::convolution, 1},
                                            {"conv_3x3", OperationKind::convolution, 1}}};

/// An operation that becomes part of the network, fed by a sum. A layer's inputs are layers, or 0 for the cell's input.
struct Layer {
  std::uint8_t operation = 0;
  std::vector<std::uint8_t> inputs;
};

/// The layers of a cell, numbered from 1 in `layers`, and the sum that is its output.
struct LayerGraph {
  std::vector<Layer> layers;
  std::vector<std::uint8_t> output;
};

/// Skip connections between inner nodes are resolved: what a node sums up is what it gets through them. A skip
/// connection from the cell's input is a layer, because it is a strided convolution where the cell changes the
/// resolution.
LayerGraph layer_graph(const Architecture& architecture) {
  LayerGraph graph;
  std::array<std::vector<std::uint8_t>, Tnb101MicroCell::nodes> sums;
  sums[0] = {0};
  for_each_edge([&](std::size_t edge, std::size_t from, std::size_t to) {
    const std::uint8_t operation = architecture.genes[edge];
    const OperationKind kind = choices[operation].kind;
    if (kind == OperationKind::none || sums[from].empty()) {
      return;
    }
    if (kind == OperationKind::skip && from > 0) {
      sums[to].insert(sums[to].end(), sums[from].begin(), sums[from].end());
    } else {
      graph.layers.push_back({operation, sums[from]});
      sums[to].push_back(static_cast<std::uint8_t>(graph.layers.size()));
    }
  });
  graph.output = sums.back();
  return graph;
}

/// The layers that lead to the output, by their numbers. Layers come after those they are fed by.
std::vector<std::uint8_t> used_layers(const LayerGraph& graph) {
  std::vector<bool> used(graph.layers.size() + 1, false);
  const auto use = [&](std::span<const std::uint8_t> sum) {
    for (const std::uint8_t source : sum) {
      used[source] = true;
    }
  };
  use(graph.output);
  std::vector<std::uint8_t> numbers;
  for (std::size_t number = graph.layers.size(); number > 0; --number) {
    if (used[number]) {
      use(graph.layers[number - 1].inputs);
      numbers.push_back(static_cast<std::uint8_t>(number));
    }
  }
  std::ranges::reverse(numbers);
  return numbers;
}

/// A sum as text, its layers renumbered: sorted digits.
std::string sum_text(std::span<const std::uint8_t> sum, std::span<const std::uint8_t> new_numbers) {
  std::string text;
  for (const std::uint8_t source : sum) {
    text += static_cast<char>('0' + new_numbers[source]);
  }
  std::ranges::sort(text);
  return text;
}

class Tnb101MicroSpace final : public FourNodeSpace {
 public:
  Tnb101MicroSpace() : FourNodeSpace(choices) {}

  [[nodiscard]] std::string_view name() const override { return "tnb101-micro"; }
  [[nodiscard]] std::string_view description() const override {
    return "TransNAS-Bench-101, cells: four nodes, one of four operations on each of six edges (Duan et al. 2021)";
  }
  [[nodiscard]] std::string_view example() const override { return "(1, 0, 2, 3, 3, 3)"; }
  [[nodiscard]] Architecture parse(std::string_view text) const override {
    return to_architecture(parse_tnb101_micro_cell(text));
  }
  [[nodiscard]] std::string print(const Architecture& architecture) const override {
    return to_key(to_tnb101_micro_cell(architecture));
  }
  [[nodiscard]] std::vector<TextForm> text_forms(const Architecture& architecture) const override {
    const Tnb101MicroCell cell = to_tnb101_micro_cell(architecture);
    return {{"key", to_key(cell)}, {"string", to_text(cell)}};
  }

 protected:
  /// Equal when the layers that lead to the output are the same in number, in kind and in what they are fed by: the
  /// lowest text of all numberings of the layers.
  [[nodiscard]] std::string class_text(const Architecture& architecture) const override {
    const LayerGraph graph = layer_graph(architecture);
    std::vector<std::uint8_t> order = used_layers(graph);
    std::string lowest;
    do {
      std::array<std::uint8_t, Tnb101MicroCell::edges + 1> new_numbers{};
      for (std::size_t i = 0; i < order.size(); ++i) {
        new_numbers[order[i]] = static_cast<std::uint8_t>(i + 1);
      }
      std::string text = sum_text(graph.output, new_numbers);
      for (const std::uint8_t number : order) {
        const Layer& layer = graph.layers[number - 1U];
        text += fmt::format(" {}({})", choices[layer.operation].name, sum_text(layer.inputs, new_numbers));
      }
      if (lowest.empty() || text < lowest) {
        lowest = text;
      }
    } while (std::ranges::next_permutation(order).found);
    return lowest;
  }
};

}  // namespace

std::unique_ptr<const SearchSpace> make_tnb101_micro_space() { return std::make_unique<Tnb101MicroSpace>(); }

}  // namespace zcmpi
