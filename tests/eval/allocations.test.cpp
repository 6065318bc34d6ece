// Counts allocations with a global operator new of its own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <vector>

#include "random_formula.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/eval/evaluator.hpp"
#include "zcmpi/eval/runtime.hpp"

namespace {
long allocation_count = 0;
}

// Not inlined, so that the compiler does not see free() meet what new returned.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocation_count;
  if (void* const memory = std::malloc(size)) {
    return memory;
  }
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace zcmpi {
namespace {

const ScopedKokkos kokkos{RuntimeOptions{}};

class SteadyState : public testing::TestWithParam<Statistic> {};
INSTANTIATE_TEST_SUITE_P(Evaluator, SteadyState,
                         testing::Values(Statistic::tau_b, Statistic::rho, Statistic::weighted_tau),
                         [](const auto& sample) { return std::string(to_text(sample.param)); });

TEST_P(SteadyState, AllocatesNothing) {
  constexpr std::size_t terminals = 3;
  RandomStream random({.seed = 41});
  std::vector<EvaluationProblem> problems;
  for (const std::size_t rows : {100U, 2000U}) {
    EvaluationProblem problem{.name = "p", .features = {}, .accuracies = {}};
    for (std::size_t i = 0; i < rows * terminals; ++i) {
      problem.features.push_back(static_cast<float>(random.normal()));
    }
    for (std::size_t i = 0; i < rows; ++i) {
      problem.accuracies.push_back(random.below(500));
    }
    problems.push_back(problem);
  }
  PopulationEvaluator evaluator(problems, terminals, {.statistic = GetParam()});
  std::vector<Formula> formulas;
  for (int f = 0; f < 300; ++f) {
    formulas.push_back(test::random_formula(1 + random.below(30), terminals, random));
  }
  const std::vector<FormulaView> batch(formulas.begin(), formulas.end());
  std::vector<double> scores(batch.size() * problems.size());
  evaluator.score(batch, scores);

  const long before = allocation_count;
  evaluator.score(batch, scores);
  evaluator.score(std::span(batch).first(7), std::span(scores).first(14));
  evaluator.score(batch, scores);
  EXPECT_EQ(allocation_count - before, 0);
}

}  // namespace
}  // namespace zcmpi
