#include "zcmpi/expr/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "random_formulas.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using test::names;
using testing::ElementsAre;
using testing::IsEmpty;

Formula parse(std::string_view text) { return parse_formula(text, names); }

std::string message_of(std::string_view text, const std::vector<std::string>& terminals = names) {
  try {
    parse_formula(text, terminals);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) {
    result += text;
  }
  return result;
}

TEST(ParseFormula, ReadsLeaves) {
  EXPECT_EQ(parse("y"), (Formula{Node::make_terminal(1)}));
  EXPECT_EQ(parse("2.5"), (Formula{Node::make_constant(2.5F)}));
  EXPECT_EQ(parse(".5"), (Formula{Node::make_constant(0.5F)}));
  EXPECT_EQ(parse("1e-3"), (Formula{Node::make_constant(1e-3F)}));
  EXPECT_EQ(parse("-4"), (Formula{Node::make_constant(-4.0F)}));
  EXPECT_EQ(parse("-.5"), (Formula{Node::make_constant(-0.5F)}));
  EXPECT_EQ(parse("0"), (Formula{Node::make_constant(0.0F)}));
}

TEST(ParseFormula, PutsOperandsBeforeTheirOperator) {
  EXPECT_EQ(parse("x - y"), completed({Node::make_terminal(0), Node::make_terminal(1), Node::make_primitive(Op::sub)}));
  EXPECT_EQ(parse("log(z)"), completed({Node::make_terminal(2), Node::make_primitive(Op::log)}));
}

TEST(ParseFormula, FollowsTheUsualPrecedence) {
  const std::vector<std::pair<const char*, const char*>> same{
      {"x + y * z", "add(x, mul(y, z))"},
      {"x * y + z", "add(mul(x, y), z)"},
      {"x - y - z", "sub(sub(x, y), z)"},
      {"x - (y - z)", "sub(x, sub(y, z))"},
      {"x / y / z", "div(div(x, y), z)"},
      {"x / y * z", "mul(div(x, y), z)"},
      {"x - y + z", "add(sub(x, y), z)"},
      {"-x * y", "mul(neg(x), y)"},
      {"-(x * y)", "neg(mul(x, y))"},
      {"x - -y", "sub(x, neg(y))"},
      {"x * -y", "mul(x, neg(y))"},
      {"--x", "neg(neg(x))"},
      {"x -3", "sub(x, 3)"},
      {"x - -3", "sub(x, -3)"},
      {"x-3", "sub(x, 3)"},
      {"--3", "neg(-3)"},
      {"- 3", "neg(3)"},
      {"-(3)", "neg(3)"},
      {"((x))", "x"},
      {"min(x + y, z) * 2", "mul(min(add(x, y), z), 2)"},
  };
  for (const auto& [infix, functions] : same) {
    EXPECT_EQ(parse(infix), parse(functions)) << infix;
  }
}

TEST(ParseFormula, IgnoresBlanks) { EXPECT_EQ(parse(" \t x\n+ log ( y ) \r\n"), parse("x+log(y)")); }

TEST(ParseFormula, TakesATerminalNamedLikeAFunction) {
  const std::vector<std::string> terminals{"log", "grad_norm", "a.b2"};
  EXPECT_EQ(to_infix(parse_formula("log(log) + grad_norm * a.b2", terminals), terminals),
            "log(log) + grad_norm * a.b2");
}

