#include "zcmpi/gp/island.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "../kokkos_environment.hpp"
#include "support.hpp"
#include "zcmpi/expr/simplify.hpp"

namespace zcmpi {
namespace {

using testing_support::make_evaluator;
using testing_support::small_parameters;
using testing_support::terminal_count;

double best_fitness(const Island& island) {
  const auto& population = island.state().population;
  double best = population.fitness(0);
  for (std::size_t i = 1; i < population.size(); ++i) {
    best = std::max(best, population.fitness(i));
  }
  return best;
}

bool is_equal(const IslandState& a, const IslandState& b) {
  return a.generation == b.generation && a.population == b.population && a.hall_of_fame == b.hall_of_fame &&
         a.counters == b.counters;
}

class Islands : public testing::Test {
 protected:
  Island make(std::uint32_t number = 0, std::uint64_t seed = 1) {
    return {number, seed, parameters, evaluator, nullptr};
  }
  Island make_evolved(int generations, std::uint32_t number = 0, std::uint64_t seed = 1) {
    auto island = make(number, seed);
    island.initialise();
    for (int g = 0; g < generations; ++g) {
      island.step();
    }
    return island;
  }

  PopulationEvaluator evaluator = make_evaluator();
  GpParameters parameters = small_parameters();
};

TEST_F(Islands, TheFirstGenerationHoldsEverySingleTerminal) {
  const auto island = make_evolved(0);
  const auto& population = island.state().population;
  for (std::uint16_t terminal = 0; terminal < terminal_count; ++terminal) {
    const Formula leaf{Node::make_terminal(terminal)};
    bool found = false;
    for (std::size_t i = 0; i < population.size(); ++i) {
      found = found || std::ranges::equal(population.formula(i), leaf);
    }
    EXPECT_TRUE(found) << terminal;
  }
}

TEST_F(Islands, EqualSeedsGiveEqualIslands) { EXPECT_TRUE(is_equal(make_evolved(7).state(), make_evolved(7).state())); }

TEST_F(Islands, AnotherSeedOrNumberGivesAnotherIsland) {
  const auto island = make_evolved(2);
  EXPECT_FALSE(island.state().population == make_evolved(2, 0, 2).state().population);
  EXPECT_FALSE(island.state().population == make_evolved(2, 1, 1).state().population);
}

TEST_F(Islands, ARestoredIslandGoesOnAsIfItHadNeverStopped) {
  const auto straight = make_evolved(8);
  auto second_half = make();
  second_half.restore(make_evolved(4).state());
  for (int g = 0; g < 4; ++g) {
    second_half.step();
  }
  EXPECT_TRUE(is_equal(straight.state(), second_half.state()));
}

TEST_F(Islands, ElitesKeepTheBestFitnessFromFalling) {
  auto island = make_evolved(0);
  double before = best_fitness(island);
  for (int g = 0; g < 15; ++g) {
    island.step();
    const double now = best_fitness(island);
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST_F(Islands, EvolutionFindsBetterThanAnySingleTerminal) {
  const auto start = make_evolved(0);
  double single = -1.0;
  for (std::size_t terminal = 0; terminal < terminal_count; ++terminal) {
    single = std::max(single, start.state().population.fitness(terminal));
  }
  EXPECT_GT(best_fitness(make_evolved(20)), single + 0.1);
}

TEST_F(Islands, FormulasAreCanonicalWithinTheLimitsAndCarryTheirOwnScores) {
  auto island = make_evolved(10);
  const auto& population = island.state().population;
  std::vector<double> scores(evaluator.problem_count());
  Formula canonical;
  for (std::size_t i = 0; i < population.size(); ++i) {
    const auto formula = population.formula(i);
    ASSERT_TRUE(is_well_formed(formula, terminal_count));
    ASSERT_LE(formula.size(), parameters.max_size);
    ASSERT_LE(depth(formula), parameters.max_depth);
    canonicalise(formula, canonical);
    ASSERT_TRUE(std::ranges::equal(formula, canonical));
    evaluator.score(std::vector<FormulaView>{formula}, scores);
    ASSERT_TRUE(std::ranges::equal(scores, population.scores(i)));
    ASSERT_EQ(population.fitness(i), aggregate(Aggregate::mean, scores, {}));
  }
}

TEST_F(Islands, CanonicalFormsThatAreDeeperThanTheirFormulaKeepTheLimitsToo) {
  // -x * y with a deep y becomes -(x * y).
  parameters.max_depth = 4;
  parameters.init_max_depth = 4;
  for (const auto* const names : {"add,mul,neg", "neg,mul,div", "full"}) {
    parameters.primitives = PrimitiveSet::parse(names);
    for (const int generations : {0, 1, 2, 8}) {
      const auto island = make_evolved(generations);
      for (std::size_t i = 0; i < island.state().population.size(); ++i) {
        ASSERT_LE(depth(island.state().population.formula(i)), parameters.max_depth)
            << names << " after " << generations << " generations";
      }
    }
  }
}

TEST_F(Islands, FormulasKeepToThePrimitivesOfTheRun) {
  for (const auto* const names : {"mul", "add,mul,neg", "max,div", "arithmetic", "basic", "standard"}) {
    parameters.primitives = PrimitiveSet::parse(names);
    const auto island = make_evolved(6);
    for (const auto* const population : {&island.state().population, &island.state().hall_of_fame}) {
      for (std::size_t i = 0; i < population->size(); ++i) {
        for (const auto& node : population->formula(i)) {
          ASSERT_TRUE(arity(node.op) == 0 || parameters.primitives.contains(node.op)) << names;
        }
      }
    }
  }
}

TEST_F(Islands, EachFormulaIsEvaluatedOnce) {
  // Four terminals and products of two of them, x * y being y * x: fourteen formulas, all in a first generation of
  // sixty.
  parameters.primitives = PrimitiveSet::parse("mul");
  parameters.constant_probability = 0.0;
  parameters.max_size = 3;
  parameters.max_depth = 2;
  parameters.init_max_size = 3;
  PhaseClock clock;
  Island island(0, 1, parameters, evaluator, &clock);
  island.initialise();
  const auto evaluation_seconds = [&] { return clock.seconds()[static_cast<std::size_t>(Phase::evaluation)]; };
  const double before = evaluation_seconds();
  ASSERT_GT(before, 0.0);
  island.step();
  // Not a moment more, rather than little more: the evaluator was asked nothing, whatever the counter says.
  EXPECT_EQ(evaluation_seconds(), before);
  EXPECT_EQ(island.state().counters.evaluations, 14U);
}

/// Runs an island for ten generations and looks at all its members.
void expect_hall_of_all_seen(Island island, std::size_t max_size) {
  island.initialise();
  Population seen(max_size, island.state().population.shape());
  seen.resize(max_size);
  for (int g = 0; g < 10; ++g) {
    const auto& population = island.state().population;
    for (std::size_t i = 0; i < population.size(); ++i) {
      const auto place = population.formula(i).size() - 1;
      if (seen.formula(place).empty() || is_better(population, i, seen, place)) {
        seen.assign(place, population, i);
      }
    }
    island.step();
  }
  const auto& hall = island.state().hall_of_fame;
  for (std::size_t place = 0; place < max_size; ++place) {
    if (!seen.formula(place).empty()) {
      EXPECT_EQ(hall.formula(place).size(), place + 1);
      EXPECT_FALSE(is_better(seen, place, hall, place)) << place;
    }
  }
}

TEST_F(Islands, TheHallOfFameHoldsTheBestOfEverySizeEverSeen) {
  parameters.tuning_interval = 0;
  expect_hall_of_all_seen(make(), parameters.max_size);
}

/// With primitives to which canonical forms do not keep: a formula whose scores are those of an equal one may be longer
/// or shorter than that.
TEST_F(Islands, TheHallOfFameHoldsFormulasThatEqualOnesOfOtherSizes) {
  parameters.tuning_interval = 0;
  parameters.primitives = PrimitiveSet::parse("add,mul,neg");
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    expect_hall_of_all_seen(make(0, seed), parameters.max_size);
  }
}

/// One generation, of which every child's scores tell whether it was evaluated: the evaluator under the island is
/// changed before it for one whose accuracies are negated, so that what is evaluated has its scores turned round.
class KnownFormulas : public Islands {
 protected:
  void SetUp() override {
    parameters.constant_probability = 0.0;
    parameters.elites = 0;
    parameters.tuning_interval = 0;
    parameters.max_size = 9;
    parameters.init_max_size = 9;
  }

  void step_with_negated_scores(std::string_view primitives, std::uint64_t seed) {
    parameters.primitives = PrimitiveSet::parse(primitives);
    evaluator = make_evaluator();
    auto island = make_evolved(4, 0, seed);
    before = island.state();
    known_forms = canonical_forms(before.population);
    auto problems = testing_support::make_problems(3, 40);
    for (auto& problem : problems) {
      std::ranges::transform(problem.accuracies, problem.accuracies.begin(), std::negate());
    }
    evaluator = {problems, terminal_count, {.statistic = Statistic::tau_b, .max_nodes = 40}};
    island.step();
    after = island.state();
    child_forms = canonical_forms(after.population);
  }

  /// The parent of the same canonical form as a child.
  [[nodiscard]] std::optional<std::size_t> known_parent(std::size_t child) const {
    const auto known = std::ranges::find(known_forms, child_forms[child]);
    return known == known_forms.end() ? std::nullopt
                                      : std::optional(static_cast<std::size_t>(known - known_forms.begin()));
  }

  /// Of the first set the canonical forms are bred, of the second the formulas as they come.
  static constexpr auto primitive_sets = {"add,sub,neg,abs", "max,neg"};

  IslandState before;
  IslandState after;
  std::vector<Formula> known_forms;
  std::vector<Formula> child_forms;

 private:
  static std::vector<Formula> canonical_forms(const Population& population) {
    std::vector<Formula> forms(population.size());
    for (std::size_t i = 0; i < population.size(); ++i) {
      canonicalise(population.formula(i), forms[i]);
    }
    return forms;
  }
};

TEST_F(KnownFormulas, OfParentsKeepTheirScoresInsteadOfBeingEvaluatedAgain) {
  for (const auto* const primitives : primitive_sets) {
    int tested = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      step_with_negated_scores(primitives, seed);
      for (std::size_t child = 0; child < child_forms.size(); ++child) {
        if (const auto parent = known_parent(child)) {
          EXPECT_TRUE(std::ranges::equal(after.population.scores(child), before.population.scores(*parent)));
          EXPECT_EQ(after.population.fitness(child), before.population.fitness(*parent));
          tested += before.population.fitness(*parent) != 0.0 ? 1 : 0;
        }
      }
    }
    EXPECT_GT(tested, 0) << primitives;
  }
}

TEST_F(KnownFormulas, AreAllButTheNewOnesEachOfWhichIsEvaluatedOnce) {
  for (const auto* const primitives : primitive_sets) {
    std::size_t new_children = 0;
    std::size_t new_formulas = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      step_with_negated_scores(primitives, seed);
      std::vector<Formula> evaluated;
      std::vector<double> scores(evaluator.problem_count());
      for (std::size_t child = 0; child < child_forms.size(); ++child) {
        if (known_parent(child)) {
          continue;
        }
        ++new_children;
        evaluator.score(std::vector<FormulaView>{after.population.formula(child)}, scores);
        EXPECT_TRUE(std::ranges::equal(after.population.scores(child), scores));
        if (std::ranges::find(evaluated, child_forms[child]) == evaluated.end()) {
          evaluated.push_back(child_forms[child]);
        }
      }
      EXPECT_EQ(after.counters.evaluations - before.counters.evaluations, evaluated.size());
      EXPECT_GE(after.counters.duplicates - before.counters.duplicates, child_forms.size() - evaluated.size());
      new_formulas += evaluated.size();
    }
    EXPECT_GT(new_formulas, 0U) << primitives;
    EXPECT_GT(new_children, new_formulas) << primitives << ": no two children are the same new formula";
  }
}

TEST_F(Islands, EveryWayOfSelectionAndSurvivalImproves) {
  for (const auto selection : {ParentSelection::tournament, ParentSelection::epsilon_lexicase}) {
    for (const auto survival : {Survival::generational, Survival::nsga2}) {
      parameters.selection = selection;
      parameters.survival = survival;
      EXPECT_GT(best_fitness(make_evolved(30)), best_fitness(make_evolved(0)));
    }
  }
}

/// Both take in the same members of another island; how many.
std::size_t take_in_from(const Island& other, Island& a, Island& b) {
  constexpr std::size_t count = 5;
  Population migrants(count, other.state().population.shape());
  other.choose_emigrants(SelectionPolicy::best, count, migrants);
  const std::size_t accepted = a.take_in(migrants, ReplacementPolicy::worst);
  EXPECT_EQ(b.take_in(migrants, ReplacementPolicy::worst), accepted);
  return accepted;
}

TEST_F(Islands, ChildrenRankedNoFurtherThanTheyMayMatterChangeNothing) {
  if (device_count() > 0) {
    GTEST_SKIP() << "a device ranks all";
  }
  constexpr std::size_t problems = 5;
  parameters.aggregate = Aggregate::minimum;
  PopulationEvaluator never_stops(testing_support::make_problems(problems, 40), terminal_count,
                                  {.early_stop = EarlyStop::nowhere});
  for (const auto selection : {ParentSelection::tournament, ParentSelection::epsilon_lexicase}) {
    for (const auto survival : {Survival::generational, Survival::nsga2}) {
      // Over `arithmetic` a known formula may be a longer or shorter one of the same canonical form.
      for (const auto* primitives : {"full", "arithmetic"}) {
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
          parameters.selection = selection;
          parameters.survival = survival;
          parameters.primitives = PrimitiveSet::parse(primitives);
          PopulationEvaluator stops = make_evaluator(problems);
          Island with_floors(0, seed, parameters, stops, nullptr);
          Island without(0, seed, parameters, never_stops, nullptr);
          Island other(1, seed, parameters, never_stops, nullptr);
          other.initialise();
          other.step();
          std::size_t accepted = 0;
          const std::uint64_t rankings_before = never_stops.rankings();
          with_floors.initialise();
          without.initialise();
          for (int g = 0; g < 30; ++g) {
            with_floors.step();
            without.step();
            if (g % 10 == 9) {
              accepted += take_in_from(other, with_floors, without);
            }
            ASSERT_TRUE(is_equal(with_floors.state(), without.state())) << primitives << ", seed " << seed;
          }
          EXPECT_GT(accepted, 0U);
          const auto all = static_cast<double>(never_stops.rankings() - rankings_before);
          EXPECT_LE(static_cast<double>(stops.rankings()), (survival == Survival::nsga2 ? 0.8 : 1.0) * all);
        }
      }
    }
  }
}

