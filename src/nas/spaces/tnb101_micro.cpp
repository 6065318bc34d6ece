#include <array>
#include <memory>

#include "../four_node_cell.hpp"
#include "zcmpi/nas/tnb101.hpp"

namespace zcmpi {
namespace {

/// By the operation's digit.
constexpr std::array<Operation, 4> choices{{{"none", OperationKind::none, 0},
                                            {"skip_connect", OperationKind::skip, 0},
                                            {"conv_1x1", OperationKind::convolution, 1},
                                            {"conv_3x3", OperationKind::convolution, 1}}};

class Tnb101MicroSpace final : public FourNodeSpace {
 public:
  Tnb101MicroSpace() : FourNodeSpace(choices, InputSkip::operation) {}

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
};

}  // namespace

std::unique_ptr<const SearchSpace> make_tnb101_micro_space() { return std::make_unique<Tnb101MicroSpace>(); }

}  // namespace zcmpi
