#include "zcmpi/nas/nb201.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "../four_node_cell.hpp"

namespace zcmpi {
namespace {

/// By the operation's id.
constexpr std::array<Operation, 5> choices{{{"skip_connect", OperationKind::skip, 0},
                                            {"none", OperationKind::none, 0},
                                            {"nor_conv_3x3", OperationKind::convolution, 1},
                                            {"nor_conv_1x1", OperationKind::convolution, 1},
                                            {"avg_pool_3x3", OperationKind::pooling, 0}}};

class Nb201Space final : public FourNodeSpace {
 public:
  Nb201Space() : FourNodeSpace(choices) {}

  [[nodiscard]] std::string_view name() const override { return "nb201"; }
  [[nodiscard]] std::string_view description() const override {
    return "NAS-Bench-201: cells of four nodes, one of five operations on each of six edges (Dong, Yang 2020)";
  }
  [[nodiscard]] std::string_view example() const override {
    return "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|";
  }
  [[nodiscard]] Architecture parse(std::string_view text) const override {
    return to_architecture(parse_nb201_cell(text));
  }
  [[nodiscard]] std::string print(const Architecture& architecture) const override {
    return to_text(to_nb201_cell(architecture));
  }
  [[nodiscard]] std::vector<TextForm> text_forms(const Architecture& architecture) const override {
    const Nb201Cell cell = to_nb201_cell(architecture);
    return {{"string", to_text(cell)}, {"key", to_key(cell)}};
  }

 protected:
  /// The rule of the benchmark, whose 6,466 classes it gives exactly. The text of a node is the sorted texts of its
  /// edges, joined by '+'. The text of an edge is '#' when its operation is none or its origin's text is '#'; its
  /// origin's text when it is a skip connection; "(origin)@operation" otherwise. A cell's text is that of its output.
  ///
  /// The rule depends on the texts' order, because a skip connection brings in a sum as one text, and a '#' in a sum
  /// stays. So it takes some cells for different that compute the same, such as those with nodes 1 and 2 exchanged. It
  /// also takes a layer that is used twice for two equal layers.
  [[nodiscard]] std::string class_text(const Architecture& architecture) const override {
    std::array<std::string, Nb201Cell::nodes> texts{"0"};
    std::vector<std::string> terms;
    for_each_edge([&](std::size_t edge, std::size_t from, std::size_t to) {
      const Operation& operation = choices[architecture.genes[edge]];
      if (operation.kind == OperationKind::none || texts[from] == "#") {
        terms.emplace_back("#");
      } else if (operation.kind == OperationKind::skip) {
        terms.push_back(texts[from]);
      } else {
        terms.push_back(fmt::format("({})@{}", texts[from], operation.name));
      }
      if (terms.size() == to) {
        std::ranges::sort(terms);
        texts[to] = fmt::format("{}", fmt::join(terms, "+"));
        terms.clear();
      }
    });
    return texts.back();
  }
};

}  // namespace

std::unique_ptr<const SearchSpace> make_nb201_space() { return std::make_unique<Nb201Space>(); }

}  // namespace zcmpi
