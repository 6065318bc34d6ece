/// \file
/// The values of formulas on all rows: a tile of rows per team, and some programs, one after the other.
///
/// An instruction is a loop over the tile, with the choice of op and operands outside of it. Tiles are so narrow that
/// what is in use at a time stays in the first-level cache, and all slots in the second-level cache (of formulas of up
/// to some hundred nodes) or in a device's shared memory.
#pragma once

#include <limits>

#include "kokkos_support.hpp"
#include "program.hpp"
#include "zcmpi/core/portable_math.hpp"
#include "zcmpi/expr/primitive.hpp"

namespace zcmpi::detail {

/// How the rows of all problems, one after the other, are cut into tiles. All are multiples of row_multiple.
struct Tiling {
  /// Rows with padding; also the distance between columns, and between the values of formulas.
  int rows = 0;
  int tile_rows = 0;
  int tiles = 0;
};

class ValuesKernel {
 public:
  /// Columns of features, one per terminal; values, one column per formula of the block.
  struct Arguments {
    const float* features;
    const Instruction* instructions;
    const Program* programs;
    float* values;
    Tiling tiling;
    int slots;
    /// What takes a slot operand to its slot: slots - 1 of a ring.
    std::uint32_t slot_mask;
    int formulas;
    /// More than one where they share slots.
    int formulas_per_team;
  };

  explicit ValuesKernel(const Arguments& arguments) : arguments_(arguments) {}

  /// Of what Kokkos calls the levels of scratch memory, the first is small; on a device it is shared memory.
  /// A function, since Kokkos takes the level by reference, and a device has no static members.
  ZCMPI_FUNCTION static constexpr int scratch_level() { return on_host ? 1 : 0; }
  static std::size_t scratch_bytes(int slots, const Tiling& tiling) {
    return static_cast<std::size_t>(slots) * static_cast<std::size_t>(tiling.tile_rows) * sizeof(float) +
           scratch_alignment;
  }

  static int team_count(int formulas, int formulas_per_team, const Tiling& tiling) {
    return (formulas + formulas_per_team - 1) / formulas_per_team * tiling.tiles;
  }

  ZCMPI_FUNCTION void operator()(const Team& team) const {
    const Tiling& tiling = arguments_.tiling;
    const int first_formula = team.league_rank() / tiling.tiles * arguments_.formulas_per_team;
    const int formulas_left = arguments_.formulas - first_formula;
    const int formulas = formulas_left < arguments_.formulas_per_team ? formulas_left : arguments_.formulas_per_team;
    const int first = (team.league_rank() % tiling.tiles) * tiling.tile_rows;
    const int left = tiling.rows - first;
    const int slot_bytes = arguments_.slots * tiling.tile_rows * static_cast<int>(sizeof(float));
    Tile tile{first, left < tiling.tile_rows ? left : tiling.tile_rows,
              static_cast<float*>(team.team_scratch(scratch_level()).get_shmem_aligned(slot_bytes, scratch_alignment))};
    for (int formula = first_formula; formula < first_formula + formulas; ++formula) {
      const Program& program = arguments_.programs[formula];
      for (std::uint32_t k = 0; k < program.count; ++k) {
        run(team, tile, arguments_.instructions[program.first + k]);
      }
      store(team, tile, program.result, formula);
    }
  }

 private:
  static constexpr int scratch_alignment = 64;

  struct Tile {
    int first;
    int rows;
    float* slots;
  };

  [[nodiscard]] ZCMPI_FUNCTION const float* column(const Tile& tile, OperandKind kind, std::uint32_t payload) const {
    return kind == OperandKind::slot
               ? tile.slots + static_cast<std::size_t>(payload & arguments_.slot_mask) *
                                  static_cast<std::size_t>(arguments_.tiling.tile_rows)
               : arguments_.features + tile.first +
                     static_cast<std::size_t>(payload) * static_cast<std::size_t>(arguments_.tiling.rows);
  }

  ZCMPI_FUNCTION void run(const Team& team, const Tile& tile, const Instruction& instruction) const {
    switch (instruction.op()) {
      case Op::add: return binary<Op::add>(team, tile, instruction);
      case Op::sub: return binary<Op::sub>(team, tile, instruction);
      case Op::mul: return binary<Op::mul>(team, tile, instruction);
      case Op::div: return binary<Op::div>(team, tile, instruction);
      case Op::aq: return binary<Op::aq>(team, tile, instruction);
      case Op::min: return binary<Op::min>(team, tile, instruction);
      case Op::max: return binary<Op::max>(team, tile, instruction);
      case Op::neg: return unary<Op::neg>(team, tile, instruction);
      case Op::abs: return unary<Op::abs>(team, tile, instruction);
      case Op::square: return unary<Op::square>(team, tile, instruction);
      case Op::sqrt: return unary<Op::sqrt>(team, tile, instruction);
      case Op::cbrt: return unary<Op::cbrt>(team, tile, instruction);
      case Op::log: return unary<Op::log>(team, tile, instruction);
      case Op::exp: return unary<Op::exp>(team, tile, instruction);
      case Op::tanh: return unary<Op::tanh>(team, tile, instruction);
      case Op::inv: return unary<Op::inv>(team, tile, instruction);
      case Op::constant:
      case Op::terminal: return;
    }
  }

  [[nodiscard]] ZCMPI_FUNCTION float* target(const Tile& tile, const Instruction& instruction) const {
    return tile.slots +
           static_cast<std::size_t>(instruction.target) * static_cast<std::size_t>(arguments_.tiling.tile_rows);
  }

  template <Op op>
  ZCMPI_FUNCTION void unary(const Team& team, const Tile& tile, const Instruction& instruction) const {
    float* const out = target(tile, instruction);
    const float* const a = column(tile, instruction.kind_a(), instruction.a);
    for_rows(team, tile.rows, [=](int r) { out[r] = apply(op, a[r]); });
  }

  template <Op op>
  ZCMPI_FUNCTION void binary(const Team& team, const Tile& tile, const Instruction& instruction) const {
    float* const out = target(tile, instruction);
    const float* const a = column(tile, instruction.kind_a(), instruction.a);
    const float* const b = column(tile, instruction.kind_b(), instruction.b);
    if (instruction.kind_a() == OperandKind::constant) {
      const float value = portable::bit_cast<float>(instruction.a);
      for_rows(team, tile.rows, [=](int r) { out[r] = apply(op, value, b[r]); });
    } else if (instruction.kind_b() == OperandKind::constant) {
      const float value = portable::bit_cast<float>(instruction.b);
      for_rows(team, tile.rows, [=](int r) { out[r] = apply(op, a[r], value); });
    } else {
      for_rows(team, tile.rows, [=](int r) { out[r] = apply(op, a[r], b[r]); });
    }
  }

  /// What is not finite ranks lowest: it leaves as -infinity.
  ZCMPI_FUNCTION void store(const Team& team, const Tile& tile, const Operand& result, int formula) const {
    const auto rankable = [](float value) {
      return portable::is_finite(value) ? value : -std::numeric_limits<float>::infinity();
    };
    float* const out = arguments_.values + tile.first +
                       static_cast<std::size_t>(formula) * static_cast<std::size_t>(arguments_.tiling.rows);
    if (result.kind == OperandKind::constant) {
      const float value = rankable(portable::bit_cast<float>(result.payload));
      for_rows(team, tile.rows, [=](int r) { out[r] = value; });
    } else {
      const float* const from = column(tile, result.kind, result.payload);
      for_rows(team, tile.rows, [=](int r) { out[r] = rankable(from[r]); });
    }
  }

  Arguments arguments_;
};

}  // namespace zcmpi::detail
