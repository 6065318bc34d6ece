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
  StackLowering lowering(stack_slots(formula.size()), formula.size());
  Lowered lowered{{}, std::vector<Instruction>(formula.size() + 1)};
  const std::vector<FormulaView> one{formula};
  lowering.lower(one, lowered.instructions.data(), 0, &lowered.program);
  lowered.instructions.resize(lowered.program.count);
  return lowered;
}

TEST(StackLowering, OfALeafHasNoInstruction) {
  const Lowered lowered = lower({y});
  EXPECT_EQ(lowered.program.count, 0U);
  EXPECT_EQ(lowered.program.result.kind, OperandKind::column);
  EXPECT_EQ(lowered.program.result.payload, 1U);
}

TEST(StackLowering, FoldsConstantSubtrees) {
  const Lowered lowered = lower({x, two, two, plus, root, minus});
  ASSERT_EQ(lowered.program.count, 1U);
  EXPECT_EQ(lowered.instructions[0].kind_a(), OperandKind::column);
  EXPECT_EQ(lowered.instructions[0].kind_b(), OperandKind::constant);
  EXPECT_EQ(portable::bit_cast<float>(lowered.instructions[0].b), 2.0F);
}

TEST(StackLowering, ASlotIsFreeAgainOnceItIsRead) {
  // sqrt(x) - ((x + y) - (y + x))
  const Lowered lowered = lower({x, root, x, y, plus, y, x, plus, minus, minus});
  ASSERT_EQ(lowered.program.count, 5U);
  std::vector<std::uint32_t> targets;
  for (const Instruction& instruction : lowered.instructions) {
    targets.push_back(instruction.target);
  }
  EXPECT_EQ(targets, (std::vector<std::uint32_t>{0, 1, 2, 1, 0}));
  EXPECT_EQ(lowered.instructions[4].a, 0U);
  EXPECT_EQ(lowered.instructions[4].b, 1U);
}

TEST(StackLowering, NeverNeedsMoreSlotsThanStated) {
  RandomStream random({.seed = 61});
  for (int trial = 0; trial < 2000; ++trial) {
    const std::size_t size = 1 + random.below(64);
    const Lowered lowered = lower(test::random_formula(size, 3, random));
    for (const Instruction& instruction : lowered.instructions) {
      ASSERT_LT(instruction.target, stack_slots(size)) << "of a formula of " << size << " nodes";
    }
    if (lowered.program.count > 0) {
      EXPECT_EQ(lowered.instructions.back().target, 0U);
    }
  }
}

TEST(StackSlots, AreReachedByAChainOfPendingOperands) {
  // sqrt(x) - (sqrt(x) - (... - sqrt(x)))
  for (std::size_t count = 1; count < 20; ++count) {
    Formula chain;
    for (std::size_t k = 0; k < count; ++k) {
      chain.insert(chain.end(), {x, root});
    }
    chain.resize(chain.size() + count - 1, minus);
    std::uint32_t most = 0;
    for (const Instruction& instruction : lower(chain).instructions) {
      most = std::max(most, instruction.target + 1);
    }
    EXPECT_EQ(stack_slots(chain.size()), count);
    EXPECT_EQ(static_cast<std::size_t>(most), count);
  }
}

/// A ring with what was lowered into it.
struct Ring {
  explicit Ring(std::size_t slots, std::size_t max_nodes = 6) : lowering(slots, max_nodes) {}

  std::vector<Program> lower_together(const std::vector<Formula>& formulas) {
    std::vector<FormulaView> views;
    std::size_t nodes = 0;
    for (const Formula& formula : formulas) {
      views.emplace_back(formula);
      nodes += formula.size();
    }
    instructions.resize(used + nodes + 1);
    std::vector<Program> programs(formulas.size());
    used = lowering.lower(views, instructions.data(), used, programs.data());
    return programs;
  }
  Program lower(const Formula& nodes) { return lower_together({completed(nodes)}).front(); }

  RingLowering lowering;
  std::vector<Instruction> instructions;
  std::uint32_t used = 0;
};

TEST(RingLowering, LeavesOutSubtreesThatAFormulaBeforeHasRun) {
  Ring ring(16);
  ASSERT_EQ(ring.lower({x, y, plus, y, root, minus}).count, 3U);
  // The sum comes last here, and is the first instruction all the same.
  const Program second = ring.lower({x, root, x, y, plus, minus});
  ASSERT_EQ(second.count, 2U);
  EXPECT_EQ(second.first, 3U);
  EXPECT_EQ(ring.instructions[3].op(), Op::sqrt);
  const Instruction& difference = ring.instructions[4];
  EXPECT_EQ(difference.kind_a(), OperandKind::slot);
  EXPECT_EQ(difference.a, 3U);
  EXPECT_EQ(difference.kind_b(), OperandKind::slot);
  EXPECT_EQ(difference.b, 0U);
  EXPECT_EQ(difference.target, 4U);
  EXPECT_EQ(second.result.payload, 4U);
}

TEST(RingLowering, RunsASubtreeOnceThatAFormulaHasTwice) {
  Ring ring(16);
  EXPECT_EQ(ring.lower({x, root, x, root, plus}).count, 2U);
}

TEST(RingLowering, RunsNothingOfAFormulaThatIsASubtree) {
  Ring ring(64);
  ring.lower({x, root, y, plus});
  const Program again = ring.lower({x, root});
  EXPECT_EQ(again.count, 0U);
  EXPECT_EQ(again.result.kind, OperandKind::slot);
  EXPECT_EQ(again.result.payload, 0U);
}