TEST_F(Islands, ChildrenRankedNoFurtherThanTheyMayMatterChangeNothingAmongCopies) {
  if (device_count() > 0) {
    GTEST_SKIP() << "a device ranks all";
  }
  // There are ten formulas of so few nodes: some parents are copies, and of children most. Seldom is one left to find.
  parameters.primitives = PrimitiveSet::parse("max");
  parameters.aggregate = Aggregate::minimum;
  parameters.survival = Survival::nsga2;
  parameters.population = 11;
  parameters.max_size = 3;
  parameters.init_max_size = 3;
  parameters.constant_probability = 0.0;
  PopulationEvaluator never_stops(testing_support::make_problems(3, 40), terminal_count,
                                  {.early_stop = EarlyStop::nowhere});
  std::size_t copies = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Island with_floors(0, seed, parameters, evaluator, nullptr);
    Island without(0, seed, parameters, never_stops, nullptr);
    with_floors.initialise();
    without.initialise();
    for (int g = 0; g < 20; ++g) {
      with_floors.step();
      without.step();
      ASSERT_TRUE(is_equal(with_floors.state(), without.state())) << "seed " << seed;
    }
    const Population& population = without.state().population;
    for (std::size_t i = 0; i < population.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        copies += std::ranges::equal(population.formula(i), population.formula(k)) ? 1U : 0U;
      }
    }
  }
  EXPECT_GT(copies, 0U);
  EXPECT_NE(evaluator.rankings(), never_stops.rankings()) << "no floor mattered";
}

