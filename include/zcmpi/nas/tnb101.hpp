/// \file
/// The cells and networks of TransNAS-Bench-101's two spaces (Duan et al. 2021), as plain data: what networks are built
/// from. The search spaces over them are found by their names, `find_space("tnb101-micro")` and
/// `find_space("tnb101-macro")`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {

/// What an edge of a micro cell does. The values are the digits of the benchmark's string.
enum class Tnb101Operation : std::uint8_t {
  /// The edge is not there: it adds zeros.
  none = 0,
  skip_connect = 1,
  conv_1x1 = 2,
  conv_3x3 = 3,
};

std::string_view to_text(Tnb101Operation operation);

/// Four nodes, each the sum of what the edges from all earlier ones bring. Node 0 is the cell's input, node 3 its
/// output.
struct Tnb101MicroCell {
  static constexpr std::size_t nodes = 4;
  static constexpr std::size_t edges = 6;

  /// In the order of the benchmark's string: 0->1, 0->2, 1->2, 0->3, 1->3, 2->3.
  std::array<Tnb101Operation, edges> operations{};

  /// Requires from < to < nodes.
  [[nodiscard]] Tnb101Operation operation(std::size_t from, std::size_t to) const {
    return operations[to * (to - 1) / 2 + from];
  }

  friend bool operator==(const Tnb101MicroCell&, const Tnb101MicroCell&) = default;
};

/// Reads the benchmark's string `64-41414-1_02_333` or NAS-Bench-Suite-Zero's key `(1, 0, 2, 3, 3, 3)`, six digits in a
/// tuple or a list, in the order of the string. Throws InputError.
Tnb101MicroCell parse_tnb101_micro_cell(std::string_view text);

/// The benchmark's string.
std::string to_text(const Tnb101MicroCell& cell);

/// NAS-Bench-Suite-Zero's key.
std::string to_key(const Tnb101MicroCell& cell);

/// Between cells and the architectures of `tnb101-micro`, whose genes are the operations in the order of the cell.
Architecture to_architecture(const Tnb101MicroCell& cell);
Tnb101MicroCell to_tnb101_micro_cell(const Architecture& architecture);

/// What a module of a macro network does to its input. The values are the digits of the benchmark's string.
enum class Tnb101Module : std::uint8_t {
  normal = 1,
  double_channels = 2,
  halve_resolution = 3,
  double_channels_and_halve_resolution = 4,
};

constexpr bool doubles_channels(Tnb101Module module) {
  return module == Tnb101Module::double_channels || module == Tnb101Module::double_channels_and_halve_resolution;
}

constexpr bool halves_resolution(Tnb101Module module) {
  return module == Tnb101Module::halve_resolution || module == Tnb101Module::double_channels_and_halve_resolution;
}

struct Tnb101MacroNetwork {
  static constexpr std::size_t min_modules = 4;
  static constexpr std::size_t max_modules = 6;
  /// Modules that double the channels: 1 to 3. Modules that halve the resolution: 1 to 4.
  static constexpr std::size_t max_doublings = 3;
  static constexpr std::size_t max_halvings = 4;

  /// From the stem to the head.
  std::vector<Tnb101Module> modules;

  friend bool operator==(const Tnb101MacroNetwork&, const Tnb101MacroNetwork&) = default;
};

/// What keeps the modules from being a network of the space, such as "3 modules"; empty when nothing does.
std::string complaint(const Tnb101MacroNetwork& network);

/// Reads the benchmark's string `64-1234-basic` or NAS-Bench-Suite-Zero's key, four to six digits in a tuple or a list,
/// which some files pad to six by zeros at the end. Throws InputError.
Tnb101MacroNetwork parse_tnb101_macro_network(std::string_view text);

/// The benchmark's string.
std::string to_text(const Tnb101MacroNetwork& network);

/// NAS-Bench-Suite-Zero's key, not padded.
std::string to_key(const Tnb101MacroNetwork& network);

/// Between networks and the architectures of `tnb101-macro`, whose genes are the modules' digits.
Architecture to_architecture(const Tnb101MacroNetwork& network);
Tnb101MacroNetwork to_tnb101_macro_network(const Architecture& architecture);

}  // namespace zcmpi
