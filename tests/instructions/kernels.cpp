/// \file
/// kernels NAME: runs one kernel on fixed input, between the marks that callgrind counts instructions by.
///
/// What the time of a generation goes to: evaluation, ranking of few and of many rows by each statistic, variation,
/// both ways of selection and both of survival. Every input is drawn from a fixed stream, so that the count is that of
/// the code alone.
#include <fmt/format.h>
#include <valgrind/callgrind.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/eval/evaluator.hpp"
#include "zcmpi/eval/runtime.hpp"
#include "zcmpi/gp/growth.hpp"
#include "zcmpi/gp/island.hpp"

namespace {

using namespace zcmpi;

constexpr std::size_t terminals = 13;

std::vector<EvaluationProblem> make_problems(std::size_t count, std::size_t rows) {
  std::vector<EvaluationProblem> problems;
  for (std::uint32_t p = 0; p < count; ++p) {
    RandomStream random({.seed = 71, .index = p});
    EvaluationProblem problem;
    problem.name = fmt::format("space/task{}", p);
    for (std::size_t k = 0; k < terminals * rows; ++k) {
      problem.features.push_back(static_cast<float>(random.normal()));
    }
    for (std::size_t i = 0; i < rows; ++i) {
      // In steps, as the accuracies of a benchmark are: some tie.
      problem.accuracies.push_back(random.below(static_cast<std::uint32_t>(2 * rows)));
    }
    problems.push_back(std::move(problem));
  }
  return problems;
}

/// Runs `kernel` once for its memory and once more between the marks.
void count(const std::function<void()>& kernel) {
  kernel();
  CALLGRIND_TOGGLE_COLLECT;
  kernel();
  CALLGRIND_TOGGLE_COLLECT;
}

void evaluate(std::size_t formulas, std::size_t rows, Statistic statistic = Statistic::tau_b) {
  GpParameters parameters;
  parameters.primitives = PrimitiveSet::parse("full");
  const NodeSource source(parameters, terminals);
  std::vector<Formula> batch(formulas);
  for (std::uint32_t k = 0; k < formulas; ++k) {
    RandomStream random({.seed = 72, .index = k});
    append_ptc2_tree(source, 5 + random.below(30), parameters.max_depth, parameters.max_size, random, batch[k]);
  }
  const auto problems = make_problems(1, rows);
  // The limit is that of no register's width, so that the count is the same for every build.
  PopulationEvaluator evaluator(problems, terminals, {.statistic = statistic, .all_pairs_limit = 250});
  const std::vector<FormulaView> views(batch.begin(), batch.end());
  std::vector<double> scores(batch.size());
  count([&] { evaluator.score(views, scores); });
}

/// A generation of some islands whose evaluation takes next to nothing: what one island's takes differs by a fifth from
/// seed to seed.
void breed(ParentSelection selection, Survival survival, std::size_t problem_count) {
  GpParameters parameters;
  parameters.primitives = PrimitiveSet::parse("full");
  parameters.population = 500;
  parameters.selection = selection;
  parameters.survival = survival;
  parameters.tuning_interval = 0;
  const auto problems = make_problems(problem_count, 16);
  PopulationEvaluator evaluator(problems, terminals, {.max_nodes = parameters.max_size});
  std::vector<Island> islands;
  for (std::uint32_t number = 0; number < 8; ++number) {
    islands.emplace_back(number, 1, parameters, evaluator, nullptr);
    islands.back().initialise();
    for (int g = 0; g < 10; ++g) {
      islands.back().step();
    }
  }
  count([&] {
    for (Island& island : islands) {
      island.step();
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<void()>> kernels{
      {"evaluate_100_rows", [] { evaluate(500, 100); }},
      {"evaluate_2000_rows", [] { evaluate(50, 2000); }},
      {"evaluate_2000_rows_by_rho", [] { evaluate(50, 2000, Statistic::rho); }},
      {"evaluate_2000_rows_by_weighted_tau", [] { evaluate(50, 2000, Statistic::weighted_tau); }},
      {"breed_by_tournament", [] { breed(ParentSelection::tournament, Survival::generational, 1); }},
      {"breed_by_lexicase", [] { breed(ParentSelection::epsilon_lexicase, Survival::generational, 13); }},
      {"breed_by_nsga2", [] { breed(ParentSelection::tournament, Survival::nsga2, 1); }},
  };
  const ScopedKokkos kokkos{RuntimeOptions{}};
  const auto kernel = kernels.find(argc == 2 ? argv[1] : "");
  if (kernel == kernels.end()) {
    for (const auto& entry : kernels) {
      fmt::print("{}\n", entry.first);
    }
    return argc == 1 ? 0 : 2;
  }
  kernel->second();
  return 0;
}
