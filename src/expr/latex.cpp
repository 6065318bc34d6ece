#include <fmt/format.h>

#include <cmath>

#include "number_text.hpp"
#include "postfix_fold.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

/// How tightly a piece of LaTeX holds together. `sum` includes all that opens with a minus.
enum class Level { sum, product, power, atom };

struct Piece {
  std::string text;
  Level level = Level::atom;
  /// Shown as something that cannot be negative: bars around it would be noise.
  bool non_negative = false;
};

std::string bracketed(const std::string& text) { return fmt::format("\\left({}\\right)", text); }

std::string at_least(Level level, const Piece& piece) {
  return piece.level >= level ? piece.text : bracketed(piece.text);
}

std::string magnitude(const Piece& piece) {
  return piece.non_negative ? piece.text : fmt::format("\\left|{}\\right|", piece.text);
}

Piece number_piece(float value) {
  std::string text = shortest_text(value);
  Level level = std::signbit(value) ? Level::sum : Level::atom;
  if (const auto e = text.find('e'); e != std::string::npos) {
    const std::string mantissa = text.substr(0, e);
    const int exponent = std::stoi(text.substr(e + 1));
    text =
        mantissa == "1" ? fmt::format("10^{{{}}}", exponent) : fmt::format("{} \\cdot 10^{{{}}}", mantissa, exponent);
    level = level == Level::sum ? Level::sum : (mantissa == "1" ? Level::power : Level::product);
  }
  return {std::move(text), level, !std::signbit(value)};
}

Piece terminal_piece(const std::string& name) {
  std::string escaped;
  for (const char c : name) {
    escaped += c == '_' ? std::string("\\_") : std::string(1, c);
  }
  return {fmt::format("\\mathrm{{{}}}", escaped)};
}

Piece unary_piece(Op op, const Piece& x) {
  switch (op) {
    case Op::neg: return {fmt::format("-{}", at_least(Level::product, x)), Level::sum};
    case Op::abs: return {fmt::format("\\left|{}\\right|", x.text), Level::atom, true};
    case Op::square: return {at_least(Level::atom, x) + "^{2}", Level::power, true};
    case Op::sqrt: return {fmt::format("\\sqrt{{{}}}", magnitude(x)), Level::atom, true};
    case Op::cbrt: return {fmt::format("\\sqrt[3]{{{}}}", x.text), Level::atom, x.non_negative};
    case Op::log:
      return {x.non_negative ? fmt::format("\\ln{}", bracketed(x.text)) : fmt::format("\\ln{}", magnitude(x)),
              Level::product};
    case Op::exp: return {fmt::format("e^{{{}}}", x.text), Level::power, true};
    case Op::tanh: return {fmt::format("\\tanh{}", bracketed(x.text)), Level::product, x.non_negative};
    case Op::inv: return {fmt::format("\\frac{{1}}{{{}}}", x.text), Level::product, x.non_negative};
    default: break;
  }
  ZCMPI_ENSURE(false);
  return x;
}

Piece product_piece(const Piece& a, const Piece& b) {
  // A product may open with a negative number, but with nothing else that has a minus before it.
  const bool negative_number =
      a.text.size() > 1 && a.text[0] == '-' && a.text.find_first_not_of("-.0123456789") == std::string::npos;
  const std::string left = negative_number ? a.text : at_least(Level::product, a);
  return {fmt::format("{} \\cdot {}", left, at_least(Level::product, b)), negative_number ? Level::sum : Level::product,
          a.non_negative && b.non_negative};
}

Piece binary_piece(Op op, const Piece& a, const Piece& b) {
  const bool non_negative = a.non_negative && b.non_negative;
  switch (op) {
    case Op::add: return {fmt::format("{} + {}", a.text, at_least(Level::product, b)), Level::sum, non_negative};
    case Op::sub: return {fmt::format("{} - {}", a.text, at_least(Level::product, b)), Level::sum};
    case Op::mul: return product_piece(a, b);
    case Op::div: return {fmt::format("\\frac{{{}}}{{{}}}", a.text, b.text), Level::product, non_negative};
    case Op::aq:
      return {fmt::format("\\frac{{{}}}{{\\sqrt{{1 + {}^{{2}}}}}}", a.text, at_least(Level::atom, b)), Level::product,
              a.non_negative};
    case Op::min: return {fmt::format("\\min\\left({}, {}\\right)", a.text, b.text), Level::product, non_negative};
    case Op::max: return {fmt::format("\\max\\left({}, {}\\right)", a.text, b.text), Level::product, non_negative};
    default: break;
  }
  ZCMPI_ENSURE(false);
  return a;
}

}  // namespace

std::string to_latex(FormulaView nodes, std::span<const std::string> terminals) {
  const auto leaf = [&](const Node& node) {
    if (node.op == Op::constant) {
      return number_piece(node.value);
    }
    ZCMPI_EXPECT(node.number < terminals.size());
    return terminal_piece(terminals[node.number]);
  };
  return fold_postfix<Piece>(nodes, leaf, unary_piece, binary_piece).text;
}

}  // namespace zcmpi
