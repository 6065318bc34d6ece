#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "random_formulas.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) {
    ++found;
  }
  return found;
}

TEST(ToLatex, WritesWhatAPersonWould) {
  const std::vector<std::string> terminals{"x", "y", "grad_norm"};
  const std::string x = "\\mathrm{x}";
  const std::string y = "\\mathrm{y}";
  const std::vector<std::pair<const char*, std::string>> cases{
      {"grad_norm", "\\mathrm{grad\\_norm}"},
      {"0.5", "0.5"},
      {"1e20", "10^{20}"},
      {"2.5e-12", "2.5 \\cdot 10^{-12}"},
      {"x + y", x + " + " + y},
      {"x - (y + 1)", x + " - \\left(" + y + " + 1\\right)"},
      {"x - -y", x + " - \\left(-" + y + "\\right)"},
      {"x + -2", x + " + \\left(-2\\right)"},
      {"x * y", x + " \\cdot " + y},
      {"-2 * x", "-2 \\cdot " + x},
      {"x * -2", x + " \\cdot \\left(-2\\right)"},
      {"y + -2 * x", y + " + \\left(-2 \\cdot " + x + "\\right)"},
      {"(x + y) * x", "\\left(" + x + " + " + y + "\\right) \\cdot " + x},
      {"(x + y) / x", "\\frac{" + x + " + " + y + "}{" + x + "}"},
      {"square(x / y)", "\\left(\\frac{" + x + "}{" + y + "}\\right)^{2}"},
      {"square(square(x))", "\\left(" + x + "^{2}\\right)^{2}"},
      {"square(-3)", "\\left(-3\\right)^{2}"},
      {"square(1e20)", "\\left(10^{20}\\right)^{2}"},
      {"square(x + y)", "\\left(" + x + " + " + y + "\\right)^{2}"},
      {"-(x + y)", "-\\left(" + x + " + " + y + "\\right)"},
      {"--x", "-\\left(-" + x + "\\right)"},
      {"abs(x)", "\\left|" + x + "\\right|"},
      {"sqrt(x)", "\\sqrt{\\left|" + x + "\\right|}"},
      {"sqrt(abs(x))", "\\sqrt{\\left|" + x + "\\right|}"},
      {"sqrt(square(x) + 1)", "\\sqrt{" + x + "^{2} + 1}"},
      {"cbrt(x)", "\\sqrt[3]{" + x + "}"},
      {"log(x)", "\\ln\\left|" + x + "\\right|"},
      {"log(exp(x))", "\\ln\\left(e^{" + x + "}\\right)"},
      {"exp(x + y)", "e^{" + x + " + " + y + "}"},
      {"tanh(x)", "\\tanh\\left(" + x + "\\right)"},
      {"inv(x)", "\\frac{1}{" + x + "}"},
      {"aq(x, y + 1)", "\\frac{" + x + "}{\\sqrt{1 + \\left(" + y + " + 1\\right)^{2}}}"},
      {"min(x, max(y, 1))", "\\min\\left(" + x + ", \\max\\left(" + y + ", 1\\right)\\right)"},
  };
  for (const auto& [text, latex] : cases) {
    EXPECT_EQ(to_latex(parse_formula(text, terminals), terminals), latex) << text;
  }
}

TEST(ToLatex, BalancesEveryBracket) {
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const std::string latex = to_latex(test::numbered_formula(i), test::names);
    ASSERT_EQ(std::count(latex.begin(), latex.end(), '{'), std::count(latex.begin(), latex.end(), '}')) << latex;
    ASSERT_EQ(count(latex, "\\left"), count(latex, "\\right")) << latex;
  }
}

TEST(ToLatex, NeverWritesTwoSignsInARow) {
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const std::string latex = to_latex(test::numbered_formula(i), test::names);
    for (const char* signs : {"--", "+ -", "- -", "\\cdot -"}) {
      ASSERT_EQ(latex.find(signs), std::string::npos) << latex;
    }
  }
}

}  // namespace
}  // namespace zcmpi
