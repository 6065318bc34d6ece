// What a generation allocates, with a global operator new that counts.
#include <gtest/gtest.h>

#include "../counted_allocations.hpp"
#include "../kokkos_environment.hpp"
#include "support.hpp"
#include "zcmpi/eval/runtime.hpp"
#include "zcmpi/gp/island.hpp"

namespace zcmpi {
namespace {

/// The allocations of 20 generations of an island in steady state.
long allocations(std::size_t population, ParentSelection selection, Survival survival) {
  auto evaluator = testing_support::make_evaluator();
  auto parameters = testing_support::small_parameters();
  parameters.population = population;
  parameters.selection = selection;
  parameters.survival = survival;
  Island island(0, 1, parameters, evaluator, nullptr);
  island.initialise();
  for (int g = 0; g < 40; ++g) {
    island.step();
  }
  const long before = test::allocation_count;
  for (int g = 0; g < 20; ++g) {
    island.step();
  }
  return test::allocation_count - before;
}

TEST(Generations, AllocateAFewTimesAndNeverPerFormula) {
  if (device_count() > 0) {
    GTEST_SKIP() << "Kokkos allocates for each kernel on a device";
  }
  for (const auto selection : {ParentSelection::tournament, ParentSelection::epsilon_lexicase}) {
    for (const auto survival : {Survival::generational, Survival::nsga2}) {
      const long few = allocations(100, selection, survival);
      const long many = allocations(1000, selection, survival);
      // Lists of the elites and of the formulas to tune grow a few times.
      EXPECT_LE(few, 20 * 40);
      EXPECT_LE(many, 20 * 40) << "of 20 generations of 1000 children; " << few << " of 100";
    }
  }
}

}  // namespace
}  // namespace zcmpi
