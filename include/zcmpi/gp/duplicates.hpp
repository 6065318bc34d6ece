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

  /// Where a formula is, or would be; good until the index changes.
  struct Place {
    std::size_t slot = 0;
    std::uint64_t digest = 0;
    /// What stands for an equal formula, when there is one.
    std::optional<std::uint32_t> tag;
  };
  [[nodiscard]] Place find(FormulaView formula) const { return find(formula, digest(formula)); }
  [[nodiscard]] Place find(FormulaView formula, std::uint64_t digest) const;
  /// `tag` stands from now on for `formula`, which is equal to the one that was not found at `place`. The view must
  /// stay valid until clear().
  void add(const Place& place, FormulaView formula, std::uint32_t tag);

 private:
  /// Small, so that the table stays in a first-level cache for some thousand members.
  struct Slot {
    /// Half of the digest, which tells most of what differs.
    std::uint32_t digest = 0;
    /// Number of the entry, from 1 on; 0: free.
    std::uint32_t entry = 0;
  };
  struct Entry {
    FormulaView formula;
    std::uint32_t tag = 0;
  };

  std::vector<Slot> slots_;
  std::vector<Entry> entries_;
};

}  // namespace zcmpi
