/// \file
/// Small helpers for messages to people.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zcmpi {

/// Number of insertions, deletions, replacements and swaps of neighbours that turn one text into the other, upper and
/// lower case alike (optimal string alignment distance).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that a mistyped name most likely means: the nearest by edit distance, the first of equals; nothing
/// when more than a third of the longer one's characters (at least one) would have to change.
std::optional<std::string> suggest_nearest(std::string_view name, std::span<const std::string_view> candidates);
std::optional<std::string> suggest_nearest(std::string_view name, std::span<const std::string> candidates);

/// The end of a message about an unknown name: "did you mean 'x'?", or `otherwise` when it is near no candidate.
std::string suggestion(std::string_view name, std::span<const std::string_view> candidates, std::string_view otherwise);
std::string suggestion(std::string_view name, std::span<const std::string> candidates, std::string_view otherwise);

/// The same, otherwise with the names that there are: "expected one of a, b", or "there are none".
std::string suggestion(std::string_view name, std::span<const std::string_view> candidates);
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

/// Without the blanks, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

/// The texts in one, with the separator between them.
std::string join(std::span<const std::string_view> texts, std::string_view separator);
std::string join(std::span<const std::string> texts, std::string_view separator);

/// What stands between the commas, without the blanks around it; of a blank text, one empty text.
std::vector<std::string_view> split_at_commas(std::string_view text);

/// "1 architecture", "3 architectures": the number, and the word with an s unless it is 1.
template <std::integral Number>
std::string count_of(Number number, std::string_view word) {
  std::string text = std::to_string(number);
  text += ' ';
  text += word;
  if (number != 1) {
    text += 's';
  }
  return text;
}

/// 'a', 'b' and 3 more: the first five, so that a message of many names stays a line.
std::string list_some(std::span<const std::string> names);

}  // namespace zcmpi
