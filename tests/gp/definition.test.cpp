// What an island does in a generation, written down plainly and slowly: which stream of random numbers each choice is
// drawn from, who is parent to whom, how often what is known is drawn again. It is the definition of a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "../kokkos_environment.hpp"
#include "support.hpp"
#include "zcmpi/expr/simplify.hpp"
#include "zcmpi/expr/text.hpp"
#include "zcmpi/gp/growth.hpp"
#include "zcmpi/gp/island.hpp"
#include "zcmpi/gp/selection.hpp"
#include "zcmpi/gp/tuning.hpp"
#include "zcmpi/gp/variation.hpp"

namespace zcmpi {
namespace {

using testing_support::make_evaluator;
using testing_support::small_parameters;
using testing_support::terminal_count;

constexpr std::uint32_t island_number = 2;

/// Text that equal formulas share, and no others.
std::string text_of(FormulaView formula) {
  static const std::vector<std::string> terminals{"a", "b", "c", "d"};
  return to_infix(formula, terminals);
}

std::vector<std::string> texts_of(const Population& population) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < population.size(); ++i) {
    texts.push_back(text_of(population.formula(i)));
  }
  return texts;
}

std::string canonical_text(FormulaView formula) {
  Formula canonical;
  canonicalise(formula, canonical);
  return text_of(canonical);
}

/// Best first.
std::vector<std::uint32_t> ranking_of(const Population& population) {
  std::vector<std::uint32_t> members(population.size());
  std::iota(members.begin(), members.end(), 0U);
  std::ranges::stable_sort(members, [&](auto a, auto b) { return is_better(population, a, population, b); });
  return members;
}

class Definition : public testing::Test {
 protected:
  Definition() {
    parameters.selection = ParentSelection::tournament;
    parameters.elites = 0;
    parameters.tuning_interval = 0;
  }

  Island make(std::uint64_t seed, int generations) {
    Island island(island_number, seed, parameters, evaluator, nullptr);
    island.initialise();
    for (int g = 0; g < generations; ++g) {
      island.step();
    }
    return island;
  }

  static RandomStream stream(std::uint64_t seed, std::uint32_t generation, Purpose purpose, std::uint32_t index) {
    return RandomStream({seed, island_number, generation, purpose, index});
  }

  /// Of some generations, by the parameters' way of selection.
  void expect_children();

  PopulationEvaluator evaluator = make_evaluator();
  GpParameters parameters = small_parameters();
};

TEST_F(Definition, OfTheFirstGeneration) {
  // Few shallow trees, so that many are known and drawn again.
  parameters.init_max_depth = 3;
  parameters.primitives = PrimitiveSet::parse("add,sub,mul,neg,square");
  const NodeSource source(parameters, terminal_count);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    std::set<std::string> known;
    std::vector<std::string> expected;
    int drawn_again = 0;
    for (std::uint32_t k = 0; k < parameters.population; ++k) {
      std::string text;
      if (k < terminal_count) {
        text = text_of(Formula{Node::make_terminal(static_cast<std::uint16_t>(k))});
      } else {
        auto random = stream(seed, 0, Purpose::initialisation, k);
        for (int attempt = 0; attempt < 10 && (attempt == 0 || known.contains(text)); ++attempt) {
          Formula formula;
          make_initial_formula(source, parameters, k, parameters.population, random, formula);
          text = canonical_text(formula);
          drawn_again += attempt > 0 ? 1 : 0;
        }
      }
      known.insert(text);
      expected.push_back(text);
    }
    EXPECT_EQ(texts_of(make(seed, 0).state().population), expected) << "seed " << seed;
    EXPECT_GT(drawn_again, 0);
  }
}

TEST_F(Definition, OfAChildByTournament) { expect_children(); }

TEST_F(Definition, OfAChildByLexicase) {
  parameters.selection = ParentSelection::epsilon_lexicase;
  expect_children();
}