TEST(RingLowering, TellsOperandsAndConstantsApart) {
  Ring ring(16);
  const Node three = Node::make_constant(3.0F);
  EXPECT_EQ(ring.lower({x, y, minus}).count, 1U);
  EXPECT_EQ(ring.lower({y, x, minus}).count, 1U);
  EXPECT_EQ(ring.lower({x, two, minus}).count, 1U);
  EXPECT_EQ(ring.lower({two, x, minus}).count, 1U);
  EXPECT_EQ(ring.lower({x, three, minus}).count, 1U);
  EXPECT_EQ(ring.lower({x, two, minus}).count, 0U);
  // A terminal, a slot and a constant's bits may all be zero.
  EXPECT_EQ(ring.lower({x, root}).count, 1U);
  EXPECT_EQ(ring.lower({x, y, minus, root}).count, 1U);
  EXPECT_EQ(ring.lower({x, Node::make_constant(0.0F), minus}).count, 1U);
  EXPECT_EQ(ring.lower({x, x, minus}).count, 1U);
}

TEST(RingLowering, ForgetsWhatMayBeOverwrittenOrWasBeforeItWasEmptied) {
  // Sixteen slots: a formula of two nodes leaves the last fourteen instructions alone, one of six the last ten.
  Ring ring(16);
  ring.lower({x, root});
  for (int value = 1; value <= 13; ++value) {
    EXPECT_EQ(ring.lower({x, root}).count, 0U);
    ring.lower({y, Node::make_constant(static_cast<float>(value)), plus});
  }
  EXPECT_EQ(ring.lower({x, root}).count, 0U);
  ring.lower({x, y, plus});
  EXPECT_EQ(ring.lower({x, root}).count, 1U);
  EXPECT_EQ(ring.lower({x, root}).count, 0U);
  EXPECT_EQ(ring.lower({x, root, two, minus, y, minus}).count, 2U);
  for (int value = 1; value <= 8; ++value) {
    ring.lower({y, Node::make_constant(static_cast<float>(value)), minus});
  }
  EXPECT_EQ(ring.lower({x, root, two, minus, root, root}).count, 4U);
  ring.lowering.empty_ring(ring.used);
  EXPECT_EQ(ring.lower({x, root}).count, 1U);
}

TEST(RingLowering, LeavesOutWhatTheOtherOfTwoFormulasRuns) {
  Ring ring(16);
  const auto programs = ring.lower_together({completed({x, root, y, plus}), completed({y, x, root, minus})});
  EXPECT_EQ(programs[0].first, 0U);
  EXPECT_EQ(programs[0].count, 3U);
  EXPECT_EQ(programs[1].count, 0U);
  EXPECT_NE(programs[0].result.payload, programs[1].result.payload);
}

TEST(RingLowering, LeavesAloneWhatTwoFormulasMayNotOverwriteTogether) {
  // Two formulas of six nodes leave the last four of sixteen instructions.
  for (const int others : {3, 4}) {
    Ring ring(16);
    ring.lower({x, root});
    for (int value = 1; value <= others; ++value) {
      ring.lower({y, Node::make_constant(static_cast<float>(value)), minus});
    }
    const auto programs =
        ring.lower_together({completed({x, root, root, root, y, plus}), completed({y, root, root, root, x, plus})});
    EXPECT_EQ(programs[0].count, others == 3 ? 7U : 8U);
  }
}

/// The value of each formula at one row, by its instructions in a ring as the kernel runs them.
TEST(RingLowering, GivesTheValuesOfFormulasWhateverItsSize) {
  constexpr std::size_t max_nodes = 30;
  constexpr std::uint32_t terminals = 3;
  const std::vector<float> features{0.5F, -2.0F, 3.25F};
  for (const std::size_t slots : {64U, 128U, 1024U}) {
    Ring ring(slots, max_nodes);
    std::vector<float> values(slots);
    const auto value_of = [&](OperandKind kind, std::uint32_t payload) {
      switch (kind) {
        case OperandKind::column: return features[payload];
        case OperandKind::slot: return values[payload % slots];
        default: return portable::bit_cast<float>(payload);
      }
    };
    RandomStream random({.seed = 63});
    std::uint32_t operators = 0;
    for (int batch = 0; batch < 3; ++batch) {
      ring.used = 0;
      ring.lowering.empty_ring(0);
      for (std::size_t trial = 0; trial < 1000; ++trial) {
        std::vector<Formula> formulas;
        for (std::size_t k = 0; k < 1 + trial % RingLowering::at_once; ++k) {
          formulas.push_back(completed(test::random_formula(1 + random.below(max_nodes), terminals, random)));
          operators += static_cast<std::uint32_t>(std::ranges::count_if(formulas.back(), is_operator));
        }
        const auto programs = ring.lower_together(formulas);
        for (std::size_t f = 0; f < formulas.size(); ++f) {
          const Program& program = programs[f];
          for (std::uint32_t k = program.first; k < program.first + program.count; ++k) {
            const Instruction& instruction = ring.instructions[k];
            const float a = value_of(instruction.kind_a(), instruction.a);
            values[instruction.target] =
                arity(instruction.op()) == 1
                    ? apply(instruction.op(), a)
                    : apply(instruction.op(), a, value_of(instruction.kind_b(), instruction.b));
          }
          const float value = value_of(program.result.kind, program.result.payload);
          const float expected = evaluate<float>(formulas[f], features);
          ASSERT_EQ(portable::bit_cast<std::uint32_t>(value), portable::bit_cast<std::uint32_t>(expected))
              << "formula " << f << " of " << trial << " of batch " << batch << ", " << slots << " slots";
        }
      }
    }
    EXPECT_LT(3 * ring.used, operators) << slots << " slots";
  }
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
  // Those that begin with the same nodes, up to six, follow each other, but for a few that hashing keeps apart.
  for (std::size_t length = 1; length <= 6; ++length) {
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
