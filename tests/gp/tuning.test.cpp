#include "zcmpi/gp/tuning.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <vector>

namespace zcmpi {
namespace {

/// Fitness is the closeness of the only constant to a target: what tuning must find.
class Tuning : public testing::Test {
 protected:
  static constexpr float target = 3.0F;

  Tuning() {
    parameters.primitives = PrimitiveSet::parse("standard");
    parameters.tuning_formulas = 2;
    parameters.tuning_candidates = 16;
    parameters.tuning_rounds = 30;
    population.add(completed({Node::make_terminal(0), Node::make_constant(1.0F), Node::make_primitive(Op::add)}));
    population.add(Formula{Node::make_terminal(1)});
    evaluate(population);
  }

  void evaluate(Population& candidates) {
    ++calls;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      double distance = 100.0;
      for (const auto& node : candidates.formula(i)) {
        distance = node.op == Op::constant ? double{portable::abs(node.value - target)} : distance;
      }
      candidates.set_fitness(i, -distance);
    }
  }

  std::size_t tune() {
    return ConstantTuner(parameters, shape)
        .tune(
            population, members, [](std::uint32_t which) { return RandomStream({.seed = 1, .index = which}); },
            [this](Population& candidates, std::span<const double>) { evaluate(candidates); });
  }

  PopulationShape shape{.max_nodes = 5, .problem_count = 1};
  GpParameters parameters;
  Population population{2, shape};
  std::vector<std::uint32_t> members{0, 1};
  int calls = 0;
};

TEST_F(Tuning, BringsAConstantToItsBest) {
  EXPECT_EQ(tune(), 1U);
  EXPECT_GT(population.fitness(0), -0.05);
}

TEST_F(Tuning, LeavesAFormulaWithoutConstantsAsItIs) {
  const auto before = population;
  tune();
  EXPECT_TRUE(std::ranges::equal(population.formula(1), before.formula(1)));
}

TEST_F(Tuning, NeverMakesAFormulaWorse) {
  population.assign(0, completed({Node::make_terminal(0), Node::make_constant(target), Node::make_primitive(Op::add)}));
  population.set_fitness(0, 0.0);
  EXPECT_EQ(tune(), 0U);
  EXPECT_EQ(population.fitness(0), 0.0);
}

TEST_F(Tuning, EvaluatesOneBatchARound) {
  calls = 0;
  tune();
  EXPECT_EQ(calls, static_cast<int>(parameters.tuning_rounds));
}

TEST_F(Tuning, OfACandidateOnlyMattersWhatBeatsItsFormula) {
  // What does not is said to be as fit as what it should beat: nothing comes of it.
  const auto said_to_be_no_worse = [this] {
    auto changed = population;
    ConstantTuner(parameters, shape)
        .tune(
            changed, members, [](std::uint32_t which) { return RandomStream({.seed = 1, .index = which}); },
            [this](Population& candidates, std::span<const double> to_beat) {
              evaluate(candidates);
              for (std::size_t i = 0; i < candidates.size(); ++i) {
                candidates.set_fitness(i, std::max(candidates.fitness(i), to_beat[i]));
              }
            });
    return changed;
  };
  const auto changed = said_to_be_no_worse();
  tune();
  EXPECT_EQ(changed, population);
}

TEST_F(Tuning, OfNothingEvaluatesNothing) {
  members.clear();
  calls = 0;
  EXPECT_EQ(tune(), 0U);
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace zcmpi
