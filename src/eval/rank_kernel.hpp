/// \file
/// Ranking values: one formula and one problem per team, as exact integer sums.
#pragma once

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

/// Two or more neighbouring rows of equal accuracy, counted from the problem's first row.
struct TieGroup {
  int begin = 0;
  int rows = 0;
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
    RankResult* results;
    /// Up to this many rows pairs are compared one by one.
    int all_pairs_limit;
    /// For sorting: bytes per team.
    int scratch_bytes;
  };

  explicit RankKernel(const Arguments& arguments) : arguments_(arguments) {}

  ZCMPI_FUNCTION void operator()(const Team& team) const {
    const int formula = team.league_rank() / arguments_.problem_count;
    const ProblemRange& problem = arguments_.problems[team.league_rank() % arguments_.problem_count];
    const float* const values = arguments_.values + problem.first_row +
                                static_cast<std::size_t>(formula) * static_cast<std::size_t>(arguments_.stride);
    RankResult& result = arguments_.results[team.league_rank()];
    if constexpr (on_host) {
      rank_on_host(team, problem, values, result);
    } else {
      rank_on_device(team, problem, values, result);
    }
  }

 private:
  void rank_on_host(const Team& team, const ProblemRange& problem, const float* values, RankResult& result) const {
    const auto n = static_cast<std::size_t>(problem.rows);
    switch (arguments_.statistic) {
      case Statistic::tau_b: result = count_on_host(team, problem, values); break;
      case Statistic::weighted_tau: result = weigh_on_host(team, problem, values); break;
      case Statistic::rho: {
        const RankProducts sums = multiply_ranks(values, n, arguments_.accuracy_ranks + problem.first_row);
        result = {sums.products, sums.value_squares};
        break;
      }
    }
  }

  [[nodiscard]] PairTotals count(const float* values, int rows, std::int32_t* scratch) const {
    return rows <= arguments_.all_pairs_limit ? count_all_pairs(values, static_cast<std::size_t>(rows))
                                              : count_by_merging(values, static_cast<std::size_t>(rows), scratch);
  }

  static std::int64_t score(std::int64_t rows, const PairTotals& totals) {
    return rows * (rows - 1) / 2 - totals.equal - 2 * totals.below;
  }

  [[nodiscard]] RankResult count_on_host(const Team& team, const ProblemRange& problem, const float* values) const {
    std::int32_t* const scratch = scratch_of(team);
    const PairTotals totals = count(values, problem.rows, scratch);
    RankResult result{score(problem.rows, totals), totals.equal};
    // Rows of equal accuracy are no pairs for the score, whatever their order here.
    for (int g = 0; g < problem.groups; ++g) {
      const TieGroup& group = arguments_.groups[problem.first_group + g];
      result.first -= score(group.rows, count(values + group.begin, group.rows, scratch));
    }
    return result;
  }

  [[nodiscard]] RankResult weigh_on_host(const Team& team, const ProblemRange& problem, const float* values) const {
    const std::int64_t* const weights = arguments_.weights + problem.first_row;
    const PairTotals totals = weigh_all_pairs(values, static_cast<std::size_t>(problem.rows), weights);
    std::int32_t* const scratch = scratch_of(team);
    RankResult result{problem.pair_weight - totals.equal - 2 * totals.below, totals.equal};
    for (int g = 0; g < problem.groups; ++g) {
      const TieGroup& group = arguments_.groups[problem.first_group + g];
      const PairTotals tied = count(values + group.begin, group.rows, scratch);
      result.first -= 2 * weights[group.begin] * score(group.rows, tied);
    }
    return result;
  }

  [[nodiscard]] std::int32_t* scratch_of(const Team& team) const {
    return static_cast<std::int32_t*>(team.team_scratch(1).get_shmem_aligned(arguments_.scratch_bytes, 64));
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
