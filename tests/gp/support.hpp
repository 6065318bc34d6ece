/// \file
/// A small real evaluator for tests of islands: random features, accuracies that a formula can find.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/eval/evaluator.hpp"
#include "zcmpi/gp/parameters.hpp"

namespace zcmpi::testing_support {

inline constexpr std::size_t terminal_count = 4;

/// Problems of `rows` architectures whose accuracy is t0 * t1 - t2 and some noise that differs between problems.
inline std::vector<EvaluationProblem> make_problems(std::size_t count, std::size_t rows) {
  std::vector<EvaluationProblem> problems;
  for (std::size_t p = 0; p < count; ++p) {
    RandomStream random({.seed = 11, .index = static_cast<std::uint32_t>(p)});
    EvaluationProblem problem;
    problem.name = "space/task" + std::to_string(p);
    problem.features.resize(terminal_count * rows);
    for (auto& feature : problem.features) {
      feature = static_cast<float>(random.normal());
    }
    for (std::size_t i = 0; i < rows; ++i) {
      const auto t = [&](std::size_t terminal) { return double{problem.features[terminal * rows + i]}; };
      problem.accuracies.push_back(t(0) * t(1) - t(2) + 0.3 * random.normal());
    }
    problems.push_back(std::move(problem));
  }
  return problems;
}

inline PopulationEvaluator make_evaluator(std::size_t problems = 3, std::size_t rows = 40) {
  return {make_problems(problems, rows), terminal_count, {.statistic = Statistic::tau_b, .max_nodes = 40}};
}

inline GpParameters small_parameters() {
  GpParameters parameters;
  parameters.primitives = PrimitiveSet::parse("full");
  parameters.population = 60;
  parameters.max_size = 25;
  parameters.max_depth = 8;
  parameters.elites = 3;
  parameters.tuning_interval = 3;
  parameters.tuning_formulas = 3;
  parameters.tuning_candidates = 4;
  return parameters;
}

}  // namespace zcmpi::testing_support
