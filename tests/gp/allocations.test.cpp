// What a generation allocates, with a global operator new that counts.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "../counted_allocations.hpp"
#include "../kokkos_environment.hpp"
#include "../kokkos_launches.hpp"
#include "support.hpp"
#include "zcmpi/eval/runtime.hpp"
#include "zcmpi/gp/island.hpp"
#include "zcmpi/gp/nsga2.hpp"

namespace zcmpi {
namespace {

constexpr int generations = 20;
/// Lists of the elites and of the formulas to tune grow a few times each.
constexpr long most_allocations = 16 * generations;

/// The allocations of some generations of an island in steady state. Tuning tries the more candidates the larger the
/// population is, so that what it allocates for each shows as well.
long allocations(GpParameters parameters, std::size_t population, std::size_t problems) {
  auto evaluator = testing_support::make_evaluator(problems);
  parameters.population = population;
  parameters.constant_probability = 0.5;
  parameters.tuning_candidates = population / 25;
  Island island(0, 1, parameters, evaluator, nullptr);
  island.initialise();
  for (int g = 0; g < 2 * generations; ++g) {
    island.step();
  }
  const test::KernelLaunches launches;
  const long before = test::allocation_count;
  for (int g = 0; g < generations; ++g) {
    island.step();
  }
  return test::allocation_count - before - launches.allocations();
}

void expect_few_allocations(const GpParameters& parameters, std::size_t problems) {
  if (device_count() > 0) {
    GTEST_SKIP() << "Kokkos allocates for each kernel on a device";
  }
  const long few = allocations(parameters, 100, problems);
  const long many = allocations(parameters, 1000, problems);
  EXPECT_LE(few, most_allocations);
  EXPECT_LE(many, most_allocations) << "with a population of 1000; " << few << " with one of 100";
}

using Way = std::tuple<ParentSelection, Survival, Aggregate, std::string>;

std::string name_of(const testing::TestParamInfo<Way>& sample) {
  const auto& [selection, survival, aggregate, primitives] = sample.param;
  constexpr const char* aggregates[] = {"mean", "minimum", "weighted_mean"};
  return std::string(selection == ParentSelection::tournament ? "tournament" : "lexicase") +
         (survival == Survival::generational ? "_generational_" : "_nsga2_") + aggregates[static_cast<int>(aggregate)] +
         "_" + primitives;
}

class Generations : public testing::TestWithParam<Way> {};

// Canonical forms over `arithmetic` may need abs or square: they are kept apart from what is bred.
INSTANTIATE_TEST_SUITE_P(
    Island, Generations,
    testing::Combine(testing::Values(ParentSelection::tournament, ParentSelection::epsilon_lexicase),
                     testing::Values(Survival::generational, Survival::nsga2),
                     testing::Values(Aggregate::mean, Aggregate::minimum, Aggregate::weighted_mean),
                     testing::Values("full", "arithmetic")),
    name_of);

TEST_P(Generations, AllocateAFewTimesAndNeverPerFormula) {
  auto parameters = testing_support::small_parameters();
  std::string primitives;
  std::tie(parameters.selection, parameters.survival, parameters.aggregate, primitives) = GetParam();
  parameters.primitives = PrimitiveSet::parse(primitives);
  parameters.weights = {3.0, 2.0, 1.0};
  ASSERT_EQ(parameters.primitives.is_closed_under_canonicalisation(), primitives == "full");
  expect_few_allocations(parameters, parameters.weights.size());
}

TEST(LexicaseOfManyProblems, AllocatesAFewTimesAndNeverPerFormula) {
  auto parameters = testing_support::small_parameters();
  parameters.selection = ParentSelection::epsilon_lexicase;
  // So many that orders of them are drawn instead of all taken.
  expect_few_allocations(parameters, 7);
}

TEST(Nsga2Survival, AllocatesOnceHoweverManyFrontsThereAre) {
  RandomStream random({.seed = 5});
  Population candidates(2000, {.max_nodes = 40, .problem_count = 1});
  for (std::uint16_t i = 0; i < 2000; ++i) {
    candidates.add(Formula(1 + random.below(40), Node::make_terminal(i)));
    candidates.set_fitness(i, random.uniform());
  }
  Nsga2Survival survival(candidates.capacity());
  const long before = test::allocation_count;
  survival.choose(candidates, 1000);
  EXPECT_LE(test::allocation_count - before, 1);
  EXPECT_GT(*std::ranges::max_element(survival.fronts()), 50U);
}

}  // namespace
}  // namespace zcmpi