TEST_F(Islands, Ptc2StartsEvolutionToo) {
  parameters.initialisation = Initialisation::ptc2;
  EXPECT_GT(best_fitness(make_evolved(12)), best_fitness(make_evolved(0)));
}

TEST_F(Islands, TheBestEmigrantsAreDifferentAndBestFirst) {
  const auto island = make_evolved(5);
  Population emigrants(4, island.state().population.shape());
  island.choose_emigrants(SelectionPolicy::best, 4, emigrants);
  ASSERT_EQ(emigrants.size(), 4U);
  EXPECT_EQ(emigrants.fitness(0), best_fitness(island));
  for (std::size_t i = 1; i < emigrants.size(); ++i) {
    EXPECT_TRUE(is_better(emigrants, i - 1, emigrants, i));
  }
}

TEST_F(Islands, RandomEmigrantsAreMembersAndTheSameAgain) {
  const auto island = make_evolved(5);
  for (const auto policy : {SelectionPolicy::random, SelectionPolicy::tournament}) {
    Population first(4, island.state().population.shape());
    Population again(4, island.state().population.shape());
    island.choose_emigrants(policy, 4, first);
    island.choose_emigrants(policy, 4, again);
    EXPECT_EQ(first, again);
    EXPECT_EQ(first.size(), 4U);
  }
}

