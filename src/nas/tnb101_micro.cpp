#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "literal.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/nas/tnb101.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view space_name = "tnb101-micro";

constexpr std::string_view expected_text =
    "64-41414-a_bc_def or a tuple of six, with digits of 0 none, 1 skip_connect, 2 conv_1x1, 3 conv_3x3";

constexpr std::array<std::string_view, 4> operation_names{"none", "skip_connect", "conv_1x1", "conv_3x3"};

/// Base channels and modules, the same for all.
constexpr std::string_view prefix = "64-41414-";
constexpr std::string_view pattern = "a_bc_def";

Tnb101MicroCell parse_string(std::string_view text) {
  const std::string_view digits = text.substr(prefix.size());
  if (digits.size() != pattern.size()) {
    refuse_architecture(space_name, text, fmt::format("{} characters after {}", digits.size(), prefix), expected_text);
  }
  Tnb101MicroCell cell;
  std::size_t edge = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool is_separator = pattern[i] == '_';
    if (is_separator ? digits[i] != '_' : digits[i] < '0' || digits[i] > '3') {
      refuse_architecture(space_name, text,
                          fmt::format("unexpected '{}' at column {}", digits[i], prefix.size() + i + 1), expected_text);
    }
    if (!is_separator) {
      cell.operations[edge++] = static_cast<Tnb101Operation>(digits[i] - '0');
    }
  }
  return cell;
}

Tnb101MicroCell cell_of(std::span<const std::uint8_t> ids) {
  ZCMPI_EXPECT(ids.size() == Tnb101MicroCell::edges);
  Tnb101MicroCell cell;
  std::ranges::transform(ids, cell.operations.begin(),
                         [](std::uint8_t id) { return static_cast<Tnb101Operation>(id); });
  return cell;
}

Tnb101MicroCell parse_key(std::string_view text) {
  const auto ids = parse_numbers(space_name, text, operation_names.size() - 1, expected_text);
  if (ids.size() != Tnb101MicroCell::edges) {
    refuse_architecture(space_name, text, fmt::format("{} operation ids", ids.size()), expected_text);
  }
  return cell_of(ids);
}

std::array<std::uint8_t, Tnb101MicroCell::edges> ids_of(const Tnb101MicroCell& cell) {
  std::array<std::uint8_t, Tnb101MicroCell::edges> ids{};
  std::ranges::transform(cell.operations, ids.begin(),
                         [](Tnb101Operation op) { return static_cast<std::uint8_t>(op); });
  return ids;
}

}  // namespace

std::string_view to_text(Tnb101Operation operation) { return operation_names[static_cast<std::size_t>(operation)]; }

Tnb101MicroCell parse_tnb101_micro_cell(std::string_view text) {
  text = trimmed(text);
  return text.starts_with(prefix) ? parse_string(text) : parse_key(text);
}

std::string to_text(const Tnb101MicroCell& cell) {
  const auto ids = ids_of(cell);
  return fmt::format("{}{}_{}{}_{}{}{}", prefix, ids[0], ids[1], ids[2], ids[3], ids[4], ids[5]);
}

std::string to_key(const Tnb101MicroCell& cell) { return print_tuple(ids_of(cell)); }

Architecture to_architecture(const Tnb101MicroCell& cell) {
  const auto ids = ids_of(cell);
  return {{ids.begin(), ids.end()}};
}

Tnb101MicroCell to_tnb101_micro_cell(const Architecture& architecture) { return cell_of(architecture.genes); }

}  // namespace zcmpi
