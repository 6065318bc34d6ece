/// \file
/// The cells of NAS-Bench-201, also NATS-Bench's topology space (Dong, Yang 2020), as plain data: what networks are
/// built from. The search space over them is found by its name, `find_space("nb201")`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {

/// What an edge does. The values are the ids of NAS-Bench-Suite-Zero's keys.
enum class Nb201Operation : std::uint8_t {
  skip_connect = 0,
  /// The edge is not there: it adds zeros.
  none = 1,
  nor_conv_3x3 = 2,
  nor_conv_1x1 = 3,
  avg_pool_3x3 = 4,
};

/// The benchmark's name of an operation.
std::string_view to_text(Nb201Operation operation);

/// Four nodes, each the sum of what the edges from all earlier ones bring. Node 0 is the cell's input, node 3 its
/// output.
struct Nb201Cell {
  static constexpr std::size_t nodes = 4;
  static constexpr std::size_t edges = 6;

  /// In the order of the benchmark's string: 0->1, 0->2, 1->2, 0->3, 1->3, 2->3.
  std::array<Nb201Operation, edges> operations{};

  /// Requires from < to < nodes.
  [[nodiscard]] Nb201Operation operation(std::size_t from, std::size_t to) const {
    return operations[to * (to - 1) / 2 + from];
  }

  friend bool operator==(const Nb201Cell&, const Nb201Cell&) = default;
};

/// Reads the benchmark's string `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|` or NAS-Bench-Suite-Zero's key, six ids in a tuple
/// or a list, in the order 0->1, 0->2, 0->3, 1->2, 1->3, 2->3. Throws InputError.
Nb201Cell parse_nb201_cell(std::string_view text);

/// The benchmark's string.
std::string to_text(const Nb201Cell& cell);

/// NAS-Bench-Suite-Zero's key, `(4, 0, 3, 1, 4, 3)`.
std::string to_key(const Nb201Cell& cell);

/// Between cells and the architectures of `nb201`, whose genes are the operations in the order of the cell.
Architecture to_architecture(const Nb201Cell& cell);
Nb201Cell to_nb201_cell(const Architecture& architecture);

}  // namespace zcmpi
