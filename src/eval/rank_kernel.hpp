/// \file
/// Ranking values, as exact integer sums: one problem and one formula per team, or, on the host, as many formulas as a
/// vector register has lanes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "host_order.hpp"
#include "host_pairs.hpp"
#include "kokkos_support.hpp"
#include "zcmpi/rank/rank.hpp"

namespace zcmpi::detail {

/// Where a problem's rows and groups of equal accuracy are.
struct ProblemRange {
  int first_row = 0;
  int rows = 0;
  int first_group = 0;
  int groups = 0;
  /// Sum of the weights of all pairs, for the weighted tau.
  std::int64_t pair_weight = 0;
};

/// What a formula's values say of one problem: score and tied_values of PairCounts or WeightedCounts, or products and
/// value_squares of RankSums.
struct RankResult {
  std::int64_t first = 0;
  std::int64_t second = 0;
};

class RankKernel {
 public:
  struct Arguments {
    Statistic statistic;
    /// Columns of `stride` rows, one per formula.
    const float* values;
    int stride;
    const ProblemRange* problems;
    int problem_count;
    const TieGroup* groups;
    /// Per row: how many rows of its problem have a lower accuracy, the doubled mid-rank of its accuracy, its weight.
    const std::int32_t* lower;
    const std::int32_t* accuracy_ranks;
    const std::int64_t* weights;
    /// One per formula and problem, the problems of a formula together.
    RankResult* results;
    int formula_count;
    /// On the host.
    PairLimits limits;
    /// Of a team, on the host.
    std::size_t scratch_bytes;
  };

  explicit RankKernel(const Arguments& arguments) : arguments_(arguments) {}

  /// Formulas that a team ranks.
  static int formulas_per_team() { return on_host ? static_cast<int>(columns_at_once()) : 1; }
  static int team_count(int formula_count, int problem_count) {
    return (formula_count + formulas_per_team() - 1) / formulas_per_team() * problem_count;
  }
  /// Bytes of scratch of a team on the host.
  static std::size_t scratch_size(Statistic statistic, std::size_t most_rows, const PairLimits& limits) {
    std::size_t bytes = 0;
    if (statistic == Statistic::tau_b) {
      bytes = interleaved_size(std::min(most_rows, limits.interleaved)) * sizeof(float);
    } else if (statistic == Statistic::rho && most_rows > limits.rho) {
      bytes = OrderScratch::bytes_of_rows(most_rows);
    } else if (statistic == Statistic::weighted_tau && most_rows > limits.weighted_tau) {
      bytes = OrderScratch::bytes_of_rows(most_rows) + OrderScratch::bytes_of_tree(most_rows);
    }
    const std::size_t partition = most_rows > limits.alone ? partition_scratch(most_rows) * sizeof(float) : 0;
    return std::max(bytes, partition) + scratch_alignment;
  }

  ZCMPI_FUNCTION void operator()(const Team& team) const { rank<on_host>(team); }

 private:
  static constexpr int scratch_alignment = 64;

  /// Scratch as what orders rows takes it.
  struct OrderScratch {
    OrderScratch(void* scratch, std::size_t n)
        : rows(static_cast<OrderedRow*>(scratch)), tree(reinterpret_cast<WeighedRows*>(rows + 2 * n)) {}
    static std::size_t bytes_of_rows(std::size_t n) { return 2 * n * sizeof(OrderedRow); }
    static std::size_t bytes_of_tree(std::size_t n) { return (n + 1) * sizeof(WeighedRows); }

    OrderedRow* rows;
    /// For the weighted tau alone.
    WeighedRows* tree;
  };

  /// A template, so that nvcc does not look at what only the host calls.
  template <bool host>
  ZCMPI_FUNCTION void rank(const Team& team) const {
    const int problem_index = team.league_rank() % arguments_.problem_count;
    const int team_index = team.league_rank() / arguments_.problem_count;
    const ProblemRange& problem = arguments_.problems[problem_index];
    if constexpr (host) {
      const int first = team_index * formulas_per_team();
      const int left = arguments_.formula_count - first;
      rank_on_host(problem, values_of(problem, first), left < formulas_per_team() ? left : formulas_per_team(),
                   scratch_of(team), result_of(first, problem_index));
    } else {
      rank_on_device(team, problem, values_of(problem, team_index), *result_of(team_index, problem_index));
    }
  }

