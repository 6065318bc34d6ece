#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>

#include "zcmpi/core/error.hpp"
#include "zcmpi/nas/product_space.hpp"

namespace zcmpi {
namespace {

constexpr std::size_t layers = 3;

constexpr std::array<Operation, 3> choices{{{"conv_1x1", OperationKind::convolution, 1},
                                            {"conv_3x3", OperationKind::convolution, 1},
                                            {"skip", OperationKind::skip, 0}}};

/// Gene i is the operation of layer i.
class ChainSpace final : public ProductSpace {
 public:
  ChainSpace() : ProductSpace(std::vector<std::uint8_t>(layers, choices.size())) {}

  std::string_view name() const override { return "chain"; }
  std::string_view description() const override { return "three layers in a row, one of three operations each"; }
  std::string_view example() const override { return "conv_3x3/skip/conv_1x1"; }

  std::string print(const Architecture& architecture) const override {
    std::vector<std::string_view> names;
    for (const std::uint8_t gene : architecture.genes) {
      names.push_back(choices[gene].name);
    }
    return fmt::format("{}", fmt::join(names, "/"));
  }

  Architecture parse(std::string_view text) const override {
    Architecture architecture;
    std::string_view rest = text;
    for (bool more = true; more;) {
      const std::size_t end = std::min(rest.find('/'), rest.size());
      const auto* const found = std::ranges::find(choices, rest.substr(0, end), &Operation::name);
      if (found == choices.end()) {
        throw InputError(
            fmt::format("unknown operation '{}' (chain architecture '{}'): expected conv_1x1, conv_3x3 or skip",
                        rest.substr(0, end), text));
      }
      architecture.genes.push_back(static_cast<std::uint8_t>(found - choices.begin()));
      more = end < rest.size();
      rest.remove_prefix(more ? end + 1 : end);
    }
    validate(architecture);
    return architecture;
  }

  /// A skip does nothing, so it does not matter where it is: all of them go to the end.
  Architecture canonical(const Architecture& architecture) const override {
    Architecture sorted = architecture;
    std::ranges::stable_partition(sorted.genes,
                                  [](std::uint8_t gene) { return choices[gene].kind != OperationKind::skip; });
    return sorted;
  }

  std::span<const Operation> operations() const override { return choices; }

  std::vector<OperationGraph> graphs(const Architecture& architecture) const override {
    OperationGraph chain;
    chain.nodes = layers + 1;
    for (std::uint8_t layer = 0; layer < layers; ++layer) {
      chain.edges.push_back({layer, static_cast<std::uint8_t>(layer + 1), architecture.genes[layer]});
    }
    return {chain};
  }
};

}  // namespace

std::unique_ptr<const SearchSpace> make_chain_space() { return std::make_unique<ChainSpace>(); }

}  // namespace zcmpi
