#include "zcmpi/gp/duplicates.hpp"

#include <algorithm>
#include <bit>

#include "zcmpi/core/error.hpp"

namespace zcmpi {

FormulaIndex::FormulaIndex(std::size_t capacity) : slots_(std::bit_ceil(2 * capacity + 2)) { used_.reserve(capacity); }

void FormulaIndex::clear() {
  for (const auto slot : used_) {
    slots_[slot].used = false;
  }
  used_.clear();
}

std::size_t FormulaIndex::slot_of(FormulaView formula, std::uint64_t digest) const {
  const auto mask = slots_.size() - 1;
  auto slot = static_cast<std::size_t>(digest) & mask;
  while (slots_[slot].used && (slots_[slot].digest != digest || !std::ranges::equal(slots_[slot].formula, formula))) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

std::optional<std::uint32_t> FormulaIndex::find(FormulaView formula) const {
  const auto& slot = slots_[slot_of(formula, digest(formula))];
  return slot.used ? std::optional(slot.tag) : std::nullopt;
}

std::optional<std::uint32_t> FormulaIndex::find_or_add(FormulaView formula, std::uint32_t tag) {
  const auto key = digest(formula);
  const auto place = slot_of(formula, key);
  auto& slot = slots_[place];
  if (slot.used) {
    return slot.tag;
  }
  ZCMPI_EXPECT(used_.size() < slots_.size() / 2);
  slot = {key, formula, tag, true};
  used_.push_back(place);
  return std::nullopt;
}

}  // namespace zcmpi