class Immigration : public Islands {
 protected:
  /// One formula that no island holds, of the given fitness.
  Population immigrant_of(double fitness) const {
    Population immigrants(1, {parameters.max_size, evaluator.problem_count()});
    immigrants.add(completed({Node::make_constant(0.123F), Node::make_terminal(0), Node::make_primitive(Op::min)}));
    immigrants.set_fitness(0, fitness);
    return immigrants;
  }
  static bool has(const Island& island, const Population& immigrants) {
    const auto& population = island.state().population;
    for (std::size_t i = 0; i < population.size(); ++i) {
      if (std::ranges::equal(population.formula(i), immigrants.formula(0))) {
        return true;
      }
    }
    return false;
  }
};

TEST_F(Immigration, ABetterImmigrantReplacesTheWorst) {
  auto island = make_evolved(3);
  const auto before = island.state().population;
  EXPECT_EQ(island.take_in(immigrant_of(0.99), ReplacementPolicy::worst_if_better), 1U);
  EXPECT_TRUE(has(island, immigrant_of(0.99)));
  std::size_t changed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!std::ranges::equal(before.formula(i), island.state().population.formula(i))) {
      ++changed;
      for (std::size_t j = 0; j < before.size(); ++j) {
        EXPECT_FALSE(is_better(before, i, before, j));
      }
    }
  }
  EXPECT_EQ(changed, 1U);
}

