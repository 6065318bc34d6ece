#include "zcmpi/data/computed_table.hpp"

#include <cmath>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

bool is_name(std::string_view text) { return !text.empty() && text.find('\0') == std::string_view::npos; }

}  // namespace

std::size_t ComputedTable::number_of(std::string_view name, Numbers& numbers, std::vector<std::string>& names) {
  auto found = numbers.find(name);
  if (found == numbers.end()) {
    found = numbers.emplace(std::string(name), names.size()).first;
    names.emplace_back(name);
  }
  return found->second;
}

void ComputedTable::set(std::string_view architecture, std::string_view column, const ComputedValue& value) {
  ZCMPI_EXPECT(is_name(architecture) && is_name(column));
  ZCMPI_EXPECT(std::isnan(value.value) == !value.reason.empty());
  const std::size_t row = number_of(architecture, architecture_numbers_, architectures_);
  const std::size_t place = number_of(column, column_numbers_, columns_);
  cells_.resize(columns_.size());
  for (auto& cells : cells_) {
    cells.resize(architectures_.size());
  }
  Cell& cell = cells_[place][row];
  cell = {.state = State::value, .value = value.value, .seconds = value.seconds};
  if (!value.reason.empty()) {
    cell.state = State::missing;
    cell.reason = static_cast<std::uint32_t>(number_of(value.reason, reason_numbers_, reasons_));
  }
}

const ComputedTable::Cell* ComputedTable::find_cell(std::string_view architecture, std::string_view column) const {
  const auto row = architecture_numbers_.find(architecture);
  const auto place = column_numbers_.find(column);
  if (row == architecture_numbers_.end() || place == column_numbers_.end()) {
    return nullptr;
  }
  const Cell& cell = cells_[place->second][row->second];
  return cell.state == State::not_computed ? nullptr : &cell;
}

std::optional<ComputedValue> ComputedTable::find(std::string_view architecture, std::string_view column) const {
  const Cell* cell = find_cell(architecture, column);
  if (cell == nullptr) {
    return std::nullopt;
  }
  return ComputedValue{cell->value, cell->seconds,
                       cell->state == State::missing ? reasons_[cell->reason] : std::string()};
}

void ComputedTable::merge(const ComputedTable& other) {
  for (const auto& architecture : other.architectures_) {
    for (const auto& column : other.columns_) {
      const auto own = find(architecture, column);
      if (!own || !own->is_final()) {
        const auto value = other.find(architecture, column);
        if (value && (!own || value->is_final())) {
          set(architecture, column, *value);
        }
      }
    }
  }
}

}  // namespace zcmpi
