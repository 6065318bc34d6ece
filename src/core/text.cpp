#include "zcmpi/core/text.hpp"

#include <algorithm>
#include <cstddef>

namespace zcmpi {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <class Text>
std::optional<std::string> nearest(std::string_view name, std::span<const Text> candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = 0;
  for (const Text& candidate : candidates) {
    const std::size_t allowed = std::max<std::size_t>(1, std::max(name.size(), candidate.size()) / 3);
    const std::size_t distance = edit_distance(name, candidate);
    // A single letter is near every other single letter, which helps nobody.
    const bool shares_something = distance < std::max(name.size(), candidate.size());
    if (distance <= allowed && shares_something && (!best || distance < best_distance)) {
      best = std::string(candidate);
      best_distance = distance;
    }
  }
  return best;
}

template <class Text>
std::string joined(std::span<const Text> texts, std::string_view separator) {
  std::string result;
  for (const Text& text : texts) {
    result += (&text == texts.data()) ? std::string_view{} : separator;
    result += text;
  }
  return result;
}

template <class Text>
std::string suggestion_of(std::string_view name, std::span<const Text> candidates, std::string_view otherwise) {
  const auto best = nearest(name, candidates);
  return best ? "did you mean '" + *best + "'?" : std::string(otherwise);
}

template <class Text>
std::string expected_names(std::span<const Text> names) {
  return names.empty() ? "there are none" : "expected one of " + joined(names, ", ");
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table of distances between prefixes: a swap looks back two.
  std::vector<std::size_t> before_previous(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    current[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_previous.swap(previous);
    previous.swap(current);
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        current[j] = std::min(current[j], before_previous[j - 2] + 1);
      }
    }
  }
  return current[b.size()];
}

std::optional<std::string> suggest_nearest(std::string_view name, std::span<const std::string_view> candidates) {
  return nearest(name, candidates);
}

std::optional<std::string> suggest_nearest(std::string_view name, std::span<const std::string> candidates) {
  return nearest(name, candidates);
}

std::string suggestion(std::string_view name, std::span<const std::string_view> candidates,
                       std::string_view otherwise) {
  return suggestion_of(name, candidates, otherwise);
}

std::string suggestion(std::string_view name, std::span<const std::string> candidates, std::string_view otherwise) {
  return suggestion_of(name, candidates, otherwise);
}

std::string suggestion(std::string_view name, std::span<const std::string_view> candidates) {
  return suggestion_of(name, candidates, expected_names(candidates));
}

std::string suggestion(std::string_view name, std::span<const std::string> candidates) {
  return suggestion_of(name, candidates, expected_names(candidates));
}

std::string join(std::span<const std::string_view> texts, std::string_view separator) {
  return joined(texts, separator);
}

std::string join(std::span<const std::string> texts, std::string_view separator) { return joined(texts, separator); }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    parts.push_back(trimmed(text.substr(start, end - start)));
    start = end + 1;
  }
  return parts;
}

std::string list_some(std::span<const std::string> names) {
  constexpr std::size_t most = 5;
  const auto first = names.first(std::min(names.size(), most));
  std::string list = "'";
  list += join(first, "', '");
  list += "'";
  if (first.size() < names.size()) {
    list += " and ";
    list += std::to_string(names.size() - first.size());
    list += " more";
  }
  return list;
}

}  // namespace zcmpi
