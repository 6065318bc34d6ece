#include "zcmpi/expr/formula.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "random_formulas.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

const Node x = Node::make_terminal(0);
const Node y = Node::make_terminal(1);
const Node two = Node::make_constant(2.0F);
Node op(Op o) { return Node::make_primitive(o); }

/// log(x) * 2 - y
const Formula example{x, op(Op::log), two, op(Op::mul), y, op(Op::sub)};

/// x under so many neg.
Formula unary_chain(std::size_t length) {
  Formula formula{x};
  formula.resize(length + 1, op(Op::neg));
  return formula;
}

/// x + (x + (x + ...)): as many operands pending at once as there can be.
Formula right_deep_sum(std::size_t operands) {
  Formula formula(operands, x);
  formula.resize(2 * operands - 1, op(Op::add));
  return formula;
}

int recursive_depth(FormulaView nodes, std::size_t root) {
  switch (arity(nodes[root].op)) {
    case 0: return 1;
    case 1: return 1 + recursive_depth(nodes, root - 1);
    default:
      return 1 + std::max(recursive_depth(nodes, root - 1), recursive_depth(nodes, subtree_begin(nodes, root - 1) - 1));
  }
}

TEST(SubtreeBegin, IsTheFirstNodeOfTheSubtree) {
  const std::array<std::size_t, 6> begins{0, 0, 2, 0, 4, 0};
  for (std::size_t root = 0; root < example.size(); ++root) {
    EXPECT_EQ(subtree_begin(example, root), begins.at(root)) << root;
  }
}

TEST(Depth, ThroughASubtreeCountsThePathsThatPassItsRoot) {
  for (std::uint32_t index = 0; index < 200; ++index) {
    const Formula formula = test::numbered_formula(index);
    int deepest = 0;
    for (std::size_t root = 0; root < formula.size(); ++root) {
      const NodeRange part{subtree_begin(formula, root), root + 1};
      int levels = recursive_depth(formula, root);
      for (std::size_t above = root + 1; above < formula.size(); ++above) {
        levels += subtree_begin(formula, above) <= root ? 1 : 0;
      }
      ASSERT_EQ(depth_through(formula, part), levels);
      deepest = std::max(deepest, levels);
    }
    ASSERT_EQ(deepest, depth(formula));
  }
}

TEST(Depth, CountsNodesOnTheLongestPath) {
  EXPECT_EQ(depth(Formula{}), 0);
  EXPECT_EQ(depth(Formula{x}), 1);
  EXPECT_EQ(depth(Formula{x, op(Op::neg)}), 2);
  EXPECT_EQ(depth(example), 4);
}

TEST(Depth, EqualsItsRecursiveDefinition) {
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const Formula formula = test::numbered_formula(i);
    EXPECT_EQ(depth(formula), recursive_depth(formula, formula.size() - 1));
  }
}

