#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "../counted_allocations.hpp"
#include "random_formulas.hpp"
#include "zcmpi/expr/simplify.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

using test::names;

Formula canonical(FormulaView formula) {
  Formula out;
  canonicalise(formula, out);
  return out;
}

std::string canonical_text(std::string_view text) { return to_infix(canonical(parse_formula(text, names)), names); }

/// Equal bits, but for the sign of zero and what a NaN holds.
bool is_same_value(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

constexpr std::uint32_t formula_count = 40'000;

TEST(Canonicalise, KeepsEveryValueBitForBit) {
  for (std::uint32_t i = 0; i < formula_count; ++i) {
    const Formula formula = test::numbered_formula(i);
    const Formula form = canonical(formula);
    RandomStream random({.seed = 2, .index = i});
    for (int row_index = 0; row_index < 16; ++row_index) {
      const auto row = test::random_row(random);
      const float before = evaluate<float>(formula, row);
      const float after = evaluate<float>(form, row);
      ASSERT_TRUE(is_same_value(before, after))
          << to_infix(formula, names) << " became " << to_infix(form, names) << ": " << before << " became " << after
          << " at " << row[0] << ", " << row[1] << ", " << row[2];
    }
  }
}

TEST(Canonicalise, IsIdempotent) {
  for (std::uint32_t i = 0; i < formula_count; ++i) {
    const Formula form = canonical(test::numbered_formula(i));
    ASSERT_TRUE(canonical(form) == form) << to_infix(form, names) << " became " << to_infix(canonical(form), names);
  }
}

TEST(Canonicalise, GivesWellFormedFormulasThatAreNeverLonger) {
  for (std::uint32_t i = 0; i < formula_count; ++i) {
    const Formula formula = test::numbered_formula(i);
    const Formula form = canonical(formula);
    ASSERT_TRUE(is_well_formed(form, names.size())) << to_infix(formula, names);
    ASSERT_LE(form.size(), formula.size()) << to_infix(formula, names) << " became " << to_infix(form, names);
  }
}

TEST(Canonicalise, OrdersOperandsOfCommutativePrimitivesOnly) {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const Formula a = test::numbered_formula(i);
    const Formula b = test::numbered_formula(i + 1000);
    for (const PrimitiveInfo& info : primitives()) {
      if (info.commutative) {
        const auto joined = [&](const Formula& first, const Formula& second) {
          Formula formula = first;
          formula.insert(formula.end(), second.begin(), second.end());
          append_operator(formula, info.op);
          return formula;
        };
        ASSERT_EQ(canonical(joined(a, b)), canonical(joined(b, a))) << to_infix(joined(a, b), names);
      }
    }
  }
  EXPECT_NE(canonical_text("x / y"), canonical_text("y / x"));
  EXPECT_NE(canonical_text("aq(x, y)"), canonical_text("aq(y, x)"));
  EXPECT_NE(canonical_text("x - y"), canonical_text("y - x"));
}

TEST(Canonicalise, AppliesExactIdentities) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {"x * 1", "x"},
      {"-1 * x", "-x"},
      {"x / 1", "x"},
      {"x / -1", "-x"},
      {"x + 0", "x"},
      {"x - 0", "x"},
      {"0 - x", "-x"},
      {"--x", "x"},
      {"x - -y", "x + y"},
      {"x + -y", "x - y"},
      {"-(x - y)", "y - x"},
      {"-x - y", "-(x + y)"},
      {"x - 3", "x + -3"},
      {"x + x", "x * 2"},
      {"x * x", "square(x)"},
      {"-x * -y", "x * y"},
      {"-x * y", "-(x * y)"},
      {"-x * 3", "x * -3"},
      {"x / 4", "x * 0.25"},
      {"-x / 3", "x / -3"},
      {"x / -y", "-x / y"},
      {"1 / x", "inv(x)"},
      {"x / 1e-9", "x / 0"},
      {"min(x, x)", "x"},
      {"min(-x, -y)", "-max(x, y)"},
      {"min(2, min(x, 3))", "min(x, 2)"},
      {"max(square(x), -1)", "square(x)"},
      {"abs(-x)", "abs(x)"},
      {"abs(abs(x))", "abs(x)"},
      {"abs(square(x))", "square(x)"},
      {"abs(x - y) + abs(y - x)", "abs((x - y) * 2)"},
      {"abs(x) * abs(y)", "abs(x * y)"},
      {"square(-x)", "square(x)"},
      {"square(abs(x))", "square(x)"},
      {"sqrt(abs(x))", "sqrt(x)"},
      {"log(-x / abs(y))", "log(x / y)"},
      {"log(0 + abs(y) * x)", "log(x * y)"},
      {"tanh(-x)", "-tanh(x)"},
      {"cbrt(-x)", "-cbrt(x)"},
      {"aq(x, -y)", "aq(x, y)"},
      {"aq(-x, y)", "-aq(x, y)"},
      {"aq(x, 0)", "x"},
      {"2 * 3 + x", "x + 6"},
      {"log(1) + x", "x"},
      {"-(0)", "0"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(canonical_text(text), expected) << text;
  }
}

TEST(Canonicalise, KeepsWhatOnlyLooksLikeAnIdentity) {
  for (const char* text : {"x - x", "x * 0", "x / x", "inv(inv(x))", "x / 0", "sqrt(square(x))", "square(sqrt(x))",
                           "exp(log(x))", "log(exp(x))", "x * 3 * 5", "x + 3 + 5", "inv(-x) * y + 1"}) {
    const Formula formula = parse_formula(text, names);
    EXPECT_EQ(canonical(formula).size(), formula.size()) << text << " became " << canonical_text(text);
  }
}

