/// \file
/// The cells of DARTS (Liu, Simonyan, Yang 2019), which are NAS-Bench-301's (Zela et al. 2022), as plain data: what
/// networks are built from. The search space over them is found by its name, `find_space("nb301")`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {

/// What an edge does. The values are the ids of NAS-Bench-Suite-Zero's keys.
enum class DartsOperation : std::uint8_t {
  max_pool_3x3 = 0,
  avg_pool_3x3 = 1,
  skip_connect = 2,
  sep_conv_3x3 = 3,
  sep_conv_5x5 = 4,
  dil_conv_3x3 = 5,
  dil_conv_5x5 = 6,
};

/// The benchmark's name of an operation.
std::string_view to_text(DartsOperation operation);

struct DartsEdge {
  /// 0 and 1 are the outputs of the cell before the last and of the last one, 2 + k is the cell's node k.
  std::uint8_t input = 0;
  DartsOperation operation{};

  friend bool operator==(const DartsEdge&, const DartsEdge&) = default;
};

/// Four nodes, each the sum of two edges from different inputs; the cell's output is the concatenation of all four.
struct DartsCell {
  static constexpr std::size_t nodes = 4;
  static constexpr std::size_t inputs = 2;

  /// Node k takes edges 2k and 2k + 1.
  std::array<DartsEdge, 2 * nodes> edges{};

  friend bool operator==(const DartsCell&, const DartsCell&) = default;
};

struct DartsNetwork {
  DartsCell normal;
  DartsCell reduction;

  friend bool operator==(const DartsNetwork&, const DartsNetwork&) = default;
};

/// Reads NAS-Bench-Suite-Zero's key, `((input, op) x 8, twice: normal, reduction)` in tuples or lists, or the
/// benchmark's own form, `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6), reduce=[...], ...)`,
/// with or without the names. Throws InputError.
DartsNetwork parse_darts_network(std::string_view text);

/// The benchmark's own form, `Genotype(...)`.
std::string to_text(const DartsNetwork& network);

/// NAS-Bench-Suite-Zero's key in tuples, `(((0, 3), (1, 2), ...), (...))`.
std::string to_key(const DartsNetwork& network);

/// Between networks and the architectures of `nb301`, whose genes are (input, operation) of the normal cell's edges,
/// then of the reduction cell's.
Architecture to_architecture(const DartsNetwork& network);
DartsNetwork to_darts_network(const Architecture& architecture);

}  // namespace zcmpi
