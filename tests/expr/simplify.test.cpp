#include "zcmpi/expr/simplify.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "random_formulas.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

using test::Constants;
using test::names;

std::string simplified(std::string_view text) { return to_infix(simplify(parse_formula(text, names)), names); }

/// A value and how far it moves when every constant in it is rounded to 32 bits again.
struct Uncertain {
  double value;
  double error;
};

constexpr double rounding = 3e-7;

Uncertain uncertain_apply(Op op, const Uncertain& x) {
  Uncertain result{apply(op, x.value), 0.0};
  std::vector<double> places{x.value - x.error, x.value - x.error / 2, x.value + x.error / 2, x.value + x.error};
  if (std::abs(x.value) <= x.error) {
    places.push_back(0.0);
  }
  for (const double place : places) {
    result.error = std::max(result.error, std::abs(apply(op, place) - result.value));
  }
  result.error += rounding * std::abs(result.value);
  return result;
}

Uncertain uncertain_apply(Op op, const Uncertain& a, const Uncertain& b) {
  Uncertain result{apply(op, a.value, b.value), 0.0};
  for (const double i : {-1.0, 0.0, 1.0}) {
    for (const double j : {-1.0, 0.0, 1.0}) {
      const double moved = apply(op, a.value + i * a.error, b.value + j * b.error);
      result.error = std::max(result.error, std::abs(moved - result.value));
    }
  }
  result.error += rounding * std::abs(result.value);
  return result;
}

Uncertain uncertain_value(FormulaView nodes, const std::array<double, 3>& row) {
  std::vector<Uncertain> pending;
  for (const Node& node : nodes) {
    if (node.op == Op::constant) {
      pending.push_back({static_cast<double>(node.value), rounding * std::abs(static_cast<double>(node.value))});
    } else if (node.op == Op::terminal) {
      pending.push_back({row.at(node.number), 1e-15 * std::abs(row.at(node.number))});
    } else if (arity(node.op) == 1) {
      pending.back() = uncertain_apply(node.op, pending.back());
    } else {
      const Uncertain b = pending.back();
      pending.pop_back();
      pending.back() = uncertain_apply(node.op, pending.back(), b);
    }
  }
  return pending.back();
}

std::array<double, 3> moderate_row(RandomStream& random) {
  std::array<double, 3> row{};
  for (double& value : row) {
    value = random.chance(0.1) ? 0.0 : random.normal() * std::pow(10.0, random.normal());
  }
  return row;
}

constexpr std::uint32_t formula_count = 20'000;

TEST(Simplify, KeepsEveryFiniteValueUpToTheRoundingOfConstants) {
  int compared = 0;
  for (std::uint32_t i = 0; i < formula_count; ++i) {
    const Formula formula = test::numbered_formula(i, Constants::moderate);
    const Formula simple = simplify(formula);
    RandomStream random({.seed = 4, .index = i});
    for (int row_index = 0; row_index < 6; ++row_index) {
      const auto row = moderate_row(random);
      const auto [value, error] = uncertain_value(formula, row);
      if (!std::isfinite(value) || !std::isfinite(error)) {
        continue;
      }
      ++compared;
      const double simple_value = evaluate<double>(simple, row);
      ASSERT_LE(std::abs(simple_value - value), 20.0 * error + 1e-300)
          << to_infix(formula, names) << " became " << to_infix(simple, names) << ": " << value << " became "
          << simple_value << " at " << row[0] << ", " << row[1] << ", " << row[2];
    }
  }
  EXPECT_GT(compared, 5 * static_cast<int>(formula_count));
}

TEST(Simplify, GivesWellFormedFormulasNoLongerThanTheCanonicalForm) {
  Formula canonical;
  for (std::uint32_t i = 0; i < formula_count; ++i) {
    const Formula formula = test::numbered_formula(i);
    const Formula simple = simplify(formula);
    canonicalise(formula, canonical);
    ASSERT_TRUE(is_well_formed(simple, names.size())) << to_infix(formula, names);
    ASSERT_LE(simple.size(), canonical.size()) << to_infix(formula, names) << " became " << to_infix(simple, names);
  }
}

TEST(Simplify, IsIdempotent) {
  for (std::uint32_t i = 0; i < formula_count; ++i) {
    const Formula simple = simplify(test::numbered_formula(i));
    ASSERT_TRUE(simplify(simple) == simple)
        << to_infix(simple, names) << " became " << to_infix(simplify(simple), names);
  }
}

TEST(Simplify, CollectsSumsAndProducts) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {"x - x", "0"},
      {"x + y - x", "y"},
      {"x + (y + (z - x))", "y + z"},
      {"y + x", "x + y"},
      {"x + 3 + 5", "x + 8"},
      {"x * 3 * 5", "15 * x"},
      {"3 - (x + 1)", "2 - x"},
      {"-(x + y)", "-(x + y)"},
      {"0 - x - y - 2", "-2 - x - y"},
      {"y - 2 * x - y * 3", "-2 * x - 2 * y"},
      {"x + x + x", "3 * x"},
      {"x * 0 + y", "y"},
      {"z * (y * x)", "x * y * z"},
      {"x * x * x", "x * square(x)"},
      {"x * y * x * y", "square(x * y)"},
      {"2 * x * (3 * y)", "6 * x * y"},
      {"x / 3", "x / 3"},
      {"x * 0.25", "x / 4"},
      {"x / 3 + x / 3 + x / 3", "x"},
      {"3 * (x + y) - 2 * (x + y)", "x + y"},
      {"square(sqrt(x))", "abs(x)"},
      {"sqrt(square(x + y))", "abs(x + y)"},
      {"cbrt(x) * cbrt(x) * cbrt(x)", "x"},
      {"abs(-2 * x)", "2 * abs(x)"},
      {"tanh(-x - y)", "-tanh(x + y)"},
      {"x / 1e-9", "1"},
      {"min(max(x, y), min(z, x))", "min(x, z)"},
      {"min(3, min(x, 2))", "min(x, 2)"},
      {"log(2 * x - 2 * x + 1) + z", "z"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(simplified(text), expected) << text;
  }
}

TEST(Simplify, KeepsWhatProtectionMakesDifferent) {
  for (const char* text :
       {"x / x", "inv(inv(x))", "y * (x / y)", "log(exp(x))", "exp(log(x))", "-inv(x)", "inv(2 * x)"}) {
    EXPECT_EQ(simplified(text), text);
  }
}

TEST(Simplify, LeavesConstantsThatWouldOverflow) {
  const Formula formula = parse_formula("x * 1e30 * 1e30", names);
  const std::array<double, 3> row{1e-50, 0.0, 0.0};
  EXPECT_DOUBLE_EQ(evaluate<double>(simplify(formula), row), evaluate<double>(formula, row));
}

TEST(Simplify, TakesEmptyAndVeryLongFormulas) {
  EXPECT_TRUE(simplify({}).empty());
  Formula sum(30'000, Node::make_terminal(0));
  sum.resize(59'999, Node::make_primitive(Op::sub));
  complete(sum);
  EXPECT_LE(simplify(sum).size(), sum.size());
}

}  // namespace
}  // namespace zcmpi
