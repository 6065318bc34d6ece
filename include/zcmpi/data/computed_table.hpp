/// \file
/// A table in the making: numbers about architectures that are computed one after the other, each by itself. In memory;
/// zcmpi/data/feature_cache.hpp keeps it on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zcmpi {

/// How a reason begins that is not final: another machine, fewer ranks on this one, may well have the memory.
inline constexpr std::string_view no_memory = "the memory does not suffice";
/// How the other reasons that are not final begin: something went wrong that need not do so again, or elsewhere.
inline constexpr std::string_view accident = "failed: ";

/// Whether computing it again on another machine would come to the same.
inline bool is_final_reason(std::string_view reason) {
  return !reason.starts_with(no_memory) && !reason.starts_with(accident);
}

/// What a computation came to: a value, or the reason why there is none.
struct ComputedValue {
  /// NaN when, and only when, there is a reason.
  double value = std::numeric_limits<double>::quiet_NaN();
  /// What computing it took; NaN where nobody measured.
  double seconds = std::numeric_limits<double>::quiet_NaN();
  /// A few words; empty for a value.
  std::string reason{};

  /// See is_final_reason.
  [[nodiscard]] bool is_final() const { return is_final_reason(reason); }
};

/// Rows are architectures, columns are named numbers, both in the order in which they first came. A cell is not
/// computed yet, or holds a ComputedValue.
class ComputedTable {
 public:
  enum class State : std::uint8_t { not_computed = 0, value = 1, missing = 2 };

  struct Cell {
    State state = State::not_computed;
    double value = std::numeric_limits<double>::quiet_NaN();
    double seconds = std::numeric_limits<double>::quiet_NaN();
    /// Place in reasons(); 0 unless the value is missing.
    std::uint32_t reason = 0;
  };

  [[nodiscard]] std::span<const std::string> architectures() const { return architectures_; }
  [[nodiscard]] std::span<const std::string> columns() const { return columns_; }
  /// All reasons that occur, each once.
  [[nodiscard]] std::span<const std::string> reasons() const { return reasons_; }
  /// One cell an architecture.
  [[nodiscard]] std::span<const Cell> column(std::size_t number) const { return cells_[number]; }

  /// Replaces what was there. Names are not empty and hold no zero byte.
  void set(std::string_view architecture, std::string_view column, const ComputedValue& value);
  /// nullopt when it is not computed yet.
  [[nodiscard]] std::optional<ComputedValue> find(std::string_view architecture, std::string_view column) const;
  [[nodiscard]] bool has(std::string_view architecture, std::string_view column) const {
    return find_cell(architecture, column) != nullptr;
  }
  /// Takes over the cells that are computed there and not here, and those that are final there and not here.
  void merge(const ComputedTable& other);

 private:
  using Numbers = std::map<std::string, std::size_t, std::less<>>;

  [[nodiscard]] const Cell* find_cell(std::string_view architecture, std::string_view column) const;
  static std::size_t number_of(std::string_view name, Numbers& numbers, std::vector<std::string>& names);

  std::vector<std::string> architectures_;
  std::vector<std::string> columns_;
  std::vector<std::string> reasons_;
  Numbers architecture_numbers_;
  Numbers column_numbers_;
  Numbers reason_numbers_;
  /// By column, then by architecture; every column is as long as there are architectures.
  std::vector<std::vector<Cell>> cells_;
};

}  // namespace zcmpi
