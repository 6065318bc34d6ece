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

FormulaIndex::Place FormulaIndex::find(FormulaView formula) const {
  const auto key = digest(formula);
  const auto mask = slots_.size() - 1;
  auto place = static_cast<std::size_t>(key) & mask;
  while (slots_[place].used) {
    const Slot& slot = slots_[place];
    if (slot.digest == key && is_same(slot.formula, formula)) {
      return {place, key, slot.tag};
    }
    place = (place + 1) & mask;
  }
  return {place, key, std::nullopt};
}

void FormulaIndex::add(const Place& place, FormulaView formula, std::uint32_t tag) {
  ZCMPI_EXPECT(!slots_[place.slot].used && used_.size() < slots_.size() / 2);
  slots_[place.slot] = {place.digest, formula, tag, true};
  used_.push_back(place.slot);
}

}  // namespace zcmpi
