#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "../literal.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/nas/tnb101.hpp"

namespace zcmpi {
namespace {

/// By the module's digit less one. Each is two residual blocks of two convolutions; the shortcut of the first has one
/// more where channels or resolution change.
constexpr std::array<Operation, 4> choices{{{"normal", OperationKind::convolution, 4},
                                            {"double_channels", OperationKind::convolution, 5},
                                            {"halve_resolution", OperationKind::convolution, 5},
                                            {"double_channels_and_halve_resolution", OperationKind::convolution, 5}}};

constexpr std::uint8_t largest_digit = choices.size();
constexpr std::uint64_t network_count = 3256;

bool is_architecture(const Architecture& architecture) {
  const auto is_digit = [](std::uint8_t gene) { return gene >= 1 && gene <= largest_digit; };
  return std::ranges::all_of(architecture.genes, is_digit) && complaint(to_tnb101_macro_network(architecture)).empty();
}

/// All architectures: shorter networks first, then by their digits.
std::vector<Architecture> all_architectures() {
  std::vector<Architecture> all;
  for (std::size_t length = Tnb101MacroNetwork::min_modules; length <= Tnb101MacroNetwork::max_modules; ++length) {
    const std::size_t combinations = std::size_t{1} << (2 * length);
    for (std::size_t combination = 0; combination < combinations; ++combination) {
      Architecture architecture;
      for (std::size_t i = length; i-- > 0;) {
        architecture.genes.push_back(static_cast<std::uint8_t>(1 + (combination >> (2 * i)) % 4));
      }
      if (is_architecture(architecture)) {
        all.push_back(std::move(architecture));
      }
    }
  }
  return all;
}

class Tnb101MacroSpace final : public SearchSpace {
 public:
  [[nodiscard]] std::string_view name() const override { return "tnb101-macro"; }
  [[nodiscard]] std::string_view description() const override {
    return "TransNAS-Bench-101, skeletons: 4 to 6 modules that keep, double channels or halve resolution (Duan et al. "
           "2021)";
  }
  [[nodiscard]] std::string_view example() const override { return "(1, 2, 3, 4)"; }

  [[nodiscard]] std::uint64_t size() const override { return network_count; }
  [[nodiscard]] Architecture at(std::uint64_t index) const override {
    static const auto all = all_architectures();
    ZCMPI_ENSURE(all.size() == network_count);
    ZCMPI_EXPECT(index < all.size());
    return all[index];
  }

  [[nodiscard]] Architecture parse(std::string_view text) const override {
    return to_architecture(parse_tnb101_macro_network(text));
  }
  [[nodiscard]] std::string print(const Architecture& architecture) const override {
    return to_key(to_tnb101_macro_network(architecture));
  }
  [[nodiscard]] std::vector<TextForm> text_forms(const Architecture& architecture) const override {
    const auto network = to_tnb101_macro_network(architecture);
    auto padded = architecture.genes;
    padded.resize(Tnb101MacroNetwork::max_modules, 0);
    return {{"key", to_key(network)}, {"padded key", print_tuple(padded)}, {"string", to_text(network)}};
  }
  void validate(const Architecture& architecture) const override {
    static_cast<void>(parse_tnb101_macro_network(print_tuple(architecture.genes)));
  }

  /// One module replaced, inserted or left out.
  [[nodiscard]] std::vector<Architecture> neighbours(const Architecture& architecture) const override {
    std::vector<Architecture> neighbours;
    const auto add = [&](Architecture candidate) {
      if (candidate != architecture && is_architecture(candidate)) {
        neighbours.push_back(std::move(candidate));
      }
    };
    const auto length = static_cast<std::ptrdiff_t>(architecture.genes.size());
    for (std::ptrdiff_t i = 0; i <= length; ++i) {
      for (std::uint8_t digit = 1; digit <= largest_digit; ++digit) {
        Architecture inserted = architecture;
        inserted.genes.insert(inserted.genes.begin() + i, digit);
        add(std::move(inserted));
        if (i < length) {
          Architecture replaced = architecture;
          replaced.genes[static_cast<std::size_t>(i)] = digit;
          add(std::move(replaced));
        }
      }
      if (i < length) {
        Architecture shortened = architecture;
        shortened.genes.erase(shortened.genes.begin() + i);
        add(std::move(shortened));
      }
    }
    std::ranges::sort(neighbours);
    neighbours.erase(std::unique(neighbours.begin(), neighbours.end()), neighbours.end());
    return neighbours;
  }

  [[nodiscard]] std::span<const Operation> operations() const override { return choices; }
  [[nodiscard]] std::vector<OperationGraph> graphs(const Architecture& architecture) const override {
    OperationGraph chain;
    chain.nodes = architecture.genes.size() + 1;
    for (std::size_t i = 0; i < architecture.genes.size(); ++i) {
      chain.edges.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i + 1),
                             static_cast<std::uint8_t>(architecture.genes[i] - 1)});
    }
    return {std::move(chain)};
  }

  /// How often the channels have doubled and the resolution has halved after each module, 0 for modules that the
  /// network does not have, and how often in all.
  [[nodiscard]] std::vector<Feature> own_features(const Architecture& architecture) const override {
    const auto modules = to_tnb101_macro_network(architecture).modules;
    std::vector<Feature> features;
    int doublings = 0;
    int halvings = 0;
    for (std::size_t i = 0; i < Tnb101MacroNetwork::max_modules; ++i) {
      const bool is_there = i < modules.size();
      doublings += is_there && doubles_channels(modules[i]) ? 1 : 0;
      halvings += is_there && halves_resolution(modules[i]) ? 1 : 0;
      features.push_back({fmt::format("channel_doublings_after_{}", i), is_there ? doublings : 0.0});
      features.push_back({fmt::format("resolution_halvings_after_{}", i), is_there ? halvings : 0.0});
    }
    features.push_back({"channel_doublings", static_cast<double>(doublings)});
    features.push_back({"resolution_halvings", static_cast<double>(halvings)});
    return features;
  }
};

}  // namespace

std::unique_ptr<const SearchSpace> make_tnb101_macro_space() { return std::make_unique<Tnb101MacroSpace>(); }

}  // namespace zcmpi
