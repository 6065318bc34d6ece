#include "zcmpi/gp/duplicates.hpp"

#include <algorithm>
#include <bit>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

/// The half that does not say where to look.
std::uint32_t half_of(std::uint64_t digest) { return static_cast<std::uint32_t>(digest >> 32U); }

}  // namespace

FormulaIndex::FormulaIndex(std::size_t capacity) : slots_(std::bit_ceil(2 * capacity + 2)) {
  entries_.reserve(capacity);
}

void FormulaIndex::clear() {
  std::ranges::fill(slots_, Slot{});
  entries_.clear();
}

FormulaIndex::Place FormulaIndex::find(FormulaView formula, std::uint64_t digest) const {
  const auto half = half_of(digest);
  const auto mask = slots_.size() - 1;
  auto place = static_cast<std::size_t>(digest) & mask;
  for (; slots_[place].entry != 0; place = (place + 1) & mask) {
    if (slots_[place].digest == half) {
      if (const Entry& entry = entries_[slots_[place].entry - 1]; is_same(entry.formula, formula)) {
        return {place, digest, entry.tag};
      }
    }
  }
  return {place, digest, std::nullopt};
}

void FormulaIndex::add(const Place& place, FormulaView formula, std::uint32_t tag) {
  ZCMPI_EXPECT(slots_[place.slot].entry == 0 && entries_.size() < slots_.size() / 2);
  entries_.push_back({formula, tag});
  slots_[place.slot] = {half_of(place.digest), static_cast<std::uint32_t>(entries_.size())};
}

}  // namespace zcmpi
