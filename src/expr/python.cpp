#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "number_text.hpp"
#include "postfix_fold.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

/// Python's keywords and the names that the generated function uses itself.
constexpr std::array<std::string_view, 42> taken_names{
    "False", "None",  "True",   "and",      "as",     "assert",  "async", "await", "break",  "class", "continue",
    "def",   "del",   "elif",   "else",     "except", "finally", "for",   "from",  "global", "if",    "import",
    "in",    "is",    "lambda", "nonlocal", "not",    "or",      "pass",  "raise", "return", "try",   "while",
    "with",  "yield", "np",     "formula",  "_div",   "_aq",     "_log",  "_exp",  "_sqrt"};

std::string python_name(const std::string& terminal, const std::vector<std::string>& used) {
  std::string name = terminal;
  std::replace(name.begin(), name.end(), '.', '_');
  const auto is_taken = [&] {
    return std::find(taken_names.begin(), taken_names.end(), name) != taken_names.end() ||
           std::find(used.begin(), used.end(), name) != used.end();
  };
  while (is_taken()) {
    name += '_';
  }
  return name;
}

/// A float literal of the double that equals the constant.
std::string number(float value) {
  std::string text = shortest_text(static_cast<double>(value));
  if (text.find_first_of(".e") == std::string::npos) {
    text += ".0";
  }
  return std::signbit(value) ? fmt::format("({})", text) : text;
}

std::string unary_text(Op op, const std::string& x) {
  switch (op) {
    case Op::neg: return fmt::format("(-{})", x);
    case Op::abs: return fmt::format("np.abs({})", x);
    case Op::square: return fmt::format("np.square({})", x);
    case Op::sqrt: return fmt::format("_sqrt({})", x);
    case Op::cbrt: return fmt::format("np.cbrt({})", x);
    case Op::log: return fmt::format("_log({})", x);
    case Op::exp: return fmt::format("_exp({})", x);
    case Op::tanh: return fmt::format("np.tanh({})", x);
    case Op::inv: return fmt::format("_div(1.0, {})", x);
    default: break;
  }
  ZCMPI_ENSURE(false);
  return x;
}

std::string binary_text(Op op, const std::string& a, const std::string& b) {
  switch (op) {
    case Op::add: return fmt::format("({} + {})", a, b);
    case Op::sub: return fmt::format("({} - {})", a, b);
    case Op::mul: return fmt::format("({} * {})", a, b);
    case Op::div: return fmt::format("_div({}, {})", a, b);
    case Op::aq: return fmt::format("_aq({}, {})", a, b);
    case Op::min: return fmt::format("np.minimum({}, {})", a, b);
    case Op::max: return fmt::format("np.maximum({}, {})", a, b);
    default: break;
  }
  ZCMPI_ENSURE(false);
  return a;
}

/// The protected primitives, as primitive.hpp defines them.
std::string helpers() {
  return fmt::format(R"(def _div(a, b):
    one = np.where(np.isnan(a), np.nan, 1.0)
    return np.where(np.abs(b) < {zero_divisor}, one, np.divide(a, b))


def _aq(a, b):
    return np.divide(a, np.sqrt(1.0 + np.square(b)))


def _log(x):
    return np.log(np.maximum(np.abs(x), {least_log_argument}))


def _exp(x):
    return np.exp(np.clip(x, -80.0, 80.0))


def _sqrt(x):
    return np.sqrt(np.abs(x))
)",
                     fmt::arg("zero_divisor", shortest_text(static_cast<double>(zero_divisor))),
                     fmt::arg("least_log_argument", shortest_text(static_cast<double>(least_log_argument))));
}

}  // namespace

std::string to_python(FormulaView nodes, std::span<const std::string> terminals) {
  std::vector<bool> is_read(terminals.size());
  for (const Node& node : nodes) {
    if (node.op == Op::terminal) {
      ZCMPI_EXPECT(node.number < terminals.size());
      is_read[node.number] = true;
    }
  }
  std::vector<std::string> names(terminals.size());
  std::vector<std::string> parameters;
  std::string conversions;
  for (std::size_t t = 0; t < terminals.size(); ++t) {
    if (is_read[t]) {
      names[t] = python_name(terminals[t], parameters);
      parameters.push_back(names[t]);
      conversions += fmt::format("    {0} = np.asarray({0}, dtype=np.float64)\n", names[t]);
    }
  }
  const auto leaf = [&](const Node& node) { return node.op == Op::terminal ? names[node.number] : number(node.value); };
  const std::string value = fold_postfix<std::string>(nodes, leaf, unary_text, binary_text);
  return fmt::format(
      "import numpy as np\n\n\n{}\n\ndef formula({}):\n    \"\"\"{}\"\"\"\n{}    with np.errstate(all=\"ignore\"):\n"
      "        return {}\n",
      helpers(), join(parameters, ", "), to_infix(nodes, terminals), conversions, value);
}

}  // namespace zcmpi
