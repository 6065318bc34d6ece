#include "program.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

Lowered lower(const Formula& formula) {
  Lowering lowering(formula.size());
  Lowered lowered{{}, std::vector<Instruction>(formula.size())};
  lowered.program = lowering.lower(formula, lowered.instructions.data(), 0);
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
      ASSERT_LT(instruction.target, slots_needed(size)) << "of a formula of " << size << " nodes";
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
    EXPECT_EQ(slots_needed(chain.size()), count);
    EXPECT_EQ(static_cast<std::size_t>(most), count);
  }
}

}  // namespace
}  // namespace zcmpi::detail
