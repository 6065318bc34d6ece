#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <system_error>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c) || c == '.'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// A character for a message of one line.
std::string quoted(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f ? fmt::format("'{}'", c) : fmt::format("byte 0x{:02x}", byte);
}

/// Index of a terminal that the text names at a column (from 1); throws InputError for one it does not know.
using Resolver = std::function<std::uint16_t(std::string_view name, std::size_t column)>;

/// Recursive descent, one function a rule of the grammar, which writes nodes as soon as an operator's operands are
/// read.
class Parser {
 public:
  Parser(std::string_view text, const Resolver& resolve) : text_(text), resolve_(resolve) {}

  Formula parse() {
    skip_blanks();
    if (at_end()) {
      throw InputError("the formula is empty: expected something like 'log(nwot) + synflow'");
    }
    parse_expression();
    if (!at_end()) {
      throw_unexpected("an operator or the end");
    }
    return std::move(nodes_);
  }

 private:
  void parse_expression() {
    parse_term();
    while (current() == '+' || current() == '-') {
      const Op op = current() == '+' ? Op::add : Op::sub;
      advance();
      parse_term();
      push_operator(op);
    }
  }

  void parse_term() {
    parse_unary();
    while (current() == '*' || current() == '/') {
      const Op op = current() == '*' ? Op::mul : Op::div;
      advance();
      parse_unary();
      push_operator(op);
    }
  }

  void parse_unary() {
    std::size_t minuses = 0;
    while (current() == '-' && !is_number_at(position_ + 1)) {
      ++minuses;
      advance();
    }
    parse_primary();
    for (; minuses > 0; --minuses) {
      push_operator(Op::neg);
    }
  }

  void parse_primary() {
    if (current() == '-' || is_number_at(position_)) {
      parse_number();
    } else if (is_name_start(current())) {
      parse_name();
    } else if (current() == '(') {
      parse_parenthesised();
    } else {
      throw_unexpected("a number, a terminal, a function or '('");
    }
  }

  void parse_number() {
    const std::size_t begin = position_;
    float value = 0.0F;
    const char* const first = text_.data() + begin;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
    const std::string_view digits(first, static_cast<std::size_t>(end - first));
    // Libraries differ in how they report a number too small to be told from zero.
    const std::string_view mantissa = digits.substr(0, digits.find_first_of("eE"));
    const bool lost = value == 0.0F && mantissa.find_first_of("123456789") != std::string_view::npos;
    if (error != std::errc{} || lost || !portable::is_finite(value)) {
      throw InputError(
          fmt::format("the number {} is out of range (formula, column {}): expected a 32-bit float, 1.4e-45 "
                      "to 3.4e38 in magnitude, or 0",
                      digits, begin + 1));
    }
    position_ += digits.size();
    skip_blanks();
    push(Node::make_constant(value));
  }

  void parse_name() {
    const std::size_t begin = position_;
    while (position_ < text_.size() && is_name_part(text_[position_])) {
      ++position_;
    }
    const std::string_view name = text_.substr(begin, position_ - begin);
    skip_blanks();
    if (current() == '(') {
      parse_call(name, begin + 1);
    } else {
      push(Node::make_terminal(resolve_(name, begin + 1)));
    }
  }

  void parse_call(std::string_view name, std::size_t column) {
    const auto op = find_primitive(name);
    if (!op) {
      throw_unknown_function(name, column);
    }
    const std::size_t opening = open_parenthesis();
    int arguments = 0;
    if (current() != ')') {
      parse_expression();
      for (arguments = 1; current() == ','; ++arguments) {
        advance();
        parse_expression();
      }
    }
    close_parenthesis(opening, "',', an operator");
    if (arguments != arity(*op)) {
      throw InputError(fmt::format("{} takes {}, not {} (formula, column {}): its value is {}", name,
                                   count_of(arity(*op), "argument"), arguments, column, primitive_info(*op).rule));
    }
    push_operator(*op);
  }

  void parse_parenthesised() {
    const std::size_t opening = open_parenthesis();
    parse_expression();
    close_parenthesis(opening, "an operator");
  }

