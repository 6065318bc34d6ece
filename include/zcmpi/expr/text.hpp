/// \file
/// Formulas as text: a parser for infix text and printers for infix, LaTeX and Python.
///
/// Grammar (usual precedence; + - * / associate to the left; a minus directly before a number belongs to the number):
///
///     expression = term { ("+" | "-") term }
///     term       = unary { ("*" | "/") unary }
///     unary      = "-" unary | primary
///     primary    = number | terminal | function "(" expression { "," expression } ")" | "(" expression ")"
///
/// `a / b` is the protected quotient; every primitive may also be written as a function by its name: add(a, b).
/// A terminal is an identifier [A-Za-z_][A-Za-z0-9_.]*, a number a finite 32-bit float in decimal.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/expr/formula.hpp"

namespace zcmpi {

/// Parentheses, those of functions included, may be nested this deep.
inline constexpr int max_formula_nesting = 500;

/// Whether formulas can name a terminal so: whoever brings terminals in checks it.
bool is_terminal_name(std::string_view name);

/// Parses infix text. Throws InputError that points at the column and, for an unknown name, suggests the nearest.
Formula parse_formula(std::string_view text, std::span<const std::string> terminals);

/// The identifiers in `text` that are terminals by their place, in order of first appearance: for a formula whose list
/// of terminals is not known beforehand. Throws InputError as parse_formula does.
std::vector<std::string> terminals_of_text(std::string_view text);

/// Infix text that parse_formula reads back to the same nodes; constants with as few digits as that needs.
std::string to_infix(FormulaView nodes, std::span<const std::string> terminals);

/// LaTeX (maths mode) for a formula; terminals upright, with their underscores escaped. Written for reading: that
/// divisors and arguments are protected is left out.
std::string to_latex(FormulaView nodes, std::span<const std::string> terminals);

/// A Python function `def formula(nwot, ...)` over numpy arrays of the transformed terminals that the formula reads, in
/// the order of `terminals`; in float64, with the protected primitives spelled out. Needs nothing but numpy. A name
/// that Python could not take (`lambda`, `a.b`) is altered.
std::string to_python(FormulaView nodes, std::span<const std::string> terminals);

}  // namespace zcmpi