TEST(Depth, OfVeryDeepFormulasIsFound) {
  EXPECT_EQ(depth(unary_chain(100'000)), 100'001);
  EXPECT_EQ(depth(right_deep_sum(50'000)), 50'000);
}

TEST(IsWellFormed, AcceptsExactlyOneExpression) {
  EXPECT_TRUE(is_well_formed(Formula{x}, 1));
  EXPECT_TRUE(is_well_formed(Formula{two}, 0));
  EXPECT_TRUE(is_well_formed(example, 2));
  EXPECT_TRUE(is_well_formed(unary_chain(100'000), 1));
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_TRUE(is_well_formed(test::numbered_formula(i), 3));
  }
}

TEST(IsWellFormed, RejectsArraysThatAreNoExpression) {
  EXPECT_FALSE(is_well_formed(Formula{}, 1));
  EXPECT_FALSE(is_well_formed(Formula{x, x}, 1));
  EXPECT_FALSE(is_well_formed(Formula{op(Op::neg)}, 1));
  EXPECT_FALSE(is_well_formed(Formula{x, op(Op::add)}, 1));
  EXPECT_FALSE(is_well_formed(Formula{x, op(Op::add), x}, 1));
  EXPECT_FALSE(is_well_formed(Formula{x, x, op(Op::add), op(Op::add)}, 1));
}

TEST(IsWellFormed, RejectsUnknownTerminalsAndOps) {
  EXPECT_FALSE(is_well_formed(Formula{y}, 1));
  EXPECT_FALSE(is_well_formed(Formula{x, op(static_cast<Op>(op_count))}, 1));
}

TEST(IsWellFormed, RejectsNodesWhoseUnusedFieldsAreSet) {
  EXPECT_FALSE(is_well_formed(Formula{{Op::terminal, 1, 0, 0.0F}}, 1));
  EXPECT_FALSE(is_well_formed(Formula{{Op::terminal, 0, 0, 1.0F}}, 1));
  EXPECT_FALSE(is_well_formed(Formula{{Op::constant, 0, 1, 1.0F}}, 2));
  EXPECT_FALSE(is_well_formed(Formula{x, {Op::neg, 0, 0, 1.0F}}, 1));
}

TEST(IsWellFormed, RejectsConstantsThatAreNotFinite) {
  EXPECT_FALSE(is_well_formed(Formula{Node::make_constant(std::numeric_limits<float>::infinity())}, 1));
  EXPECT_FALSE(is_well_formed(Formula{Node::make_constant(std::numeric_limits<float>::quiet_NaN())}, 1));
}

TEST(Evaluate, AppliesOperatorsToTheirOperandsInOrder) {
  const std::array<double, 2> row{std::exp(1.0), 5.0};
  EXPECT_DOUBLE_EQ(evaluate<double>(example, row), -3.0);
  EXPECT_EQ(evaluate<double>(Formula{x, y, op(Op::sub)}, std::array{5.0, 3.0}), 2.0);
  EXPECT_EQ(evaluate<double>(Formula{x, y, op(Op::div)}, std::array{6.0, 3.0}), 2.0);
}

TEST(Evaluate, OfASingleLeafIsItsValue) {
  EXPECT_EQ(evaluate<float>(Formula{two}, {}), 2.0F);
  EXPECT_EQ(evaluate<float>(Formula{y}, std::array{1.0F, 7.0F}), 7.0F);
}

TEST(Evaluate, WorksInThePrecisionItIsAskedFor) {
  const Formula third{x, y, op(Op::div)};
  EXPECT_EQ(evaluate<float>(third, std::array{1.0F, 3.0F}), 1.0F / 3.0F);
  EXPECT_EQ(evaluate<double>(third, std::array{1.0, 3.0}), 1.0 / 3.0);
}

TEST(Evaluate, PassesAMissingFeatureOn) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const Formula formula = test::numbered_formula(i);
    const bool reads_x = std::find(formula.begin(), formula.end(), x) != formula.end();
    if (reads_x) {
      EXPECT_TRUE(std::isnan(evaluate<float>(formula, std::array{nan, 1.0F, 2.0F})));
    }
  }
}

TEST(Evaluate, HandlesAsManyPendingOperandsAsAFormulaCanHave) {
  EXPECT_EQ(evaluate<double>(right_deep_sum(30'000), std::array{1.0}), 30'000.0);
}

TEST(Digest, TellsFormulasApart) {
  EXPECT_EQ(digest(example), digest(Formula(example)));
  EXPECT_NE(digest(Formula{x}), digest(Formula{y}));
  EXPECT_NE(digest(Formula{x, y, op(Op::add)}), digest(Formula{x, y, op(Op::sub)}));
  EXPECT_NE(digest(Formula{two}), digest(Formula{Node::make_constant(3.0F)}));
}

#if defined(ZCMPI_CONTRACTS)
TEST(Evaluate, OfAnUnknownTerminalBreaksAContract) {
  EXPECT_THROW(evaluate<float>(Formula{y}, std::array{1.0F}), ContractError);
}
#endif

}  // namespace
}  // namespace zcmpi