TEST(ParseFormula, TakesLongChainsWithoutRecursion) {
  EXPECT_EQ(parse("x" + repeated(" + x", 30'000)).size(), 60'001U);
  EXPECT_EQ(parse(repeated("-", 60'000) + "x").size(), 60'001U);
}

TEST(ParseFormula, TakesParenthesesUpToItsLimit) {
  const auto limit = static_cast<std::size_t>(max_formula_nesting);
  EXPECT_EQ(parse(repeated("(", limit) + "x" + repeated(")", limit)).size(), 1U);
  EXPECT_EQ(message_of(repeated("(", limit + 1) + "x" + repeated(")", limit + 1)),
            "parentheses are nested too deep (formula, column 501): expected at most 500 levels");
  EXPECT_EQ(message_of(repeated("log(", 100'000)),
            "parentheses are nested too deep (formula, column 2004): expected at most 500 levels");
}

TEST(ParseFormula, TakesFormulasUpToItsLimit) {
  EXPECT_EQ(parse("x" + repeated("+x", (max_formula_nodes - 1) / 2)).size(), max_formula_nodes);
  EXPECT_EQ(message_of("x" + repeated("+x", (max_formula_nodes + 1) / 2)),
            "the formula is too long (formula, column 65537): expected at most 65535 nodes");
}

TEST(ParseFormula, SaysWhatIsWrongAndWhere) {
  const std::string operand = "expected a number, a terminal, a function or '('";
  const std::string after = "expected an operator or the end";
  const std::vector<std::pair<const char*, std::string>> errors{
      {"", "the formula is empty: expected something like 'log(nwot) + synflow'"},
      {" \n\t", "the formula is empty: expected something like 'log(nwot) + synflow'"},
      {"x y", "unexpected 'y' (formula, column 3): " + after},
      {"x 2", "unexpected '2' (formula, column 3): " + after},
      {"2x", "unexpected 'x' (formula, column 2): " + after},
      {"1.2.3", "unexpected '.' (formula, column 4): " + after},
      {"1e", "unexpected 'e' (formula, column 2): " + after},
      {"x)", "unexpected ')' (formula, column 2): " + after},
      {"x ^ 2", "unexpected '^' (formula, column 3): " + after},
      {"x\x01", "unexpected byte 0x01 (formula, column 2): " + after},
      {"x \xc3\xa4", "unexpected byte 0xc3 (formula, column 3): " + after},
      {"x +", "unexpected end (formula, column 4): " + operand},
      {"x + * y", "unexpected '*' (formula, column 5): " + operand},
      {"+x", "unexpected '+' (formula, column 1): " + operand},
      {"-", "unexpected end (formula, column 2): " + operand},
      {"()", "unexpected ')' (formula, column 2): " + operand},
      {")", "unexpected ')' (formula, column 1): " + operand},
      {".", "unexpected '.' (formula, column 1): " + operand},
      {"log(x,)", "unexpected ')' (formula, column 7): " + operand},
      {"(x + y", "unexpected end (formula, column 7): expected an operator or ')' for the '(' at column 1"},
      {"(x, y)", "unexpected ',' (formula, column 3): expected an operator or ')' for the '(' at column 1"},
      {"2 * log(x + y",
       "unexpected end (formula, column 14): expected ',', an operator or ')' for the '(' at column 8"},
      {"log()", "log takes 1 argument, not 0 (formula, column 1): its value is ln |x|, with |x| not taken below 2^-40"},
      {"x + log(x, y)",
       "log takes 1 argument, not 2 (formula, column 5): its value is ln |x|, with |x| not taken below 2^-40"},
      {"max(x)", "max takes 2 arguments, not 1 (formula, column 1): its value is the larger of a and b"},
      {"max(x, y, z)", "max takes 2 arguments, not 3 (formula, column 1): its value is the larger of a and b"},
      {"1e50",
       "the number 1e50 is out of range (formula, column 1): expected a 32-bit float, 1.4e-45 to 3.4e38 in "
       "magnitude, or 0"},
      {"x + -1e-60",
       "the number -1e-60 is out of range (formula, column 5): expected a 32-bit float, 1.4e-45 to "
       "3.4e38 in magnitude, or 0"},
      {"x + sqr(y)", "unknown function 'sqr' (formula, column 5): did you mean 'sqrt'?"},
      {"sigmoid(x)", "unknown function 'sigmoid' (formula, column 1): 'zcmpi list primitives' shows what there is"},
      {"x(y)", "unknown function 'x' (formula, column 1): 'zcmpi list primitives' shows what there is"},
      {"x + exp", "unknown terminal 'exp' (formula, column 5): the function exp needs its argument in parentheses"},
      {"x + synflow", "unknown terminal 'synflow' (formula, column 5): 'zcmpi list terminals' shows what there is"},
  };
  for (const auto& [text, message] : errors) {
    EXPECT_EQ(message_of(text), message) << text;
  }
}

TEST(ParseFormula, SuggestsTheNearestTerminal) {
  EXPECT_EQ(message_of("2 * synfow", {"nwot", "synflow"}),
            "unknown terminal 'synfow' (formula, column 5): did you mean 'synflow'?");
  EXPECT_EQ(message_of("NWOT", {"nwot", "synflow"}),
            "unknown terminal 'NWOT' (formula, column 1): did you mean 'nwot'?");
}

TEST(TerminalsOfText, AreTheNamesInOrderOfAppearance) {
  EXPECT_THAT(terminals_of_text("log(nwot) + synflow * nwot - a.b"), ElementsAre("nwot", "synflow", "a.b"));
  EXPECT_THAT(terminals_of_text("1 + 2"), IsEmpty());
}

TEST(TerminalsOfText, FailsAsParsingDoes) {
  EXPECT_THROW(terminals_of_text("nwot +"), InputError);
  EXPECT_THROW(terminals_of_text("nwot(x)"), InputError);
}

TEST(IsTerminalName, IsWhatTheGrammarCallsAnIdentifier) {
  for (const char* name : {"nwot", "_x", "A", "l2_norm", "a.b"}) {
    EXPECT_TRUE(is_terminal_name(name)) << name;
  }
  for (const char* name : {"", "2x", ".a", "grad-norm", "a b", "\xc3\xa4"}) {
    EXPECT_FALSE(is_terminal_name(name)) << name;
  }
}

TEST(ToInfix, PrintsNoMoreParenthesesThanNeeded) {
  for (const char* text : {"x",
                           "-3",
                           "0.1",
                           "x + y * z",
                           "(x + y) * z",
                           "x - (y + z)",
                           "x - y - z",
                           "x / (y * z)",
                           "x / y * z",
                           "-x",
                           "-(x + y)",
                           "-(3)",
                           "--3",
                           "-(0.5)",
                           "-x * y",
                           "-(x * y)",
                           "x - -y",
                           "x * -2",
                           "min(x + y, -z)",
                           "log(x) / aq(x, y)",
                           "abs(-x)",
                           "square(cbrt(x + 1))"}) {
    EXPECT_EQ(to_infix(parse(text), names), text);
  }
}

TEST(ToInfix, WritesConstantsAsShortAsCanBe) {
  EXPECT_EQ(to_infix(Formula{Node::make_constant(0.1F)}, names), "0.1");
  EXPECT_EQ(to_infix(Formula{Node::make_constant(1.0F / 3.0F)}, names), "0.33333334");
  EXPECT_EQ(to_infix(Formula{Node::make_constant(-0.0F)}, names), "-0");
}

TEST(ToInfix, IsReadBackToTheSameNodes) {
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    const Formula formula = test::numbered_formula(i);
    const std::string text = to_infix(formula, names);
    ASSERT_TRUE(parse(text) == formula) << text;
  }
}

TEST(ToInfix, IsReadBackForExtremeConstants) {
  using Limits = std::numeric_limits<float>;
  for (const float value : {Limits::denorm_min(), Limits::min(), Limits::max(), Limits::lowest(), Limits::epsilon(),
                            -Limits::denorm_min(), 0.0F, -0.0F, 16777216.0F, 1e-38F, 9.999999e-7F}) {
    const Formula formula = completed({Node::make_constant(value), Node::make_primitive(Op::neg),
                                       Node::make_constant(value), Node::make_primitive(Op::sub)});
    EXPECT_EQ(parse(to_infix(formula, names)), formula) << value;
  }
}

TEST(ToInfix, IsReadBackForEveryKindOfConstant) {
  RandomStream random({.seed = 3});
  for (int i = 0; i < 50'000; ++i) {
    const auto value = portable::bit_cast<float>(random.next_word());
    if (portable::is_finite(value)) {
      const Formula formula{Node::make_constant(value)};
      ASSERT_EQ(parse(to_infix(formula, names)), formula) << value;
    }
  }
}

TEST(ToInfix, PrintsVeryDeepFormulas) {
  Formula formula{Node::make_terminal(0)};
  formula.resize(20'001, Node::make_primitive(Op::neg));
  complete(formula);
  EXPECT_EQ(to_infix(formula, names), repeated("-", 20'000) + "x");
}

}  // namespace
}  // namespace zcmpi
