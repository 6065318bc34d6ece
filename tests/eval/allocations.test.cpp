// Counts allocations, by a global operator new and through Kokkos' hooks for tools.
#include <gmock/gmock.h>

#include <Kokkos_Core.hpp>
#include <string>
#include <vector>

#include "../counted_allocations.hpp"
#include "../kokkos_environment.hpp"
#include "../kokkos_launches.hpp"
#include "random_formula.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/eval/evaluator.hpp"
#include "zcmpi/eval/runtime.hpp"

namespace zcmpi {
namespace {

using test::allocation_count;

/// What Kokkos does while an object of this class lives: the labels of its allocations and kernels.
class KokkosLabels {
 public:
  KokkosLabels() {
    allocations().clear();
    kernels().clear();
    Kokkos::Tools::Experimental::set_allocate_data_callback(
        [](auto, const char* label, const void*, std::uint64_t) { allocations().emplace_back(label); });
    Kokkos::Tools::Experimental::set_begin_parallel_for_callback(
        [](const char* label, std::uint32_t, std::uint64_t*) { kernels().emplace_back(label); });
  }
  ~KokkosLabels() {
    Kokkos::Tools::Experimental::set_allocate_data_callback(nullptr);
    Kokkos::Tools::Experimental::set_begin_parallel_for_callback(nullptr);
  }
  KokkosLabels(const KokkosLabels&) = delete;
  KokkosLabels& operator=(const KokkosLabels&) = delete;

  static std::vector<std::string>& allocations() {
    static std::vector<std::string> labels;
    return labels;
  }
  static std::vector<std::string>& kernels() {
    static std::vector<std::string> labels;
    return labels;
  }
};

struct Rows {
  std::vector<EvaluationProblem> problems;
  std::vector<Formula> formulas;
  std::vector<FormulaView> batch;
  std::vector<double> scores;
};

constexpr std::size_t terminals = 3;

Rows random_rows() {
  Rows rows;
  RandomStream random({.seed = 41});
  for (const std::size_t n : {100U, 2000U}) {
    EvaluationProblem problem{.name = "p", .features = {}, .accuracies = {}};
    for (std::size_t i = 0; i < n * terminals; ++i) {
      problem.features.push_back(static_cast<float>(random.normal()));
    }
    for (std::size_t i = 0; i < n; ++i) {
      problem.accuracies.push_back(random.below(500));
    }
    rows.problems.push_back(problem);
  }
  for (int f = 0; f < 100; ++f) {
    rows.formulas.push_back(test::random_formula(1 + random.below(30), terminals, random));
  }
  rows.batch.assign(rows.formulas.begin(), rows.formulas.end());
  rows.scores.resize(rows.batch.size() * rows.problems.size());
  return rows;
}

class SteadyState : public testing::TestWithParam<Statistic> {};
INSTANTIATE_TEST_SUITE_P(Evaluator, SteadyState,
                         testing::Values(Statistic::tau_b, Statistic::rho, Statistic::weighted_tau),
                         [](const auto& sample) { return std::string(to_text(sample.param)); });

TEST_P(SteadyState, AllocatesNothing) {
  if (device_count() > 0) {
    GTEST_SKIP() << "Kokkos allocates for each kernel on a device";
  }
  Rows rows = random_rows();
  PopulationEvaluator evaluator(rows.problems, terminals, {.statistic = GetParam()});
  evaluator.score(rows.batch, rows.scores);

  const test::KernelLaunches launches;
  const long before = allocation_count;
  evaluator.score(rows.batch, rows.scores);
  evaluator.score(std::span(rows.batch).first(7), std::span(rows.scores).first(14));
  evaluator.score(rows.batch, rows.scores);
  EXPECT_EQ(allocation_count - before, launches.allocations());
}

TEST_P(SteadyState, AllocatesNothingInKokkos) {
  if (device_count() > 0) {
    GTEST_SKIP() << "Kokkos allocates teams' scratch on a device";
  }
  Rows rows = random_rows();
  PopulationEvaluator evaluator(rows.problems, terminals, {.statistic = GetParam()});
  evaluator.score(rows.batch, rows.scores);
  const KokkosLabels labels;
  evaluator.score(rows.batch, rows.scores);
  EXPECT_EQ(KokkosLabels::allocations(), std::vector<std::string>{});
}

TEST(KokkosTools, SeeTheProjectsLabelOnEveryAllocationAndKernel) {
  Rows rows = random_rows();
  const KokkosLabels labels;
  PopulationEvaluator evaluator(rows.problems, terminals, {});
  evaluator.score(rows.batch, rows.scores);
  EXPECT_FALSE(KokkosLabels::allocations().empty());
  EXPECT_FALSE(KokkosLabels::kernels().empty());
  // What Kokkos allocates for itself, such as the scratch of teams, has its own.
  EXPECT_THAT(KokkosLabels::allocations(),
              testing::Each(testing::AnyOf(testing::StartsWith("zcmpi::eval::"), testing::StartsWith("Kokkos::"))));
  EXPECT_THAT(KokkosLabels::kernels(), testing::Each(testing::HasSubstr("zcmpi::eval::")));
}

}  // namespace
}  // namespace zcmpi
