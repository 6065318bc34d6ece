/// \file
/// Finding formulas that are already there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "zcmpi/gp/population.hpp"

namespace zcmpi {

/// A set of members, by formula, of up to two populations that stay where they are while the index is used: parents and
/// their children. Open addressing; equality is decided by the nodes, the digest only says where to look.
class FormulaIndex {
 public:
  /// Room for `capacity` members in all.
  explicit FormulaIndex(std::size_t capacity);

  void clear();

  /// The tag of an equal formula that was added before, or nothing; then `tag` stands for `formula` from now on. The
  /// view must stay valid until clear().
  std::optional<std::uint32_t> find_or_add(FormulaView formula, std::uint32_t tag);
  [[nodiscard]] std::optional<std::uint32_t> find(FormulaView formula) const;

 private:
  struct Slot {
    std::uint64_t digest = 0;
    FormulaView formula;
    std::uint32_t tag = 0;
    bool used = false;
  };

  [[nodiscard]] std::size_t slot_of(FormulaView formula, std::uint64_t digest) const;

  std::vector<Slot> slots_;
  std::vector<std::size_t> used_;
};

}  // namespace zcmpi