TEST_F(Immigration, AWorseImmigrantIsTurnedAwayOnlyIfThePolicySaysSo) {
  for (const auto policy : {ReplacementPolicy::worst_if_better, ReplacementPolicy::random_if_better}) {
    auto island = make_evolved(3);
    EXPECT_EQ(island.take_in(immigrant_of(-2.0), policy), 0U);
  }
  for (const auto policy : {ReplacementPolicy::worst, ReplacementPolicy::random}) {
    auto island = make_evolved(3);
    EXPECT_EQ(island.take_in(immigrant_of(-2.0), policy), 1U);
  }
}

TEST_F(Immigration, RandomReplacementSparesTheElites) {
  const auto start = make_evolved(3);
  const double best = best_fitness(start);
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    auto island = make_evolved(3, 0, seed);
    const double before = best_fitness(island);
    island.take_in(immigrant_of(-2.0), ReplacementPolicy::random);
    EXPECT_EQ(best_fitness(island), before);
  }
  EXPECT_GT(best, 0.0);
}

TEST_F(Immigration, AFormulaThatIsAlreadyThereIsNotTakenInTwice) {
  auto island = make_evolved(3);
  EXPECT_EQ(island.take_in(immigrant_of(0.99), ReplacementPolicy::worst), 1U);
  EXPECT_EQ(island.take_in(immigrant_of(0.99), ReplacementPolicy::worst), 0U);
}

TEST_F(Immigration, IsRecordedInTheHallOfFameEvenWhenTurnedAway) {
  auto island = make_evolved(0);
  auto immigrants = immigrant_of(0.99);
  island.take_in(immigrants, ReplacementPolicy::worst_if_better);
  EXPECT_TRUE(std::ranges::equal(island.state().hall_of_fame.formula(2), immigrants.formula(0)));
}

}  // namespace
}  // namespace zcmpi
