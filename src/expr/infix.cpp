#include <fmt/format.h>

#include <cmath>

#include "number_text.hpp"
#include "postfix_fold.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

/// How tightly a piece of text holds together, as in the grammar.
enum class Level { expression, term, unary, primary };

struct Piece {
  std::string text;
  Level level = Level::primary;
  /// A number without a sign, which a minus before it would become part of.
  bool unsigned_number = false;
};

std::string at_least(Level level, Piece&& piece) {
  return piece.level >= level ? std::move(piece.text) : fmt::format("({})", piece.text);
}

Piece unary_piece(Op op, Piece&& x) {
  if (op == Op::neg) {
    const std::string operand = x.unsigned_number ? fmt::format("({})", x.text) : at_least(Level::unary, std::move(x));
    return {fmt::format("-{}", operand), Level::unary};
  }
  return {fmt::format("{}({})", primitive_info(op).name, x.text)};
}

/// Operators associate to the left, so the right operand must hold together more tightly than the left one.
Piece binary_piece(Op op, Piece&& a, Piece&& b) {
  const auto joined = [&](Level level, Level right_level, char sign) {
    std::string text = at_least(level, std::move(a));
    text += fmt::format(" {} ", sign);
    text += at_least(right_level, std::move(b));
    return Piece{std::move(text), level};
  };
  switch (op) {
    case Op::add: return joined(Level::expression, Level::term, '+');
    case Op::sub: return joined(Level::expression, Level::term, '-');
    case Op::mul: return joined(Level::term, Level::unary, '*');
    case Op::div: return joined(Level::term, Level::unary, '/');
    default: return {fmt::format("{}({}, {})", primitive_info(op).name, a.text, b.text)};
  }
}

}  // namespace

std::string to_infix(FormulaView nodes, std::span<const std::string> terminals) {
  const auto leaf = [&](const Node& node) -> Piece {
    if (node.op == Op::terminal) {
      ZCMPI_EXPECT(node.number < terminals.size());
      return {terminals[node.number]};
    }
    const bool negative = std::signbit(node.value);
    return {shortest_text(node.value), negative ? Level::unary : Level::primary, !negative};
  };
  return fold_postfix<Piece>(nodes, leaf, unary_piece, binary_piece).text;
}

}  // namespace zcmpi
