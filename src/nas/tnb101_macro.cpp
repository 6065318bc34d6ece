#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "literal.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/nas/tnb101.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view space_name = "tnb101-macro";

constexpr std::string_view expected_text =
    "64-1234-basic or a tuple such as (1, 2, 3, 4), with 4 to 6 digits of 1 normal, 2 channels x2, 3 resolution /2, 4 "
    "both; 1 to 3 of them double the channels and 1 to 4 halve the resolution";

constexpr std::string_view prefix = "64-";
constexpr std::string_view suffix = "-basic";

Tnb101MacroNetwork network_of(std::span<const std::uint8_t> digits) {
  Tnb101MacroNetwork network;
  std::ranges::transform(digits, std::back_inserter(network.modules),
                         [](std::uint8_t digit) { return static_cast<Tnb101Module>(digit); });
  return network;
}

std::vector<std::uint8_t> digits_of(const Tnb101MacroNetwork& network) {
  std::vector<std::uint8_t> digits;
  std::ranges::transform(network.modules, std::back_inserter(digits),
                         [](Tnb101Module module) { return static_cast<std::uint8_t>(module); });
  return digits;
}

std::vector<std::uint8_t> string_digits(std::string_view text) {
  std::vector<std::uint8_t> digits;
  for (std::size_t i = prefix.size(); i < text.size() - suffix.size(); ++i) {
    if (text[i] < '1' || text[i] > '4') {
      refuse_architecture(space_name, text, fmt::format("unexpected '{}' at column {}", text[i], i + 1), expected_text);
    }
    digits.push_back(static_cast<std::uint8_t>(text[i] - '0'));
  }
  return digits;
}

std::vector<std::uint8_t> key_digits(std::string_view text) {
  auto digits = parse_numbers(space_name, text, 4, expected_text);
  if (digits.size() == Tnb101MacroNetwork::max_modules) {
    while (!digits.empty() && digits.back() == 0) {
      digits.pop_back();
    }
  }
  if (std::ranges::count(digits, std::uint8_t{0}) > 0) {
    refuse_architecture(space_name, text, "a 0 that does not pad the end to six", expected_text);
  }
  return digits;
}

}  // namespace

std::string complaint(const Tnb101MacroNetwork& network) {
  const std::size_t count = network.modules.size();
  if (count < Tnb101MacroNetwork::min_modules || count > Tnb101MacroNetwork::max_modules) {
    return fmt::format("{} modules", count);
  }
  const auto doublings = static_cast<std::size_t>(std::ranges::count_if(network.modules, doubles_channels));
  if (doublings < 1 || doublings > Tnb101MacroNetwork::max_doublings) {
    return fmt::format("the channels double {} times", doublings);
  }
  const auto halvings = static_cast<std::size_t>(std::ranges::count_if(network.modules, halves_resolution));
  if (halvings < 1 || halvings > Tnb101MacroNetwork::max_halvings) {
    return fmt::format("the resolution halves {} times", halvings);
  }
  return {};
}

Tnb101MacroNetwork parse_tnb101_macro_network(std::string_view text) {
  text = trimmed(text);
  const bool is_string =
      text.size() >= prefix.size() + suffix.size() && text.starts_with(prefix) && text.ends_with(suffix);
  auto network = network_of(is_string ? string_digits(text) : key_digits(text));
  if (const std::string what = complaint(network); !what.empty()) {
    refuse_architecture(space_name, text, what, expected_text);
  }
  return network;
}

std::string to_text(const Tnb101MacroNetwork& network) {
  std::string text(prefix);
  for (const Tnb101Module module : network.modules) {
    text += static_cast<char>('0' + static_cast<int>(module));
  }
  return text.append(suffix);
}

std::string to_key(const Tnb101MacroNetwork& network) { return print_tuple(digits_of(network)); }

Architecture to_architecture(const Tnb101MacroNetwork& network) { return {digits_of(network)}; }

Tnb101MacroNetwork to_tnb101_macro_network(const Architecture& architecture) { return network_of(architecture.genes); }

}  // namespace zcmpi
