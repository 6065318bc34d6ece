#include "program.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "random_formula.hpp"
#include "zcmpi/core/random.hpp"

namespace zcmpi::detail {
namespace {

const Node x = Node::make_terminal(0);
const Node y = Node::make_terminal(1);
const Node two = Node::make_constant(2.0F);
const Node plus = Node::make_primitive(Op::add);
const Node minus = Node::make_primitive(Op::sub);
const Node root = Node::make_primitive(Op::sqrt);

struct Lowered {
  Program program;
  std::vector<Instruction> instructions;
};

Lowered lower(const Formula& nodes) {
  const Formula formula = completed(nodes);
  Lowering lowering(Slots::stack, formula.size());
  Lowered lowered{{}, std::vector<Instruction>(formula.size() + 1)};
  lowered.program = lowering.lower(formula, 0, lowered.instructions.data(), 0);
  lowered.instructions.resize(lowered.program.count);
  return lowered;
}

TEST(Lowering, OfALeafHasNoInstruction) {
  const Lowered lowered = lower({y});
  EXPECT_EQ(lowered.program.count, 0U);
  EXPECT_EQ(lowered.program.result.kind, OperandKind::column);
  EXPECT_EQ(lowered.program.result.payload, 1U);
}

TEST(Lowering, FoldsConstantSubtrees) {
  const Lowered lowered = lower({x, two, two, plus, root, minus});
  ASSERT_EQ(lowered.program.count, 1U);
  EXPECT_EQ(lowered.instructions[0].kind_a, OperandKind::column);
  EXPECT_EQ(lowered.instructions[0].kind_b, OperandKind::constant);
  EXPECT_EQ(portable::bit_cast<float>(lowered.instructions[0].b), 2.0F);
}

TEST(Lowering, ASlotIsFreeAgainOnceItIsRead) {
  // sqrt(x) - ((x + y) - (y + x))
  const Lowered lowered = lower({x, root, x, y, plus, y, x, plus, minus, minus});
  ASSERT_EQ(lowered.program.count, 5U);
  std::vector<int> targets;
  for (const Instruction& instruction : lowered.instructions) {
    targets.push_back(instruction.target);
  }
  EXPECT_EQ(targets, (std::vector<int>{0, 1, 2, 1, 0}));
  EXPECT_EQ(lowered.instructions[4].a, 0U);
  EXPECT_EQ(lowered.instructions[4].b, 1U);
}

TEST(Lowering, NeverNeedsMoreSlotsThanStated) {
  RandomStream random({.seed = 61});
  for (int trial = 0; trial < 2000; ++trial) {
    const std::size_t size = 1 + random.below(64);
    const Lowered lowered = lower(test::random_formula(size, 3, random));
    for (const Instruction& instruction : lowered.instructions) {
      ASSERT_LT(instruction.target, slots_needed(Slots::stack, size)) << "of a formula of " << size << " nodes";
    }
    if (lowered.program.count > 0) {
      EXPECT_EQ(lowered.instructions.back().target, 0);
    }
  }
}

TEST(SlotsNeeded, AreReachedByAChainOfPendingOperands) {
  // sqrt(x) - (sqrt(x) - (... - sqrt(x)))
  for (std::size_t count = 1; count < 20; ++count) {
    Formula chain;
    for (std::size_t k = 0; k < count; ++k) {
      chain.insert(chain.end(), {x, root});
    }
    chain.resize(chain.size() + count - 1, minus);
    int most = 0;
    for (const Instruction& instruction : lower(chain).instructions) {
      most = std::max<int>(most, instruction.target + 1);
    }
    EXPECT_EQ(slots_needed(Slots::stack, chain.size()), count);
    EXPECT_EQ(static_cast<std::size_t>(most), count);
  }
}

TEST(Lowering, LeavesOutWhatTheFormulaBeforeHasRun) {
  // (x + y) - sqrt(y), then (x + y) - sqrt(x): the sum stays in the first slot.
  const Formula before = completed({x, y, plus, y, root, minus});
  const Formula after = completed({x, y, plus, x, root, minus});
  Lowering lowering(Slots::one_each, 6);
  std::vector<Instruction> instructions(20);
  const Program first = lowering.lower(before, 0, instructions.data(), 0);
  ASSERT_EQ(first.count, 3U);
  const Program second = lowering.lower(after, common_prefix(before, after), instructions.data(), first.count);
  ASSERT_EQ(second.count, 2U);
  const Instruction& square_root = instructions[second.first];
  EXPECT_EQ(square_root.op, Op::sqrt);
  EXPECT_EQ(square_root.target, 1U);
  const Instruction& difference = instructions[second.first + 1];
  EXPECT_EQ(difference.kind_a, OperandKind::slot);
  EXPECT_EQ(difference.a, 0U);
  EXPECT_EQ(difference.b, 1U);
  EXPECT_EQ(difference.target, 2U);
  EXPECT_EQ(second.result.payload, 2U);
}

TEST(Lowering, OfAFormulaThatTheOneBeforeBeginsWithRunsNothing) {
  Lowering lowering(Slots::one_each, 6);
  std::vector<Instruction> instructions(20);
  lowering.lower(completed({x, root, y, plus}), 0, instructions.data(), 0);
  const Program again = lowering.lower(completed({x, root}), 2, instructions.data(), 2);
  EXPECT_EQ(again.count, 0U);
  EXPECT_EQ(again.result.kind, OperandKind::slot);
  EXPECT_EQ(again.result.payload, 0U);
}

TEST(PrefixOrder, BringsTogetherFormulasThatBeginAlike) {
  RandomStream random({.seed = 62});
  std::vector<Formula> formulas;
  for (int k = 0; k < 500; ++k) {
    formulas.push_back(test::random_formula(1 + random.below(12), 3, random));
    if (k % 3 == 0) {
      formulas.push_back(formulas[random.below(static_cast<std::uint32_t>(formulas.size()))]);
    }
  }
  const std::vector<FormulaView> views(formulas.begin(), formulas.end());
  PrefixOrder prefix_order;
  const auto order = prefix_order.sort(views);
  ASSERT_EQ(std::set(order.begin(), order.end()).size(), views.size());
  // Those that begin with the same nodes, however many, follow each other, but for a few that hashing keeps apart.
  for (std::size_t length = 1; length <= 12; ++length) {
    std::set<std::vector<std::uint64_t>> seen;
    std::vector<std::uint64_t> last;
    std::size_t runs = 0;
    for (const auto f : order) {
      std::vector<std::uint64_t> prefix;
      for (const Node& node : views[f].first(std::min(length, views[f].size()))) {
        prefix.push_back(portable::bit_cast<std::uint64_t>(node));
      }
      if (prefix.size() == length && prefix != last) {
        seen.insert(prefix);
        ++runs;
      }
      last = prefix;
    }
    EXPECT_LE(runs, seen.size() + seen.size() / 10) << "prefixes of " << length;
  }
}

}  // namespace
}  // namespace zcmpi::detail
