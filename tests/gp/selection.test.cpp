#include "zcmpi/gp/selection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <ranges>
#include <set>
#include <span>
#include <vector>

namespace zcmpi {
namespace {

/// Members with the given scores, one row each; member i is a formula of its own.
Population with_scores(const std::vector<std::vector<double>>& rows) {
  Population population(rows.size(), {.max_nodes = 5, .problem_count = rows.front().size()});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Formula leaf{Node::make_terminal(static_cast<std::uint16_t>(i))};
    population.add(leaf);
    std::ranges::copy(rows[i], population.scores(i).begin());
    population.set_fitness(i, rows[i][0]);
  }
  return population;
}

/// Draws the orders of a generation.
void prepare(LexicaseSelector& lexicase, const Population& population, std::uint32_t generation = 0) {
  RandomStream random({.generation = generation, .purpose = Purpose::selection});
  lexicase.prepare(population, random);
}

/// How often each member is drawn.
std::map<std::size_t, int> count_draws(LexicaseSelector& lexicase, int draws) {
  std::map<std::size_t, int> counts;
  RandomStream random({.seed = 1});
  for (int k = 0; k < draws; ++k) {
    ++counts[lexicase.select(random)];
  }
  return counts;
}

TEST(Tournament, OfTheWholePopulationManyTimesOverFindsTheBest) {
  const auto population = with_scores({{0.1}, {0.7}, {0.3}});
  RandomStream random({.seed = 1});
  EXPECT_EQ(select_by_tournament(population, 100, random), 1U);
}

TEST(Tournament, OfOneDrawsEveryMember) {
  const auto population = with_scores({{0.1}, {0.7}, {0.3}});
  RandomStream random({.seed = 1});
  std::set<std::size_t> seen;
  for (int k = 0; k < 100; ++k) {
    seen.insert(select_by_tournament(population, 1, random));
  }
  EXPECT_EQ(seen.size(), 3U);
}

TEST(Tournament, IsWonByTheBestOfThoseDrawn) {
  // Few different fitnesses, and formulas of other lengths: the shorter one wins, then the one whose bytes come first.
  Population population(40, {8, 1});
  RandomStream made({.seed = 21});
  for (std::uint16_t k = 0; k < 40; ++k) {
    Formula formula{Node::make_terminal(static_cast<std::uint16_t>(k % 20))};
    for (std::uint32_t levels = made.below(3); levels > 0; --levels) {
      append_operator(formula, Op::neg);
    }
    population.set_fitness(population.add(formula), 0.25 * made.below(4));
  }
  for (std::uint32_t k = 0; k < 3000; ++k) {
    RandomStream random({.seed = 22, .index = k});
    RandomStream same = random;
    std::size_t best = same.below(40);
    for (int i = 1; i < 6; ++i) {
      const std::size_t challenger = same.below(40);
      best = is_better(population, challenger, population, best) ? challenger : best;
    }
    ASSERT_EQ(select_by_tournament(population, 6, random), best);
  }
}

int in_steps(double score) { return static_cast<int>(std::lround(score * LexicaseSelector::steps)); }

TEST(Lexicase, EpsilonIsTheMedianAbsoluteDeviation) {
  // In steps: median 3; deviations 2 1 0 1 97, their median 1.
  constexpr double step = 1.0 / LexicaseSelector::steps;
  const auto population = with_scores({{1 * step}, {2 * step}, {3 * step}, {4 * step}, {100 * step}});
  LexicaseSelector lexicase(5, 1);
  prepare(lexicase, population);
  EXPECT_EQ(lexicase.epsilon(0), 1);
  const auto extremes = with_scores({{-1.0}, {1.0}});
  prepare(lexicase, extremes);
  // The middle is 1, the deviations 0 and 2.
  EXPECT_EQ(lexicase.epsilon(0), 2 * LexicaseSelector::steps);
}

/// Straight from the definition, without a shortcut.
std::set<std::size_t> left_by(const Population& population, const LexicaseSelector& lexicase,
                              std::span<const std::uint32_t> order) {
  std::vector<std::size_t> left(population.size());
  std::iota(left.begin(), left.end(), 0U);
  for (const auto c : order) {
    const auto code = [&](std::size_t i) { return in_steps(population.scores(i)[c]); };
    const int best = std::ranges::max(left | std::views::transform(code));
    std::erase_if(left, [&](auto i) { return code(i) < best - lexicase.epsilon(c); });
  }
  return {left.begin(), left.end()};
}

TEST(Lexicase, SelectsAmongTheMembersThatADrawnOrderOfCasesLeaves) {
  // Of less than a register of them, and of some.
  for (const std::size_t members : {1U, 7U, 8U, 9U, 15U, 16U, 17U, 31U, 32U, 33U, 64U, 130U, 400U}) {
    for (const std::size_t cases : {1U, 2U, 5U, 6U, 13U}) {
      std::vector<std::vector<double>> rows(members);
      RandomStream numbers({.seed = 4});
      for (auto& row : rows) {
        std::generate_n(std::back_inserter(row), cases, [&] { return 2.0 * numbers.uniform() - 1.0; });
      }
      const auto population = with_scores(rows);
      LexicaseSelector lexicase(members, cases);
      std::set<std::size_t> seen;
      for (std::uint32_t generation = 0; generation < 2; ++generation) {
        prepare(lexicase, population, generation);
        RandomStream same_orders({.generation = generation, .purpose = Purpose::selection});
        std::vector<std::set<std::size_t>> left;
        std::vector<std::uint32_t> order(cases);
        std::iota(order.begin(), order.end(), 0U);
        if (cases <= 5) {
          // All orders.
          do {
            left.push_back(left_by(population, lexicase, order));
          } while (std::ranges::next_permutation(order).found);
        } else {
          for (std::size_t k = 0; k < LexicaseSelector::most_orders; ++k) {
            std::iota(order.begin(), order.end(), 0U);
            shuffle(std::span(order), same_orders);
            left.push_back(left_by(population, lexicase, order));
          }
        }
        std::vector<std::set<std::size_t>> seen_of_order(left.size());
        RandomStream random({.seed = 1, .generation = generation});
        for (std::size_t k = 0; k < 100 * left.size(); ++k) {
          auto same = random;
          const auto which = same.below(static_cast<std::uint32_t>(left.size()));
          const auto selected = lexicase.select(random);
          ASSERT_THAT(left[which], testing::Contains(selected)) << members << " members, " << cases << " cases";
          seen_of_order[which].insert(selected);
          seen.insert(selected);
        }
        for (std::size_t k = 0; k < left.size(); ++k) {
          if (left[k].size() < 5) {
            EXPECT_EQ(seen_of_order[k], left[k]) << members << " members, " << cases << " cases";
          }
        }
      }
      if (members >= 64) {
        EXPECT_LT(seen.size(), members);
      }
    }
  }
}

TEST(Lexicase, SelectsEveryMemberThatSomeOrderOfCasesLeaves) {
  std::vector<std::vector<double>> rows;
  RandomStream numbers({.seed = 4});
  for (int i = 0; i < 40; ++i) {
    rows.push_back({numbers.uniform(), numbers.uniform()});
  }
  const auto population = with_scores(rows);
  LexicaseSelector lexicase(40, 2);
  prepare(lexicase, population);
  auto expected = left_by(population, lexicase, std::array{0U, 1U});
  expected.merge(left_by(population, lexicase, std::array{1U, 0U}));
  std::set<std::size_t> seen;
  RandomStream random({.seed = 1});
  for (int k = 0; k < 4000; ++k) {
    seen.insert(lexicase.select(random));
  }
  EXPECT_EQ(seen, expected);
}

TEST(Lexicase, KeepsSpecialistsThatTheMeanWouldLose) {
  // Member 0 is best on case 0 alone; the others are better on average.
  const auto population = with_scores({{0.9, 0.0}, {0.5, 0.6}, {0.5, 0.61}, {0.5, 0.62}, {0.5, 0.63}});
  LexicaseSelector lexicase(5, 2);
  prepare(lexicase, population);
  std::set<std::size_t> seen;
  RandomStream random({.seed = 1});
  for (int k = 0; k < 200; ++k) {
    seen.insert(lexicase.select(random));
  }
  EXPECT_TRUE(seen.contains(0));
}

TEST(Lexicase, PrefersTheShortestOfThoseWithTheSameScores) {
  Population population(2, {.max_nodes = 5, .problem_count = 1});
  population.add(completed({Node::make_terminal(0), Node::make_primitive(Op::neg)}));
  population.add(Formula{Node::make_terminal(1)});
  LexicaseSelector lexicase(2, 1);
  prepare(lexicase, population);
  RandomStream random({.seed = 1});
  for (int k = 0; k < 20; ++k) {
    EXPECT_EQ(lexicase.select(random), 1U);
  }
}

TEST(Lexicase, CountsMembersWithTheSameScoresAsOneAndDrawsAmongTheShortestAlike) {
  // Score 0.5: the leaves 0, 3 and 7 and the longer 1. Within epsilon of them: leaf 5. Far below: the other leaves.
  Population population(14, {.max_nodes = 5, .problem_count = 1});
  for (std::uint16_t i = 0; i < 14; ++i) {
    const auto leaf = Node::make_terminal(i);
    population.add(i == 1 ? completed({leaf, Node::make_primitive(Op::exp)}) : Formula{leaf});
    const bool is_best = i == 0 || i == 1 || i == 3 || i == 7;
    population.scores(i)[0] = is_best ? 0.5 : (i == 5 ? 0.45 : 0.05 * i - 1.0);
  }
  LexicaseSelector lexicase(14, 1);
  prepare(lexicase, population);
  ASSERT_GT(lexicase.epsilon(0), in_steps(0.05));
  ASSERT_LT(lexicase.epsilon(0), in_steps(0.5));
  auto seen = count_draws(lexicase, 4000);
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_NEAR(seen[5], 2000, 130);
  for (const std::size_t member : {0U, 3U, 7U}) {
    EXPECT_NEAR(seen[member], 667, 100) << member;
  }
}

TEST(Lexicase, DrawsAmongCandidatesWhateverTheirLengths) {
  // Four within epsilon of the best; of the first two, which have the same scores, the shorter one.
  const std::vector<double> scores{0.18, 0.18, 0.2, 0.16, -0.2, -0.4, -0.6, -0.8, -1.0};
  Population population(scores.size(), {.max_nodes = 5, .problem_count = 1});
  for (std::size_t i = 0; i < scores.size(); ++i) {
    Formula formula{Node::make_terminal(static_cast<std::uint16_t>(i))};
    for (std::size_t level = 0; level < (i == 0 ? 4 : i % 4); ++level) {
      append_operator(formula, Op::exp);
    }
    population.scores(population.add(formula))[0] = scores[i];
  }
  LexicaseSelector lexicase(scores.size(), 1);
  prepare(lexicase, population);
  ASSERT_GT(lexicase.epsilon(0), in_steps(0.1));
  ASSERT_LT(lexicase.epsilon(0), in_steps(0.39));
  auto seen = count_draws(lexicase, 3000);
  ASSERT_EQ(seen.size(), 3U);
  for (const std::size_t member : {1U, 2U, 3U}) {
    EXPECT_NEAR(seen[member], 1000, 100) << member;
  }
}

TEST(Lexicase, OfOneMemberIsThatMember) {
  const auto population = with_scores({{0.1, 0.2}});
  LexicaseSelector lexicase(1, 2);
  prepare(lexicase, population);
  RandomStream random({.seed = 1});
  EXPECT_EQ(lexicase.select(random), 0U);
}

}  // namespace
}  // namespace zcmpi
