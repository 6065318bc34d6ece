#include "literal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

/// Deeper than any architecture; keeps the recursion away from the end of the stack.
constexpr int max_nesting = 16;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class LiteralParser {
 public:
  LiteralParser(std::string_view space, std::string_view text, std::string_view expected)
      : space_(space), text_(text), expected_(expected) {}

  Literal parse() {
    Literal literal = parse_value(0);
    skip_spaces();
    if (position_ < text_.size()) {
      refuse_here();
    }
    return literal;
  }

 private:
  Literal parse_value(int nesting) {
    skip_spaces();
    Literal literal;
    literal.column = position_ + 1;
    const char c = current();
    if (nesting > max_nesting) {
      refuse_architecture(space_, text_, fmt::format("brackets nested too deep at column {}", position_ + 1),
                          expected_);
    }
    if (c == '(' || c == '[') {
      ++position_;
      parse_items(literal, c == '(' ? ')' : ']', nesting);
    } else if (c == '\'' || c == '"') {
      parse_text(literal);
    } else if (is_digit(c) || c == '-') {
      parse_number(literal);
    } else if (is_letter(c)) {
      parse_call(literal, nesting);
    } else {
      refuse_here();
    }
    return literal;
  }

  /// The members up to the closing bracket; as in Python a comma may follow the last.
  void parse_items(Literal& literal, char close, int nesting) {
    for (skip_spaces(); current() != close; skip_spaces()) {
      std::string name;
      if (literal.kind == Literal::Kind::call) {
        name = parse_argument_name();
        if (!name.empty() && literal.argument(name) != nullptr) {
          refuse_architecture(space_, text_, fmt::format("{} is given twice, column {}", name, position_ + 1),
                              expected_);
        }
      }
      literal.items.push_back(parse_value(nesting + 1));
      literal.argument_names.push_back(std::move(name));
      skip_spaces();
      if (current() == ',') {
        ++position_;
      } else if (current() != close) {
        refuse_here();
      }
    }
    ++position_;
  }

  /// The `name` of `name=value`, or nothing, and then nothing is read.
  std::string parse_argument_name() {
    const std::size_t begin = position_;
    const std::string_view name = read_name();
    skip_spaces();
    if (!name.empty() && current() == '=') {
      ++position_;
      return std::string(name);
    }
    position_ = begin;
    return {};
  }

  void parse_call(Literal& literal, int nesting) {
    literal.kind = Literal::Kind::call;
    literal.text = read_name();
    skip_spaces();
    if (current() != '(') {
      refuse_here();
    }
    ++position_;
    parse_items(literal, ')', nesting);
  }

  void parse_text(Literal& literal) {
    literal.kind = Literal::Kind::text;
    const std::size_t end = text_.find(current(), position_ + 1);
    if (end == std::string_view::npos) {
      refuse_architecture(space_, text_, fmt::format("unclosed quote at column {}", position_ + 1), expected_);
    }
    literal.text = text_.substr(position_ + 1, end - position_ - 1);
    position_ = end + 1;
  }

  void parse_number(Literal& literal) {
    literal.kind = Literal::Kind::number;
    const char* const begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), literal.number);
    if (error != std::errc()) {
      refuse_here();
    }
    position_ += static_cast<std::size_t>(end - begin);
  }

  std::string_view read_name() {
    const std::size_t begin = position_;
    while (is_letter(current()) || (position_ > begin && is_digit(current()))) {
      ++position_;
    }
    return text_.substr(begin, position_ - begin);
  }

  /// The character to be read, or 0 at the end.
  [[nodiscard]] char current() const { return position_ < text_.size() ? text_[position_] : '\0'; }

  void skip_spaces() {
    while (is_space(current())) {
      ++position_;
    }
  }

  [[noreturn]] void refuse_here() const {
    const std::string what = position_ < text_.size()
                                 ? fmt::format("unexpected '{}' at column {}", text_[position_], position_ + 1)
                                 : std::string(text_.empty() ? "empty text" : "unexpected end");
    refuse_architecture(space_, text_, what, expected_);
  }

  std::string_view space_;
  std::string_view text_;
  std::string_view expected_;
  std::size_t position_ = 0;
};

}  // namespace

const Literal* Literal::argument(std::string_view name) const {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (argument_names[i] == name) {
      return &items[i];
    }
  }
  return nullptr;
}

const Literal* Literal::argument(std::string_view name, std::size_t position) const {
  const bool is_there = position < items.size() && argument_names[position].empty();
  return is_there ? &items[position] : argument(name);
}

void refuse_architecture(std::string_view space, std::string_view text, std::string_view what,
                         std::string_view expected) {
  constexpr std::size_t longest = 160;
  throw InputError(fmt::format("{} ({} architecture '{}{}'): expected {}", what, space, text.substr(0, longest),
                               text.size() > longest ? "..." : "", expected));
}

std::uint8_t operation_id(std::string_view space, std::string_view text, std::string_view name, std::size_t column,
                          std::span<const std::string_view> names, std::string_view expected) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    const auto nearest = suggest_nearest(name, names);
    refuse_architecture(space, text,
                        fmt::format("unknown operation '{}' at column {}{}", name, column,
                                    nearest ? fmt::format(", did you mean '{}'?", *nearest) : ""),
                        expected);
  }
  return static_cast<std::uint8_t>(found - names.begin());
}

std::uint8_t operation_id(std::string_view space, std::string_view text, const Literal& name,
                          std::span<const std::string_view> names, std::string_view expected) {
  if (name.kind != Literal::Kind::text) {
    refuse_architecture(space, text, fmt::format("no operation at column {}", name.column), expected);
  }
  return operation_id(space, text, name.text, name.column, names, expected);
}

void check_arguments(std::string_view space, std::string_view text, const Literal& call,
                     std::span<const std::string_view> names, std::string_view expected) {
  for (std::size_t i = 0; i < call.items.size(); ++i) {
    const auto refuse = [&](std::string_view what) {
      refuse_architecture(space, text, fmt::format("{} at column {}", what, call.items[i].column), expected);
    };
    const auto& name = call.argument_names[i];
    if (name.empty()) {
      if (i >= names.size()) {
        refuse(fmt::format("more than {} arguments", names.size()));
      }
      continue;
    }
    const auto place = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    if (place == names.size()) {
      refuse(fmt::format("unknown argument '{}'", name));
    }
    if (place < i && call.argument_names[place].empty()) {
      refuse(fmt::format("a second {}", name));
    }
  }
}

Literal parse_literal(std::string_view space, std::string_view text, std::string_view expected) {
  return LiteralParser(space, text, expected).parse();
}

std::vector<std::uint8_t> parse_numbers(std::string_view space, std::string_view text, std::uint8_t largest,
                                        std::string_view expected) {
  const Literal literal = parse_literal(space, text, expected);
  if (literal.kind != Literal::Kind::sequence) {
    refuse_architecture(space, text, "neither a tuple nor a list", expected);
  }
  std::vector<std::uint8_t> numbers;
  numbers.reserve(literal.items.size());
  for (const Literal& item : literal.items) {
    if (item.kind != Literal::Kind::number || item.number < 0 || item.number > largest) {
      refuse_architecture(space, text, fmt::format("no number of 0 to {} at column {}", largest, item.column),
                          expected);
    }
    numbers.push_back(static_cast<std::uint8_t>(item.number));
  }
  return numbers;
}

std::string print_tuple(std::span<const std::uint8_t> numbers) { return fmt::format("({})", fmt::join(numbers, ", ")); }

}  // namespace zcmpi
