#include "zcmpi/gp/nsga2.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

/// A formula of the given length that differs by `tag`.
Formula of_length(std::size_t length, std::uint16_t tag) {
  Formula formula{Node::make_terminal(tag)};
  formula.resize(length, Node::make_primitive(Op::neg));
  complete(formula);
  return formula;
}

struct Objectives {
  double fitness;
  std::size_t length;
};

Population make(const std::vector<Objectives>& members) {
  Population population(members.size(), {.max_nodes = 50, .problem_count = 1});
  for (std::size_t i = 0; i < members.size(); ++i) {
    population.add(of_length(members[i].length, static_cast<std::uint16_t>(i)));
    population.set_fitness(i, members[i].fitness);
  }
  return population;
}

bool dominates(const Objectives& a, const Objectives& b) {
  return a.fitness >= b.fitness && a.length <= b.length && (a.fitness > b.fitness || a.length < b.length);
}

/// Fronts by the definition: peel off what nothing dominates.
std::vector<std::uint32_t> fronts_by_definition(const std::vector<Objectives>& members) {
  std::vector<std::uint32_t> fronts(members.size(), ~0U);
  for (std::uint32_t front = 0, done = 0; done < members.size(); ++front) {
    std::vector<std::size_t> peeled;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (fronts[i] == ~0U &&
          std::ranges::none_of(std::vector<std::size_t>(members.size()), [&, j = std::size_t{0}](auto) mutable {
            const auto k = j++;
            return fronts[k] == ~0U && dominates(members[k], members[i]);
          })) {
        peeled.push_back(i);
      }
    }
    for (const auto i : peeled) {
      fronts[i] = front;
    }
    done += static_cast<std::uint32_t>(peeled.size());
  }
  return fronts;
}

TEST(Nsga2, FrontsAreThoseOfTheDefinition) {
  for (std::uint32_t trial = 0; trial < 50; ++trial) {
    RandomStream random({.seed = 6, .index = trial});
    std::vector<Objectives> members;
    for (int i = 0; i < 60; ++i) {
      // Coarse values, so that both objectives tie often.
      members.push_back({random.below(8) / 8.0, 1 + random.below(8)});
    }
    const auto population = make(members);
    Nsga2Survival survival(members.size());
    survival.choose(population, members.size());
    EXPECT_EQ(survival.fronts(), fronts_by_definition(members));
  }
}

TEST(Nsga2, SurvivorsAreInTheOrderOfFrontThenCrowding) {
  // A front of a chain whose middle is crowded, and one member behind it.
  const auto population = make({{0.8, 8}, {0.75, 7}, {0.7, 6}, {0.1, 1}, {0.9, 9}, {0.05, 3}});
  Nsga2Survival survival(6);
  // The ends first, then by the gap between the neighbours.
  EXPECT_EQ(survival.choose(population, 6), (std::vector<std::uint32_t>{4, 3, 2, 0, 1, 5}));
}

TEST(Nsga2, ATournamentIsWonByTheOneThatComesFirstInThatOrder) {
  const auto population = make({{0.8, 8}, {0.1, 1}, {0.05, 3}});
  Nsga2Survival survival(3);
  survival.choose(population, 3);
  std::vector<int> wins(3);
  for (std::uint32_t trial = 0; trial < 900; ++trial) {
    RandomStream random({.seed = 3, .index = trial});
    ++wins[survival.select_by_tournament(2, random)];
  }
  // Of two drawn with replacement from three, the first wins 5 times in 9, the last 1 time in 9.
  EXPECT_NEAR(wins[0], 500, 60);
  EXPECT_NEAR(wins[1], 300, 60);
  EXPECT_NEAR(wins[2], 100, 60);
}

TEST(Nsga2, KeepsTheWholeFirstFrontBeforeAnythingElse) {
  const auto population = make({{0.9, 9}, {0.5, 5}, {0.1, 1}, {0.4, 6}, {0.05, 2}});
  Nsga2Survival survival(5);
  const auto& chosen = survival.choose(population, 3);
  EXPECT_EQ(std::set(chosen.begin(), chosen.end()), (std::set<std::uint32_t>{0, 1, 2}));
}

TEST(Nsga2, KeepsTheEndsOfAFrontThatIsCut) {
  const auto population = make({{0.9, 9}, {0.5, 5}, {0.49, 4}, {0.48, 3}, {0.1, 1}});
  Nsga2Survival survival(5);
  const auto& chosen = survival.choose(population, 3);
  const std::set<std::uint32_t> kept(chosen.begin(), chosen.end());
  EXPECT_TRUE(kept.contains(0));
  EXPECT_TRUE(kept.contains(4));
}

TEST(Nsga2, DropsCopiesFirst) {
  Population population(3, {.max_nodes = 5, .problem_count = 1});
  population.add(of_length(1, 0));
  population.add(of_length(1, 0));
  population.add(of_length(3, 1));
  population.set_fitness(0, 0.9);
  population.set_fitness(1, 0.9);
  population.set_fitness(2, 0.1);
  Nsga2Survival survival(3);
  const auto& chosen = survival.choose(population, 2);
  EXPECT_TRUE(std::ranges::find(chosen, 2U) != chosen.end());
}

}  // namespace
}  // namespace zcmpi