void Definition::expect_children() {
  const VariationLottery lottery(parameters.rates);
  Variator variator(parameters, terminal_count);
  LexicaseSelector lexicase(parameters.population, evaluator.problem_count());
  int crossed = 0;
  int drawn_again = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    auto island = make(seed, 3);
    const auto parents = island.state().population;
    const auto duplicates_before = island.state().counters.duplicates;
    island.step();
    const auto generation = island.state().generation;
    const auto parent_texts = texts_of(parents);
    std::set<std::string> known(parent_texts.begin(), parent_texts.end());
    std::vector<std::string> expected;
    std::uint64_t duplicates = 0;
    auto orders = stream(seed, generation, Purpose::selection, 0);
    lexicase.prepare(parents, orders);
    for (std::uint32_t k = 0; k < parameters.population; ++k) {
      auto random = stream(seed, generation, Purpose::variation, k);
      const auto select = [&] {
        return parents.formula(parameters.selection == ParentSelection::tournament
                                   ? select_by_tournament(parents, parameters.tournament_size, random)
                                   : lexicase.select(random));
      };
      std::string text;
      for (int attempt = 0; attempt < 4 && (attempt == 0 || known.contains(text)); ++attempt) {
        const auto kind = lottery.draw(random);
        const auto mother = select();
        const auto father = kind == Variation::crossover ? select() : mother;
        Formula child;
        write(variator.vary(kind, mother, father, random), child);
        Formula canonical;
        canonicalise(child, canonical);
        text = text_of(depth(canonical) <= parameters.max_depth ? FormulaView(canonical) : mother);
        duplicates += known.contains(text) ? 1U : 0U;
        crossed += kind == Variation::crossover && text_of(mother) != text_of(father) ? 1 : 0;
        drawn_again += attempt > 0 ? 1 : 0;
      }
      known.insert(text);
      expected.push_back(text);
    }
    EXPECT_EQ(texts_of(island.state().population), expected) << "seed " << seed;
    EXPECT_EQ(island.state().counters.duplicates - duplicates_before, duplicates) << "seed " << seed;
  }
  EXPECT_GT(crossed, 50);
  EXPECT_GT(drawn_again, 10);
}

TEST_F(Definition, OfTheTunedConstants) {
  parameters.tuning_formulas = 6;
  parameters.tuning_candidates = 8;
  for (const auto how : {Aggregate::mean, Aggregate::minimum}) {
    parameters.aggregate = how;
    std::size_t improved = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      parameters.tuning_interval = 0;
      const auto untuned = make(seed, 4);
      auto expected = untuned.state().population;
      auto hall_of_fame = untuned.state().hall_of_fame;
      std::vector<std::uint32_t> best;
      std::set<std::string> seen;
      for (const auto member : ranking_of(expected)) {
        if (best.size() < parameters.tuning_formulas && seen.insert(text_of(expected.formula(member))).second) {
          best.push_back(member);
        }
      }
      ConstantTuner tuner(parameters, expected.shape());
      improved += tuner.tune(
          expected, best, [&](std::uint32_t which) { return stream(seed, 4, Purpose::constant_tuning, which); },
          [&](Population& candidates, std::span<const double>) {
            std::vector<double> scores(evaluator.problem_count());
            for (std::size_t i = 0; i < candidates.size(); ++i) {
              evaluator.score(std::vector<FormulaView>{candidates.formula(i)}, scores);
              std::ranges::copy(scores, candidates.scores(i).begin());
              candidates.set_fitness(i, aggregate(parameters.aggregate, scores, {}));
              const auto place = candidates.formula(i).size() - 1;
              if (hall_of_fame.formula(place).empty() || is_better(candidates, i, hall_of_fame, place)) {
                hall_of_fame.assign(place, candidates, i);
              }
            }
          });
      // The fourth generation is the first that is tuned.
      parameters.tuning_interval = 4;
      const auto tuned = make(seed, 4);
      EXPECT_EQ(tuned.state().population, expected) << "seed " << seed;
      EXPECT_EQ(tuned.state().hall_of_fame, hall_of_fame) << "seed " << seed;
      EXPECT_EQ(make(seed, 3).state().population,
                [&] {
                  parameters.tuning_interval = 0;
                  return make(seed, 3).state().population;
                }())
          << "seed " << seed;
    }
    EXPECT_GT(improved, 0U);
  }
}

TEST_F(Definition, OfFitnessIsTheAggregateThatTheRunAsksFor) {
  const std::vector<double> weights{1.0, 0.0, 3.0};
  for (const auto how : {Aggregate::mean, Aggregate::minimum, Aggregate::weighted_mean}) {
    parameters.aggregate = how;
    parameters.weights = how == Aggregate::weighted_mean ? weights : std::vector<double>{};
    parameters.elites = 3;
    parameters.tuning_interval = 2;
    const auto island = make(1, 4);
    for (const auto* const population : {&island.state().population, &island.state().hall_of_fame}) {
      for (std::size_t i = 0; i < population->size(); ++i) {
        if (!population->formula(i).empty()) {
          ASSERT_EQ(population->fitness(i), aggregate(how, population->scores(i), parameters.weights));
        }
      }
    }
  }
}

