#include "zcmpi/expr/formula.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "random_formulas.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/lanes.hpp"

namespace zcmpi {
namespace {

const Node x = Node::make_terminal(0);
const Node y = Node::make_terminal(1);
const Node two = Node::make_constant(2.0F);
Node op(Op o) { return Node::make_primitive(o); }

/// log(x) * 2 - y
const Formula example = completed({x, op(Op::log), two, op(Op::mul), y, op(Op::sub)});

/// x under so many neg.
Formula unary_chain(std::size_t length) {
  Formula formula{x};
  formula.resize(length + 1, op(Op::neg));
  return completed(formula);
}

/// x + (x + (x + ...)): as many operands pending at once as there can be.
Formula right_deep_sum(std::size_t operands) {
  Formula formula(operands, x);
  formula.resize(2 * operands - 1, op(Op::add));
  return completed(formula);
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

/// By counting operands back from the root.
std::size_t counted_begin(FormulaView nodes, std::size_t root) {
  std::size_t begin = root;
  for (int missing = arity(nodes[begin].op); missing > 0;) {
    missing += arity(nodes[--begin].op) - 1;
  }
  return begin;
}

TEST(Complete, FillsInTheSizeAndDepthOfEverySubtree) {
  for (std::uint32_t index = 0; index < 500; ++index) {
    Formula bare = test::numbered_formula(index);
    for (Node& node : bare) {
      node = is_operator(node) ? op(node.op) : node;
    }
    const Formula formula = completed(bare);
    EXPECT_EQ(formula, test::numbered_formula(index));
    for (std::size_t root = 0; root < formula.size(); ++root) {
      ASSERT_EQ(subtree_begin(formula, root), counted_begin(bare, root));
      ASSERT_EQ(subtree_depth(formula[root]), recursive_depth(formula, root));
    }
  }
}

TEST(Depth, IsRightWhereANodeCannotHoldIt) {
  Formula chain{x};
  for (int levels = 2; levels <= 1000; ++levels) {
    append_operator(chain, Op::neg);
    ASSERT_EQ(depth(chain), levels);
  }
  ASSERT_TRUE(is_well_formed(chain, 1));
}

TEST(Ancestors, AreTheOperatorsWhoseSubtreesHoldTheNode) {
  struct Seen {
    std::size_t node;
    bool is_in_last;
    bool operator==(const Seen&) const = default;
  };
  for (std::uint32_t index = 0; index < 200; ++index) {
    const Formula formula = test::numbered_formula(index);
    for (std::size_t node = 0; node < formula.size(); ++node) {
      std::vector<Seen> expected;
      for (std::size_t above = formula.size() - 1; above > node; --above) {
        if (counted_begin(formula, above) <= node) {
          expected.push_back({above, counted_begin(formula, above - 1) <= node});
        }
      }
      std::vector<Seen> seen;
      for_each_ancestor(formula, node, [&](std::size_t above, bool is_in_last) {
        seen.push_back({above, is_in_last});
      });
      ASSERT_EQ(seen, expected);
    }
  }
}

TEST(FindNodes, ListsThePlacesOfAKindInOrder) {
  const auto places_of = [](FormulaView nodes, NodeKind kind) {
    std::vector<std::uint32_t> places(nodes.size() + detail::lane_count);
    places.resize(find_nodes(nodes, kind, places.data()));
    return places;
  };
  RandomStream random({.seed = 8});
  std::size_t most = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    // Some of more than 256 nodes.
    Formula formula = test::random_formula(random, 1 + trial % 11);
    most = std::max(most, formula.size());
    // Sizes and numbers of more than a byte, and bits of constants, are not taken for ops.
    for (Node& node : formula) {
      node = node.op == Op::terminal ? Node::make_terminal(static_cast<std::uint16_t>(random.below(65536))) : node;
    }
    const auto expected = [&](auto is_of_kind) {
      std::vector<std::uint32_t> places;
      for (std::uint32_t i = 0; i < formula.size(); ++i) {
        if (is_of_kind(formula[i])) {
          places.push_back(i);
        }
      }
      return places;
    };
    ASSERT_EQ(places_of(formula, NodeKind::primitive), expected(is_operator));
    ASSERT_EQ(places_of(formula, NodeKind::leaf), expected([](const Node& n) { return !is_operator(n); }));
    ASSERT_EQ(places_of(formula, NodeKind::constant), expected([](const Node& n) { return n.op == Op::constant; }));
  }
  EXPECT_GT(most, 256U);
  EXPECT_EQ(find_nodes({}, NodeKind::leaf, nullptr), 0U);
}

TEST(Depth, CountsNodesOnTheLongestPath) {
  EXPECT_EQ(depth(Formula{}), 0);
  EXPECT_EQ(depth(Formula{x}), 1);
  EXPECT_EQ(depth(completed({x, op(Op::neg)})), 2);
  EXPECT_EQ(depth(example), 4);
}

TEST(Depth, EqualsItsRecursiveDefinition) {
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const Formula formula = test::numbered_formula(i);
    EXPECT_EQ(depth(formula), recursive_depth(formula, formula.size() - 1));
  }
}

TEST(Depth, OfVeryDeepFormulasIsFound) {
  EXPECT_EQ(depth(unary_chain(65'534)), 65'535);
  EXPECT_EQ(depth(right_deep_sum(30'000)), 30'000);
}

TEST(IsWellFormed, AcceptsExactlyOneExpression) {
  EXPECT_TRUE(is_well_formed(Formula{x}, 1));
  EXPECT_TRUE(is_well_formed(Formula{two}, 0));
  EXPECT_TRUE(is_well_formed(example, 2));
  EXPECT_TRUE(is_well_formed(unary_chain(65'534), 1));
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
  EXPECT_TRUE(is_well_formed(Formula{x, {Op::neg, 2, 2, 0.0F}}, 1));
  EXPECT_FALSE(is_well_formed(Formula{x, {Op::neg, 2, 2, 1.0F}}, 1));
  EXPECT_FALSE(is_well_formed(Formula{x, {Op::neg, 2, 3, 0.0F}}, 1));
  EXPECT_FALSE(is_well_formed(Formula{x, {Op::neg, 3, 2, 0.0F}}, 1));
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