  [[nodiscard]] ZCMPI_FUNCTION const float* values_of(const ProblemRange& problem, int formula) const {
    return arguments_.values + problem.first_row +
           static_cast<std::size_t>(formula) * static_cast<std::size_t>(arguments_.stride);
  }

  [[nodiscard]] ZCMPI_FUNCTION RankResult* result_of(int formula, int problem) const {
    return arguments_.results + problem +
           static_cast<std::size_t>(formula) * static_cast<std::size_t>(arguments_.problem_count);
  }

  /// `values` are those of the first of `formulas` formulas, and `results` where its result goes.
  void rank_on_host(const ProblemRange& problem, const float* values, int formulas, void* scratch,
                    RankResult* results) const {
    const auto stride = static_cast<std::size_t>(arguments_.stride);
    const auto count = static_cast<std::size_t>(formulas);
    const bool all_pairs = static_cast<std::size_t>(problem.rows) <= arguments_.limits.interleaved;
    if (arguments_.statistic == Statistic::tau_b && all_pairs && 2 * count > columns_at_once()) {
      count_together(problem, values, count, static_cast<float*>(scratch), results);
      return;
    }
    for (std::size_t f = 0; f < count; ++f) {
      results[f * static_cast<std::size_t>(arguments_.problem_count)] = rank_one(problem, values + f * stride, scratch);
    }
  }

  [[nodiscard]] RankResult rank_one(const ProblemRange& problem, const float* values, void* scratch) const {
    switch (arguments_.statistic) {
      case Statistic::tau_b: return count_one(problem, values, static_cast<float*>(scratch));
      case Statistic::weighted_tau: return weigh_one(problem, values, scratch);
      case Statistic::rho: break;
    }
    const auto rows = static_cast<std::size_t>(problem.rows);
    const std::int32_t* const accuracy_ranks = arguments_.accuracy_ranks + problem.first_row;
    const RankProducts sums = rows <= arguments_.limits.rho ? multiply_ranks(values, rows, accuracy_ranks)
                                                            : multiply_ordered_ranks(values, rows, accuracy_ranks,
                                                                                     OrderScratch(scratch, rows).rows);
    return {sums.products, sums.value_squares};
  }

  [[nodiscard]] PairTotals count(const float* values, std::size_t rows, float* scratch) const {
    return rows <= arguments_.limits.alone ? count_all_pairs(values, rows) : count_by_partition(values, rows, scratch);
  }

  /// Pairs with v_i < v_j less those with v_j < v_i.
  static std::int64_t score(std::int64_t rows, const PairTotals& totals) {
    return rows * (rows - 1) / 2 - totals.equal - 2 * totals.below;
  }

  // Rows of equal accuracy are no pairs for the score: what the whole column counts of them, in whatever order they
  // are, is taken off again.

  [[nodiscard]] RankResult count_one(const ProblemRange& problem, const float* values, float* scratch) const {
    const PairTotals totals = count(values, static_cast<std::size_t>(problem.rows), scratch);
    RankResult result{score(problem.rows, totals), totals.equal};
    const TieGroup* const groups = arguments_.groups + problem.first_group;
    result.first -= score_small_groups(values, groups, static_cast<std::size_t>(problem.groups));
    for (int g = 0; g < problem.groups; ++g) {
      const auto rows = static_cast<std::size_t>(groups[g].rows);
      if (rows > columns_at_once()) {
        result.first -= score(groups[g].rows, count(values + groups[g].begin, rows, scratch));
      }
    }
    return result;
  }

