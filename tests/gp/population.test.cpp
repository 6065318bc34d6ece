#include "zcmpi/gp/population.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace zcmpi {
namespace {

const PopulationShape shape{.max_nodes = 4, .problem_count = 2};

Formula sum_of(std::uint16_t a, std::uint16_t b) {
  return completed({Node::make_terminal(a), Node::make_terminal(b), Node::make_primitive(Op::add)});
}

TEST(Population, StartsEmpty) {
  const Population population(3, shape);
  EXPECT_EQ(population.size(), 0U);
  EXPECT_EQ(population.capacity(), 3U);
}

TEST(Population, HoldsCopiesOfWhatIsAdded) {
  Population population(2, shape);
  auto formula = sum_of(0, 1);
  population.add(formula);
  formula[0] = Node::make_terminal(9);
  EXPECT_TRUE(std::ranges::equal(population.formula(0), sum_of(0, 1)));
}

TEST(Population, KnowsEachMembersDigestHoweverItCame) {
  const auto first = sum_of(0, 1);
  const auto second = sum_of(1, 2);
  Population population(3, shape);
  population.add(first);
  population.add(second, digest(second));
  EXPECT_EQ(population.digest(0), digest(first));
  EXPECT_EQ(population.digest(1), digest(second));
  // Nothing is left of what was there.
  population.assign(1, first);
  EXPECT_EQ(population.digest(1), digest(first));
  Population other(2, shape);
  other.add(second, digest(second));
  other.add(first);
  population.assign(0, other, 0);
  population.add(other, 1);
  EXPECT_EQ(population.digest(0), digest(second));
  EXPECT_EQ(population.digest(2), digest(first));
  population.clear();
  population.resize(1);
  EXPECT_EQ(population.digest(0), digest(FormulaView{}));
}

TEST(Population, AMemberOfAnotherIsCopiedWithScoresAndFitness) {
  Population a(1, shape);
  a.add(sum_of(0, 1));
  a.scores(0)[1] = 0.5;
  a.set_fitness(0, 0.25);
  Population b(1, shape);
  b.add(a, 0);
  EXPECT_EQ(a, b);
  a.scores(0)[1] = 0.75;
  EXPECT_EQ(b.scores(0)[1], 0.5);
}

TEST(Population, GrowsByEmptyFormulas) {
  Population population(2, shape);
  population.resize(2);
  EXPECT_TRUE(population.formula(1).empty());
  EXPECT_EQ(population.fitness(1), 0.0);
}

class Order : public testing::Test {
 protected:
  void SetUp() override {
    population.add(sum_of(0, 1));
    population.add(sum_of(0, 2));
    population.add(Formula{Node::make_terminal(0)});
  }
  Population population{3, shape};
};

TEST_F(Order, PutsHigherFitnessFirst) {
  population.set_fitness(0, 0.1);
  population.set_fitness(2, 0.2);
  EXPECT_TRUE(is_better(population, 2, population, 0));
  EXPECT_FALSE(is_better(population, 0, population, 2));
}

TEST_F(Order, PrefersTheShorterOfEqualFitness) { EXPECT_TRUE(is_better(population, 2, population, 0)); }

TEST_F(Order, IsTotalOnDifferentFormulasOfEqualFitnessAndLength) {
  EXPECT_NE(is_better(population, 0, population, 1), is_better(population, 1, population, 0));
}

TEST_F(Order, NeverPutsAFormulaBeforeItself) { EXPECT_FALSE(is_better(population, 0, population, 0)); }

}  // namespace
}  // namespace zcmpi