TEST(Canonicalise, FoldsNoConstantThatIsNotFinite) {
  for (const char* text : {"square(1e30)", "3e38 + 3e38", "3e38 * 10", "1e38 / 1e-5", "square(1e30) - square(1e30)"}) {
    const Formula formula = parse_formula(text, names);
    const Formula form = canonical(formula);
    EXPECT_TRUE(is_well_formed(form, 0)) << text;
    EXPECT_GT(form.size(), 1U) << text;
    EXPECT_TRUE(is_same_value(evaluate<float>(form, {}), evaluate<float>(formula, {}))) << text;
  }
}

/// A canonical formula with a subtree replaced by any other.
struct Replaced {
  Formula mother;
  Formula subtree;
  std::size_t root = 0;
  std::vector<Ancestor> ancestors;

  Replacement replacement() { return replace(mother, root, subtree, ancestors); }
};

Replaced replaced_formula(std::uint32_t index) {
  RandomStream random({.seed = 4, .index = index});
  Replaced made{canonical(test::numbered_formula(index)), test::numbered_formula(random.below(formula_count)), 0, {}};
  made.root = random.below(static_cast<std::uint32_t>(made.mother.size()));
  return made;
}

TEST(Replacement, IsTheFormulaWithTheSubtreeInItsPlace) {
  Formula out;
  for (std::uint32_t i = 0; i < 10 * formula_count; ++i) {
    auto made = replaced_formula(i);
    const auto& [mother, subtree, root, ancestors] = made;
    const std::size_t begin = subtree_begin(mother, root);
    Formula child(mother.begin(), mother.begin() + static_cast<std::ptrdiff_t>(begin));
    child.insert(child.end(), subtree.begin(), subtree.end());
    child.insert(child.end(), mother.begin() + static_cast<std::ptrdiff_t>(root) + 1, mother.end());
    complete(child);
    const Replacement replacement = made.replacement();
    write(replacement, out);
    ASSERT_EQ(out, child);
    ASSERT_EQ(size(replacement), child.size());
    ASSERT_EQ(depth(replacement), depth(child));
    ASSERT_EQ(replacement.sign, sign_at(mother, root));
  }
}

TEST(Replacement, HasItsDepthWhereNodesHoldNone) {
  Formula deep{Node::make_terminal(0)};
  deep.resize(300, Node::make_primitive(Op::exp));
  complete(deep);
  std::vector<Ancestor> ancestors;
  EXPECT_EQ(depth(replace(deep, 0, deep, ancestors)), 599);
  EXPECT_EQ(depth(whole(deep)), 300);
}

TEST(Replacement, HasTheCanonicalFormOfWhatItWrites) {
  Formula child;
  Formula out;
  for (std::uint32_t i = 0; i < 10 * formula_count; ++i) {
    auto made = replaced_formula(i);
    const Replacement replacement = made.replacement();
    write(replacement, child);
    const int levels = canonicalise(replacement, out);
    ASSERT_EQ(levels, depth(out)) << to_infix(out, names);
    ASSERT_EQ(out, canonical(child)) << to_infix(child, names) << " became " << to_infix(out, names) << ", not "
                                     << to_infix(canonical(child), names);
  }
}

TEST(Canonicalise, TakesEmptyAndSingleNodeFormulas) {
  EXPECT_TRUE(canonical({}).empty());
  EXPECT_EQ(canonical_text("x"), "x");
  EXPECT_EQ(canonical_text("-0"), "0");
}

TEST(Canonicalise, TakesVeryLongFormulas) {
  Formula chain{Node::make_terminal(0)};
  chain.resize(65'535, Node::make_primitive(Op::neg));
  complete(chain);
  EXPECT_EQ(canonical(chain), (Formula{Node::make_terminal(0)}));
  Formula out;
  for (const std::size_t size : {254U, 255U, 256U, 257U, 1000U}) {
    Formula deep{Node::make_terminal(0)};
    deep.resize(size, Node::make_primitive(Op::exp));
    complete(deep);
    EXPECT_EQ(canonicalise(deep, out), static_cast<int>(size));
    EXPECT_EQ(out, deep);
  }
  Formula sum(30'000, Node::make_terminal(0));
  sum.resize(59'999, Node::make_primitive(Op::sub));
  complete(sum);
  EXPECT_EQ(canonical(sum).size(), sum.size());
}

TEST(Canonicalise, ReplacesWhatWasInItsOutput) {
  Formula out(100, Node::make_terminal(7));
  canonicalise(parse_formula("x + 0", names), out);
  EXPECT_EQ(out, (Formula{Node::make_terminal(0)}));
}

TEST(Canonicalise, AllocatesNothingOnceItsOutputHasRoom) {
  std::vector<Formula> formulas;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    formulas.push_back(test::numbered_formula(i));
  }
  Formula out;
  out.reserve(100);
  std::vector<Replaced> replaced;
  for (std::uint32_t i = 0; replaced.size() < 2000; ++i) {
    replaced.push_back(replaced_formula(i));
    if (size(replaced.back().replacement()) > 64) {
      replaced.pop_back();
    }
  }
  const long before = test::allocation_count;
  for (const Formula& formula : formulas) {
    canonicalise(formula, out);
  }
  for (Replaced& made : replaced) {
    canonicalise(made.replacement(), out);
  }
  EXPECT_EQ(test::allocation_count, before);
}

}  // namespace
}  // namespace zcmpi