  void count_together(const ProblemRange& problem, const float* values, std::size_t formulas, float* interleaved,
                      RankResult* results) const {
    interleave(values, static_cast<std::size_t>(arguments_.stride), formulas, static_cast<std::size_t>(problem.rows),
               interleaved);
    std::int64_t tied[lane_padding];
    score_groups_interleaved(interleaved, arguments_.groups + problem.first_group,
                             static_cast<std::size_t>(problem.groups), tied);
    PairTotals totals[lane_padding];
    count_interleaved(interleaved, static_cast<std::size_t>(problem.rows), totals);
    for (std::size_t f = 0; f < formulas; ++f) {
      results[f * static_cast<std::size_t>(arguments_.problem_count)] = {score(problem.rows, totals[f]) - tied[f],
                                                                         totals[f].equal};
    }
  }

  [[nodiscard]] RankResult weigh_one(const ProblemRange& problem, const float* values, void* scratch) const {
    const std::int64_t* const weights = arguments_.weights + problem.first_row;
    const auto rows = static_cast<std::size_t>(problem.rows);
    PairTotals totals;
    if (rows <= arguments_.limits.weighted_tau) {
      totals = weigh_all_pairs(values, rows, weights);
    } else {
      const OrderScratch parts(scratch, rows);
      totals = weigh_ordered_pairs(values, rows, weights, parts.rows, parts.tree);
    }
    RankResult result{problem.pair_weight - totals.equal - 2 * totals.below, totals.equal};
    for (int g = 0; g < problem.groups; ++g) {
      const TieGroup& group = arguments_.groups[problem.first_group + g];
      const PairTotals tied =
          count(values + group.begin, static_cast<std::size_t>(group.rows), static_cast<float*>(scratch));
      result.first -= 2 * weights[group.begin] * score(group.rows, tied);
    }
    return result;
  }

  [[nodiscard]] void* scratch_of(const Team& team) const {
    return team.team_scratch(1).get_shmem_aligned(arguments_.scratch_bytes - scratch_alignment, scratch_alignment);
  }

  ZCMPI_FUNCTION void rank_on_device(const Team& team, const ProblemRange& problem, const float* values,
                                     RankResult& result) const {
    if (team.team_rank() == 0) {
      result = {};
    }
    team.team_barrier();
    RankResult sum;
    for (int j = team.team_rank(); j < problem.rows; j += team.team_size()) {
      const RankResult row = arguments_.statistic == Statistic::rho ? multiply_rank(problem, values, j)
                                                                    : compare_with_lower(problem, values, j);
      sum.first += row.first;
      sum.second += row.second;
    }
    Kokkos::atomic_add(&result.first, sum.first);
    Kokkos::atomic_add(&result.second, sum.second);
  }

  [[nodiscard]] ZCMPI_FUNCTION RankResult multiply_rank(const ProblemRange& problem, const float* values, int j) const {
    std::int64_t rank = 1;
    for (int i = 0; i < problem.rows; ++i) {
      rank += (values[i] < values[j] ? 1 : 0) + (values[i] <= values[j] ? 1 : 0);
    }
    return {rank * arguments_.accuracy_ranks[problem.first_row + j], rank * rank};
  }

  /// Row j with the rows before it: score and ties, each pair weighing 1, or w_i + w_j.
  [[nodiscard]] ZCMPI_FUNCTION RankResult compare_with_lower(const ProblemRange& problem, const float* values,
                                                             int j) const {
    const bool weighted = arguments_.statistic == Statistic::weighted_tau;
    const std::int64_t* const weights = arguments_.weights + problem.first_row;
    const int lower = arguments_.lower[problem.first_row + j];
    RankResult sum;
    for (int i = 0; i < j; ++i) {
      const std::int64_t weight = weighted ? weights[i] + weights[j] : 1;
      const int sign = (values[i] < values[j] ? 1 : 0) - (values[i] > values[j] ? 1 : 0);
      sum.first += i < lower ? sign * weight : 0;
      sum.second += sign == 0 ? weight : 0;
    }
    return sum;
  }

  Arguments arguments_;
};

}  // namespace zcmpi::detail