TEST_F(Definition, OfRandomEmigrants) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto island = make(seed, 2);
    const auto& population = island.state().population;
    for (const auto policy : {SelectionPolicy::random, SelectionPolicy::tournament}) {
      auto random = stream(seed, 2, Purpose::emigration, 0);
      std::vector<std::string> expected;
      for (int k = 0; k < 6; ++k) {
        const auto member = policy == SelectionPolicy::random
                                ? random.below(static_cast<std::uint32_t>(population.size()))
                                : select_by_tournament(population, parameters.tournament_size, random);
        expected.push_back(text_of(population.formula(member)));
      }
      Population emigrants(6, population.shape());
      island.choose_emigrants(policy, 6, emigrants);
      EXPECT_EQ(texts_of(emigrants), expected) << "seed " << seed;
    }
  }
}

class DefinitionOfReplacement : public Definition {
 protected:
  DefinitionOfReplacement() { parameters.elites = 5; }

  /// Different formulas that no island holds, all of one fitness.
  [[nodiscard]] Population immigrants(std::size_t count, double fitness, float first_constant = 0.123F) const {
    Population made(count, {parameters.max_size, evaluator.problem_count()});
    for (std::size_t k = 0; k < count; ++k) {
      made.add(completed({Node::make_constant(first_constant + static_cast<float>(k)), Node::make_terminal(0),
                          Node::make_primitive(Op::min)}));
      made.set_fitness(k, fitness);
    }
    return made;
  }

  /// Places whose formula `after` has not.
  static std::set<std::uint32_t> replaced(const Population& before, const Population& after) {
    std::set<std::uint32_t> places;
    for (std::uint32_t i = 0; i < before.size(); ++i) {
      if (!std::ranges::equal(before.formula(i), after.formula(i))) {
        places.insert(i);
      }
    }
    return places;
  }
};

TEST_F(DefinitionOfReplacement, OfTheWorstTakesAsManyAsThereAreImmigrants) {
  for (const auto policy : {ReplacementPolicy::worst, ReplacementPolicy::worst_if_better}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      auto island = make(seed, 2);
      const auto before = island.state().population;
      const auto ranking = ranking_of(before);
      EXPECT_EQ(island.take_in(immigrants(4, 2.0), policy), 4U);
      EXPECT_EQ(replaced(before, island.state().population), std::set<std::uint32_t>(ranking.end() - 4, ranking.end()));
    }
  }
}

TEST_F(DefinitionOfReplacement, OfTheWorstSparesNoElite) {
  auto island = make(1, 2);
  const auto count = parameters.population;
  EXPECT_EQ(island.take_in(immigrants(count, 2.0), ReplacementPolicy::worst), count);
}

TEST_F(DefinitionOfReplacement, AtRandomDrawsAmongAllButTheElites) {
  for (const auto policy : {ReplacementPolicy::random, ReplacementPolicy::random_if_better}) {
    std::set<std::uint32_t> ranks;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      auto island = make(seed, 2);
      for (std::uint32_t call = 0; call < 2; ++call) {
        const auto before = island.state().population;
        const auto ranking = ranking_of(before);
        auto random = stream(seed, 2, Purpose::replacement, call);
        const auto drawn =
            parameters.elites + random.below(static_cast<std::uint32_t>(parameters.population - parameters.elites));
        EXPECT_EQ(island.take_in(immigrants(1, 2.0, 0.5F + static_cast<float>(call)), policy), 1U);
        EXPECT_EQ(replaced(before, island.state().population), std::set<std::uint32_t>{ranking[drawn]});
        ranks.insert(static_cast<std::uint32_t>(drawn));
      }
    }
    EXPECT_GT(ranks.size(), 20U);
  }
}

TEST_F(DefinitionOfReplacement, IfBetterComparesWithTheMemberThatWouldGo) {
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    auto island = make(seed, 2);
    const auto before = island.state().population;
    const auto ranking = ranking_of(before);
    const double middle = before.fitness(ranking[ranking.size() / 2]);
    auto random = stream(seed, 2, Purpose::replacement, 0);
    const auto drawn =
        ranking[parameters.elites + random.below(static_cast<std::uint32_t>(ranking.size() - parameters.elites))];
    const std::size_t expected = middle > before.fitness(drawn) ? 1 : 0;
    EXPECT_EQ(island.take_in(immigrants(1, middle), ReplacementPolicy::random_if_better), expected) << "seed " << seed;
    EXPECT_EQ(replaced(before, island.state().population).size(), expected);
    accepted += expected;
  }
  EXPECT_GT(accepted, 5U);
  EXPECT_LT(accepted, 35U);
}

TEST_F(DefinitionOfReplacement, IfBetterTurnsAnEqualAway) {
  auto island = make(1, 2);
  const auto& population = island.state().population;
  const double worst = population.fitness(ranking_of(population).back());
  EXPECT_EQ(island.take_in(immigrants(1, worst), ReplacementPolicy::worst_if_better), 0U);
  EXPECT_EQ(island.take_in(immigrants(1, worst), ReplacementPolicy::worst), 1U);
}

}  // namespace
}  // namespace zcmpi
