/// \file
/// Batch evaluation: all formulas of a population on all problems, in one call.
///
/// The evaluator is built once from a run's training rows, which it sorts by accuracy and copies to the device, and
/// is then called with batches. Values are float32; they equal `evaluate<float>` bit for bit on the host, and scores
/// equal the reference statistics of module rank exactly, on every back end. In steady state a call allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/core/timing.hpp"
#include "zcmpi/expr/formula.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi {

/// The rows of one problem that fitness is computed on.
struct EvaluationProblem {
  std::string name;
  /// One column of n values per terminal, one column after the other; not finite where missing.
  std::vector<float> features;
  /// n values, larger is better.
  std::vector<double> accuracies;
};

/// How often what formulas of a batch have in common is run on the host. Scores are the same; run_each is for
/// measuring.
enum class CommonSubtrees { run_once, run_each };

/// Where score_down_to() stops on the host. `nowhere` is for measuring, and for tests.
enum class EarlyStop { at_floors, nowhere };

struct EvaluatorOptions {
  Statistic statistic = Statistic::tau_b;
  ValueTies value_ties = ValueTies::rewarded;
  /// The longest formula a batch may hold, nodes.
  std::size_t max_nodes = 64;
  /// Up to this many rows a problem's pairs are compared one by one; above, rows are partitioned or ordered. 0: what
  /// was measured for each way. Scores are the same.
  std::size_t all_pairs_limit = 0;
  CommonSubtrees common_subtrees = CommonSubtrees::run_once;
  EarlyStop early_stop = EarlyStop::at_floors;
};

class PopulationEvaluator {
 public:
  /// Each problem has `terminal_count` columns. Throws ContractError (contracts on) for sizes that do not fit.
  PopulationEvaluator(std::span<const EvaluationProblem> problems, std::size_t terminal_count,
                      const EvaluatorOptions& options);
  ~PopulationEvaluator();
  PopulationEvaluator(PopulationEvaluator&&) noexcept;
  PopulationEvaluator& operator=(PopulationEvaluator&&) noexcept;

  [[nodiscard]] std::size_t problem_count() const;
  [[nodiscard]] std::size_t terminal_count() const;

  /// scores[f * problem_count() + p] = the statistic of formula f on problem p. Formulas are well formed, none longer
  /// than max_nodes. Time goes to Phase::evaluation and Phase::ranking of `clock`, if there is one.
  void score(std::span<const FormulaView> formulas, std::span<double> scores, PhaseClock* clock = nullptr);

  /// Where only the lowest score counts, and only if it is not below a floor.
  struct Floors {
    /// One a formula.
    std::span<const double> lowest;
    /// All problems, those first that are likely to have the lowest scores.
    std::span<const std::uint32_t> problem_order;
  };
  /// Like score(), but a formula with a score below its floor need not be ranked on the problems that come later in the
  /// order: their scores are 1 then. A device ranks all formulas on all problems.
  void score_down_to(std::span<const FormulaView> formulas, const Floors& floors, std::span<double> scores,
                     PhaseClock* clock = nullptr);

  /// Whether score_down_to() leaves out any ranking.
  [[nodiscard]] bool stops_early() const;
  /// How often a formula was ranked on a problem so far.
  [[nodiscard]] std::uint64_t rankings() const;

  /// The values of a formula on a problem's rows, in the order of the rows given at construction: for tests.
  [[nodiscard]] std::vector<float> values(FormulaView formula, std::size_t problem);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace zcmpi
