#include "zcmpi/nas/nb201.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "literal.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view space_name = "nb201";

constexpr std::string_view expected_text =
    "|op~0|+|op~0|op~1|+|op~0|op~1|op~2| with op of skip_connect, none, nor_conv_3x3, nor_conv_1x1, avg_pool_3x3, or a "
    "tuple of six operation ids 0 to 4";

/// By id.
constexpr std::array<std::string_view, 5> operation_names{"skip_connect", "none", "nor_conv_3x3", "nor_conv_1x1",
                                                          "avg_pool_3x3"};

/// Place in the string's order of each place in the key's: 0->1, 0->2, 0->3, 1->2, 1->3, 2->3.
constexpr std::array<std::size_t, Nb201Cell::edges> place_of_key{0, 1, 3, 2, 4, 5};

/// Reads the string from the left; every failure names the column.
class StringReader {
 public:
  explicit StringReader(std::string_view text) : text_(text) {}

  Nb201Cell read() {
    Nb201Cell cell;
    std::size_t edge = 0;
    for (std::size_t to = 1; to < Nb201Cell::nodes; ++to) {
      if (to > 1) {
        take("+");
      }
      take("|");
      for (std::size_t from = 0; from < to; ++from) {
        cell.operations[edge++] = take_operation();
        take(fmt::format("~{}", from));
        take("|");
      }
    }
    skip_blanks();
    if (position_ != text_.size()) {
      refuse("more follows");
    }
    return cell;
  }

 private:
  void skip_blanks() { position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size()); }

  void take(std::string_view token) {
    skip_blanks();
    if (text_.substr(position_, token.size()) != token) {
      refuse(fmt::format("no '{}'", token));
    }
    position_ += token.size();
  }

  Nb201Operation take_operation() {
    skip_blanks();
    const std::string_view upto_origin =
        text_.substr(position_, std::min(text_.find('~', position_), text_.size()) - position_);
    const std::string_view name = upto_origin.substr(0, upto_origin.find_last_not_of(" \t\r\n") + 1);
    const auto id = operation_id(space_name, text_, name, position_ + 1, operation_names, expected_text);
    position_ += name.size();
    return static_cast<Nb201Operation>(id);
  }

  [[noreturn]] void refuse(std::string_view what) const {
    refuse_architecture(space_name, text_, fmt::format("{} at column {}", what, position_ + 1), expected_text);
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

Nb201Cell parse_key(std::string_view text) {
  const auto ids = parse_numbers(space_name, text, operation_names.size() - 1, expected_text);
  if (ids.size() != Nb201Cell::edges) {
    refuse_architecture(space_name, text, fmt::format("{} operation ids", ids.size()), expected_text);
  }
  Nb201Cell cell;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    cell.operations[place_of_key[i]] = static_cast<Nb201Operation>(ids[i]);
  }
  return cell;
}

}  // namespace

std::string_view to_text(Nb201Operation operation) { return operation_names[static_cast<std::size_t>(operation)]; }

Nb201Cell parse_nb201_cell(std::string_view text) {
  return trimmed(text).starts_with('|') ? StringReader(text).read() : parse_key(text);
}

std::string to_text(const Nb201Cell& cell) {
  std::string text;
  for (std::size_t to = 1; to < Nb201Cell::nodes; ++to) {
    text += to > 1 ? "+|" : "|";
    for (std::size_t from = 0; from < to; ++from) {
      text += fmt::format("{}~{}|", to_text(cell.operation(from, to)), from);
    }
  }
  return text;
}

std::string to_key(const Nb201Cell& cell) {
  std::array<std::uint8_t, Nb201Cell::edges> ids{};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<std::uint8_t>(cell.operations[place_of_key[i]]);
  }
  return print_tuple(ids);
}

Architecture to_architecture(const Nb201Cell& cell) {
  Architecture architecture{std::vector<std::uint8_t>(Nb201Cell::edges)};
  std::ranges::transform(cell.operations, architecture.genes.begin(),
                         [](Nb201Operation operation) { return static_cast<std::uint8_t>(operation); });
  return architecture;
}

Nb201Cell to_nb201_cell(const Architecture& architecture) {
  ZCMPI_EXPECT(architecture.genes.size() == Nb201Cell::edges);
  Nb201Cell cell;
  std::ranges::transform(architecture.genes, cell.operations.begin(),
                         [](std::uint8_t gene) { return static_cast<Nb201Operation>(gene); });
  return cell;
}

}  // namespace zcmpi
