#include "zcmpi/nas/nb201.hpp"

#include <array>
#include <memory>

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
  Nb201Space() : FourNodeSpace(choices, InputSkip::identity) {}

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
};

}  // namespace

std::unique_ptr<const SearchSpace> make_nb201_space() { return std::make_unique<Nb201Space>(); }

}  // namespace zcmpi
