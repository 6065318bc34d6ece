/// \file
/// Prints what small runs end with, every bit of it: the output of builds for different instruction sets is compared.
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <numeric>

#include "../mpi/small_run.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/eval/runtime.hpp"

namespace {

using namespace zcmpi;

/// Rows for both ways of counting inversions, none a multiple of a vector's width; so many problems that not all their
/// orders are taken by lexicase selection.
constexpr std::array<std::size_t, 7> problem_rows{3, 30, 61, 99, 131, 222, 515};

std::vector<EvaluationProblem> make_problems() {
  std::vector<EvaluationProblem> problems;
  for (const std::size_t rows : problem_rows) {
    problems.push_back(test::random_problems(1, rows).front());
  }
  return problems;
}

std::vector<std::uint64_t> final_islands(const GpParameters& gp, std::uint32_t generations, Statistic statistic) {
  PopulationEvaluator evaluator(
      make_problems(), test::terminals,
      {.statistic = statistic, .value_ties = ValueTies::unrewarded, .max_nodes = gp.max_size, .all_pairs_limit = 0});
  Communicator serial;
  test::Recorder recorder;
  Archipelago archipelago(serial, 2, 7, gp, test::small_migration(), evaluator, nullptr);
  archipelago.initialise();
  archipelago.run({generations, 0}, recorder);
  return test::digests_of(archipelago.snapshots());
}

/// Every primitive of the run on every finite and not finite kind of float32, a digest each.
void print_primitives(const GpParameters& gp) {
  std::vector<EvaluationProblem> problems(1);
  auto& problem = problems.front();
  RandomStream random({.seed = 3});
  constexpr std::size_t rows = 20'011;
  for (std::size_t k = 0; k < test::terminals * rows; ++k) {
    const auto word = random.next_word();
    float value = 0.0F;
    std::memcpy(&value, &word, sizeof value);
    problem.features.push_back(value);
  }
  problem.accuracies.resize(rows);
  std::iota(problem.accuracies.begin(), problem.accuracies.end(), 0.0);
  PopulationEvaluator evaluator(problems, test::terminals, {.max_nodes = gp.max_size});
  for (std::size_t k = 0; k < op_count; ++k) {
    const auto op = static_cast<Op>(k);
    if (arity(op) == 0) {
      continue;
    }
    std::vector<Node> nodes;
    for (std::uint16_t operand = 0; operand < arity(op); ++operand) {
      nodes.push_back(Node::make_terminal(operand));
    }
    nodes.push_back(Node::make_primitive(op));
    auto values = evaluator.values(completed(nodes), 0);
    // Which NaN comes of two is not part of IEEE 754.
    for (float& value : values) {
      value = value == value ? value : 0.0F;
    }
    Digester digester;
    digester.add(std::span<const float>(values));
    fmt::print("primitive {} {:016x}\n", k, digester.digest());
  }
}

}  // namespace

int main() {
  const ScopedKokkos kokkos({});
  GpParameters gp = test::small_parameters(120);
  gp.max_size = 30;
  gp.max_depth = 9;
  print_primitives(gp);
  for (const auto selection : {ParentSelection::tournament, ParentSelection::epsilon_lexicase}) {
    for (const auto survival : {Survival::generational, Survival::nsga2}) {
      for (const auto fitness : {Aggregate::mean, Aggregate::minimum}) {
        gp.selection = selection;
        gp.survival = survival;
        gp.aggregate = fitness;
        for (const auto digest : final_islands(gp, 30, Statistic::tau_b)) {
          fmt::print("selection {} survival {} fitness {} {:016x}\n", static_cast<int>(selection),
                     static_cast<int>(survival), static_cast<int>(fitness), digest);
        }
      }
    }
  }
  // From how many rows on these order rows instead of comparing pairs goes by the width.
  for (const auto statistic : {Statistic::rho, Statistic::weighted_tau}) {
    for (const auto digest : final_islands(gp, 30, statistic)) {
      fmt::print("statistic {} {:016x}\n", to_text(statistic), digest);
    }
  }
}