  /// Returns the column of the parenthesis.
  std::size_t open_parenthesis() {
    if (++nesting_ > max_formula_nesting) {
      throw InputError(fmt::format("parentheses are nested too deep (formula, column {}): expected at most {} levels",
                                   position_ + 1, max_formula_nesting));
    }
    const std::size_t column = position_ + 1;
    advance();
    return column;
  }

  void close_parenthesis(std::size_t opening, std::string_view or_else) {
    if (current() != ')') {
      throw_unexpected(fmt::format("{} or ')' for the '(' at column {}", or_else, opening));
    }
    --nesting_;
    advance();
  }

  void push_operator(Op op) {
    push(Node::make_primitive(op));
    complete_operator(nodes_, nodes_.size() - 1);
  }

  void push(const Node& node) {
    if (nodes_.size() == max_formula_nodes) {
      throw InputError(fmt::format("the formula is too long (formula, column {}): expected at most {} nodes",
                                   std::min(position_, text_.size()), max_formula_nodes));
    }
    nodes_.push_back(node);
  }

  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  /// The character at the position, NUL at the end; a NUL in the text is no rule's start and so is reported.
  [[nodiscard]] char current() const { return at_end() ? '\0' : text_[position_]; }
  [[nodiscard]] bool is_number_at(std::size_t i) const {
    const bool fraction = i + 1 < text_.size() && text_[i] == '.' && is_digit(text_[i + 1]);
    return fraction || (i < text_.size() && is_digit(text_[i]));
  }
  void advance() {
    ++position_;
    skip_blanks();
  }
  void skip_blanks() {
    while (!at_end() && is_blank(text_[position_])) {
      ++position_;
    }
  }

  [[noreturn]] void throw_unexpected(std::string_view expected) const {
    throw InputError(fmt::format("unexpected {} (formula, column {}): expected {}",
                                 at_end() ? "end" : quoted(current()), position_ + 1, expected));
  }

  [[noreturn]] static void throw_unknown_function(std::string_view name, std::size_t column) {
    std::vector<std::string_view> names;
    for (const PrimitiveInfo& info : primitives()) {
      if (info.arity > 0) {
        names.push_back(info.name);
      }
    }
    throw InputError(fmt::format("unknown function '{}' (formula, column {}): {}", name, column,
                                 suggestion(name, names, "'zcmpi list primitives' shows what there is")));
  }

  std::string_view text_;
  const Resolver& resolve_;
  std::size_t position_ = 0;
  int nesting_ = 0;
  Formula nodes_;
};

[[noreturn]] void throw_unknown_terminal(std::string_view name, std::size_t column,
                                         std::span<const std::string> terminals) {
  const auto help = find_primitive(name) ? fmt::format("the function {} needs its argument in parentheses", name)
                                         : "'zcmpi list terminals' shows what there is";
  throw InputError(
      fmt::format("unknown terminal '{}' (formula, column {}): {}", name, column, suggestion(name, terminals, help)));
}

}  // namespace

bool is_terminal_name(std::string_view name) {
  return !name.empty() && is_name_start(name.front()) && std::all_of(name.begin(), name.end(), is_name_part);
}

Formula parse_formula(std::string_view text, std::span<const std::string> terminals) {
  const Resolver resolve = [terminals](std::string_view name, std::size_t column) {
    const auto found = std::find(terminals.begin(), terminals.end(), name);
    if (found == terminals.end()) {
      throw_unknown_terminal(name, column, terminals);
    }
    return static_cast<std::uint16_t>(found - terminals.begin());
  };
  return Parser(text, resolve).parse();
}

std::vector<std::string> terminals_of_text(std::string_view text) {
  std::vector<std::string> terminals;
  const Resolver resolve = [&terminals](std::string_view name, std::size_t) {
    auto found = std::find(terminals.begin(), terminals.end(), name);
    if (found == terminals.end()) {
      found = terminals.insert(terminals.end(), std::string(name));
    }
    return static_cast<std::uint16_t>(found - terminals.begin());
  };
  Parser(text, resolve).parse();
  return terminals;
}

}  // namespace zcmpi
