#include "zcmpi/eval/evaluator.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <type_traits>

#include "host_pairs.hpp"
#include "kokkos_support.hpp"
#include "program.hpp"
#include "rank_kernel.hpp"
#include "values_kernel.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using detail::DeviceArray;
using detail::Instruction;
using detail::on_host;
using detail::Policy;
using detail::ProblemRange;
using detail::Program;
using detail::RankKernel;
using detail::RankResult;
using detail::TieGroup;
using detail::Tiling;
using detail::ValuesKernel;

/// What is in use of a tile at the same time, so that it and the columns it is computed from fit a first-level cache:
/// on the host the operands of a few formulas, on a device all slots.
constexpr std::size_t tile_bytes = on_host ? 12 * 1024 : 16 * 1024;
constexpr std::size_t usual_columns = 12;
/// The host's ring of slots, so that it and the values of a block fit a second-level cache; long formulas want a larger
/// one.
constexpr std::size_t ring_bytes = 512 * 1024;
using Lowering = std::conditional_t<on_host, detail::RingLowering, detail::StackLowering>;
/// Values of a block of formulas: on the host they stay in the second-level cache between evaluation and ranking.
constexpr std::size_t block_bytes = on_host ? 384 * 1024 : 512 * 1024 * 1024;

constexpr std::size_t round_up(std::size_t n, std::size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

std::size_t row_count(std::span<const EvaluationProblem> problems) {
  std::size_t rows = 0;
  for (const EvaluationProblem& problem : problems) {
    rows += problem.accuracies.size();
  }
  ZCMPI_EXPECT(rows < static_cast<std::size_t>(std::numeric_limits<int>::max()) / 2);
  return rows;
}

Tiling make_tiling(std::size_t rows, std::size_t max_nodes) {
  ZCMPI_EXPECT(max_nodes > 0);
  const std::size_t padded = std::max<std::size_t>(round_up(rows, detail::row_multiple), detail::row_multiple);
  const std::size_t together = on_host ? std::min(max_nodes, usual_columns) : detail::stack_slots(max_nodes);
  const std::size_t widest = std::max<std::size_t>(tile_bytes / (together * sizeof(float)), detail::row_multiple);
  const std::size_t tiles = (padded + widest - 1) / widest;
  const std::size_t tile_rows = round_up((padded + tiles - 1) / tiles, detail::row_multiple);
  return {static_cast<int>(padded), static_cast<int>(tile_rows),
          static_cast<int>((padded + tile_rows - 1) / tile_rows)};
}

/// A device has a stack of slots, the host a ring: as many as fit its memory, a power of two.
std::size_t slot_count(const Tiling& tiling, std::size_t max_nodes) {
  if (!on_host) {
    return detail::stack_slots(max_nodes);
  }
  const std::size_t fitting = ring_bytes / (static_cast<std::size_t>(tiling.tile_rows) * sizeof(float));
  return std::max(std::bit_floor(fitting), detail::least_ring_slots(max_nodes));
}

/// What the host keeps of a problem: how to go from counts to scores.
struct ProblemConstants {
  /// Row of the problem as given, per row in order of accuracy.
  std::vector<std::uint32_t> order;
  PairCounts pairs;
  WeightedCounts weighted;
  RankSums ranks;
};

}  // namespace

struct PopulationEvaluator::Implementation {
  Implementation(std::span<const EvaluationProblem> given, std::size_t terminal_count,
                 const EvaluatorOptions& evaluator_options);

  void add_problem(const EvaluationProblem& problem, std::size_t index, std::size_t first_row);
  void add_groups(std::span<const double> sorted_accuracies, std::size_t index);
  void lower(std::span<const FormulaView> formulas);
  void run_values(std::size_t first, std::size_t count);
  void run_ranks(std::size_t count, std::size_t first_problem, std::size_t problem_count);
  void rank_all(std::size_t first, std::size_t count, std::span<double> scores);
  void rank_down_to(std::size_t first, std::size_t count, const Floors& floors, std::span<double> scores);
  void score(std::span<const FormulaView> formulas, const Floors* floors, std::span<double> scores, PhaseClock* clock);
  [[nodiscard]] double score_of(std::size_t problem, const RankResult& result) const;

  EvaluatorOptions options;
  std::size_t terminals;
  std::vector<ProblemConstants> constants;
  Tiling tiling;
  std::size_t slots;
  detail::PairLimits pair_limits = detail::measured_pair_limits();
  std::size_t rank_scratch_bytes = 0;
  /// Formulas whose values are held at the same time.
  std::size_t block = 1;
  /// Those of them that a team evaluates.
  std::size_t together = 1;
  detail::PrefixOrder prefix_order;
  /// The batch's formulas in the order in which they are evaluated.
  std::span<const std::uint32_t> order;
  Lowering lowering;
  /// Of a block's formulas those that are still ranked.
  std::vector<std::uint32_t> undecided;
  std::uint64_t rankings = 0;

  DeviceArray<float> features{"zcmpi::eval::features"};
  DeviceArray<ProblemRange> problems{"zcmpi::eval::problems"};
  DeviceArray<TieGroup> groups{"zcmpi::eval::tie_groups"};
  DeviceArray<std::int32_t> lower_rows{"zcmpi::eval::lower_rows"};
  DeviceArray<std::int32_t> accuracy_ranks{"zcmpi::eval::accuracy_ranks"};
  DeviceArray<std::int64_t> weights{"zcmpi::eval::weights"};
  DeviceArray<Instruction> instructions{"zcmpi::eval::instructions"};
  DeviceArray<Program> programs{"zcmpi::eval::programs"};
  DeviceArray<float> values{"zcmpi::eval::values"};
  DeviceArray<RankResult> results{"zcmpi::eval::rank_results"};
  std::size_t group_count = 0;
  std::string values_label = "zcmpi::eval::evaluate_formulas";
  std::string ranks_label = "zcmpi::eval::rank_formulas";
};

PopulationEvaluator::Implementation::Implementation(std::span<const EvaluationProblem> given,
                                                    std::size_t terminal_count,
                                                    const EvaluatorOptions& evaluator_options)
    : options(evaluator_options),
      terminals(terminal_count),
      constants(given.size()),
      tiling(make_tiling(row_count(given), options.max_nodes)),
      slots(slot_count(tiling, options.max_nodes)),
      lowering(slots, options.max_nodes) {
  if (const std::size_t given_limit = options.all_pairs_limit; given_limit > 0) {
    pair_limits = {std::min(given_limit, detail::most_interleaved_rows), given_limit, given_limit, given_limit};
  }
  const std::size_t rows = row_count(given);
  std::size_t most_rows = 0;
  for (const EvaluationProblem& problem : given) {
    ZCMPI_EXPECT(problem.features.size() == terminal_count * problem.accuracies.size());
    most_rows = std::max(most_rows, problem.accuracies.size());
  }
  const auto ranked_together = static_cast<std::size_t>(RankKernel::formulas_per_team());
  block = std::max<std::size_t>(block_bytes / (static_cast<std::size_t>(tiling.rows) * sizeof(float) * ranked_together),
                                1) *
          ranked_together;
  if (on_host) {
    const auto threads = static_cast<std::size_t>(detail::Space().concurrency());
    together = std::max<std::size_t>(block / threads, 1);
  }
  rank_scratch_bytes = RankKernel::scratch_size(options.statistic, most_rows, pair_limits);

  const auto stride = static_cast<std::size_t>(tiling.rows);
  features.reserve(std::max<std::size_t>(terminals * stride, 1));
  std::fill_n(features.host(), terminals * stride, 0.0F);
  problems.reserve(std::max<std::size_t>(given.size(), 1));
  groups.reserve(std::max<std::size_t>(rows / 2, 1));
  lower_rows.reserve(stride);
  accuracy_ranks.reserve(stride);
  weights.reserve(stride);
  std::size_t first_row = 0;
  for (std::size_t p = 0; p < given.size(); ++p) {
    add_problem(given[p], p, first_row);
    first_row += given[p].accuracies.size();
  }
  features.copy_to_device(terminals * stride);
  problems.copy_to_device(given.size());
  groups.copy_to_device(group_count);
  lower_rows.copy_to_device(rows);
  accuracy_ranks.copy_to_device(rows);
  weights.copy_to_device(rows);
}

void PopulationEvaluator::Implementation::add_problem(const EvaluationProblem& problem, std::size_t index,
                                                      std::size_t first_row) {
  const std::size_t n = problem.accuracies.size();
  ProblemConstants& constant = constants[index];
  constant.order.resize(n);
  std::iota(constant.order.begin(), constant.order.end(), 0U);
  std::stable_sort(constant.order.begin(), constant.order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return problem.accuracies[a] < problem.accuracies[b]; });

  std::vector<double> sorted_accuracies(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t row = constant.order[i];
    sorted_accuracies[i] = problem.accuracies[row];
    for (std::size_t t = 0; t < terminals; ++t) {
      features.host()[t * static_cast<std::size_t>(tiling.rows) + first_row + i] = problem.features[t * n + row];
    }
  }
  problems.host()[index] = {static_cast<int>(first_row), static_cast<int>(n), static_cast<int>(group_count), 0, 0};
  add_groups(sorted_accuracies, index);
}

/// Fills in what follows from the accuracies alone.
void PopulationEvaluator::Implementation::add_groups(std::span<const double> sorted_accuracies, std::size_t index) {
  const std::vector<std::int64_t> problem_weights = hyperbolic_weights(sorted_accuracies);
  const std::size_t n = sorted_accuracies.size();
  ProblemRange& range = problems.host()[index];
  const auto first_row = static_cast<std::size_t>(range.first_row);
  ProblemConstants& constant = constants[index];
  const auto rows = static_cast<std::int64_t>(n);
  constant.pairs.pairs = rows * (rows - 1) / 2;
  constant.ranks.n = rows;
  for (std::size_t begin = 0, end = 0; begin < n; begin = end) {
    while (end < n && sorted_accuracies[end] == sorted_accuracies[begin]) {
      ++end;
    }
    const auto size = static_cast<std::int64_t>(end - begin);
    const auto doubled_rank = static_cast<std::int64_t>(begin + end) + 1;
    constant.pairs.tied_accuracies += size * (size - 1) / 2;
    constant.weighted.tied_accuracies += size * (size - 1) * problem_weights[begin];
    constant.weighted.pairs += size * (rows - 1) * problem_weights[begin];
    constant.ranks.accuracy_squares += size * doubled_rank * doubled_rank;
    if (size > 1) {
      groups.host()[group_count++] = {static_cast<int>(begin), static_cast<int>(size)};
      ++range.groups;
    }
    for (std::size_t i = begin; i < end; ++i) {
      lower_rows.host()[first_row + i] = static_cast<std::int32_t>(begin);
      accuracy_ranks.host()[first_row + i] = static_cast<std::int32_t>(doubled_rank);
      weights.host()[first_row + i] = problem_weights[begin];
    }
  }
  range.pair_weight = constant.weighted.pairs;
}

void PopulationEvaluator::Implementation::lower(std::span<const FormulaView> formulas) {
  std::size_t nodes = 0;
  for (const FormulaView& formula : formulas) {
    ZCMPI_EXPECT(is_well_formed(formula, terminals));
    nodes += formula.size();
  }
  instructions.reserve(nodes + 1);
  programs.reserve(formulas.size());
  order = prefix_order.sort(formulas);
  std::uint32_t used = 0;
  std::array<FormulaView, Lowering::at_once> some;
  for (std::size_t f = 0, count = 0; f < formulas.size(); f += count) {
    const std::size_t in_block = f % block;
    if (in_block % together == 0 || options.common_subtrees == CommonSubtrees::run_each) {
      lowering.empty_ring(used);
    }
    // No more than a team still has to evaluate.
    std::size_t left = std::min({formulas.size() - f, block - in_block, together - in_block % together});
    if (options.common_subtrees == CommonSubtrees::run_each) {
      left = 1;
    }
    count = std::min(some.size(), left);
    std::ranges::transform(order.subspan(f, count), some.begin(), [&](std::uint32_t next) { return formulas[next]; });
    used = lowering.lower(std::span(some).first(count), instructions.host(), used, programs.host() + f);
  }
  instructions.copy_to_device(used);
  programs.copy_to_device(formulas.size());
  const std::size_t held = std::min(block, formulas.size());
  values.reserve(held * static_cast<std::size_t>(tiling.rows) + detail::lane_padding);
  results.reserve(std::max<std::size_t>(held * constants.size(), 1));
}

/// Values of the formulas first ... first + count of the order.
void PopulationEvaluator::Implementation::run_values(std::size_t first, std::size_t count) {
  const ValuesKernel kernel({.features = features.device().data(),
                             .instructions = instructions.device().data(),
                             .programs = programs.device().data() + first,
                             .values = values.device().data(),
                             .tiling = tiling,
                             .slots = static_cast<int>(slots),
                             .slot_mask = on_host ? static_cast<std::uint32_t>(slots - 1) : ~0U,
                             .formulas = static_cast<int>(count),
                             .formulas_per_team = static_cast<int>(together)});
  Policy policy(ValuesKernel::team_count(static_cast<int>(count), static_cast<int>(together), tiling),
                detail::team_size, 1);
  policy.set_scratch_size(ValuesKernel::scratch_level(),
                          detail::per_team(ValuesKernel::scratch_bytes(static_cast<int>(slots), tiling)));
  Kokkos::parallel_for(values_label, policy, kernel);
  if constexpr (!on_host) {
    Kokkos::fence();
  }
}

/// Ranks the first values of the block on some problems; the results are on the host afterwards, those of a formula
/// together.
void PopulationEvaluator::Implementation::run_ranks(std::size_t count, std::size_t first_problem,
                                                    std::size_t problem_count) {
  const RankKernel kernel({.statistic = options.statistic,
                           .values = values.device().data(),
                           .stride = tiling.rows,
                           .problems = problems.device().data() + first_problem,
                           .problem_count = static_cast<int>(problem_count),
                           .groups = groups.device().data(),
                           .lower = lower_rows.device().data(),
                           .accuracy_ranks = accuracy_ranks.device().data(),
                           .weights = weights.device().data(),
                           .results = results.device().data(),
                           .formula_count = static_cast<int>(count),
                           .limits = pair_limits,
                           .scratch_bytes = rank_scratch_bytes});
  Policy policy(RankKernel::team_count(static_cast<int>(count), static_cast<int>(problem_count)), detail::team_size, 1);
  if (on_host) {
    policy.set_scratch_size(1, detail::per_team(rank_scratch_bytes));
  }
  Kokkos::parallel_for(ranks_label, policy, kernel);
  results.copy_to_host(count * problem_count);
  rankings += count * problem_count;
}

void PopulationEvaluator::Implementation::rank_all(std::size_t first, std::size_t count, std::span<double> scores) {
  const std::size_t problem_count = constants.size();
  run_ranks(count, 0, problem_count);
  for (std::size_t f = 0; f < count; ++f) {
    for (std::size_t p = 0; p < problem_count; ++p) {
      scores[order[first + f] * problem_count + p] = score_of(p, results.host()[f * problem_count + p]);
    }
  }
}

/// One problem after the other. The undecided formulas' values are the first of the block.
void PopulationEvaluator::Implementation::rank_down_to(std::size_t first, std::size_t count, const Floors& floors,
                                                       std::span<double> scores) {
  const auto stride = static_cast<std::size_t>(tiling.rows);
  float* const columns = values.host();
  undecided.resize(count);
  std::iota(undecided.begin(), undecided.end(), static_cast<std::uint32_t>(first));
  for (const std::uint32_t problem : floors.problem_order) {
    run_ranks(undecided.size(), problem, 1);
    // From the last one back, so that what takes the place of one that is decided has been looked at.
    for (std::size_t k = undecided.size(); k-- > 0;) {
      const std::uint32_t formula = order[undecided[k]];
      const double score = score_of(problem, results.host()[k]);
      scores[formula * constants.size() + problem] = score;
      if (score < floors.lowest[formula]) {
        const std::size_t last = undecided.size() - 1;
        if (k != last) {
          std::copy_n(columns + last * stride, stride, columns + k * stride);
        }
        undecided[k] = undecided[last];
        undecided.pop_back();
      }
    }
    if (undecided.empty()) {
      return;
    }
  }
}

double PopulationEvaluator::Implementation::score_of(std::size_t problem, const RankResult& result) const {
  const ProblemConstants& constant = constants[problem];
  switch (options.statistic) {
    case Statistic::tau_b: {
      PairCounts counts = constant.pairs;
      counts.score = result.first;
      counts.tied_values = result.second;
      return tau_from_counts(counts, options.value_ties);
    }
    case Statistic::weighted_tau: {
      WeightedCounts counts = constant.weighted;
      counts.score = result.first;
      counts.tied_values = result.second;
      return tau_from_counts(counts, options.value_ties);
    }
    case Statistic::rho: {
      RankSums sums = constant.ranks;
      sums.products = result.first;
      sums.value_squares = result.second;
      return rho_from_sums(sums, options.value_ties);
    }
  }
  return 0.0;
}

PopulationEvaluator::PopulationEvaluator(std::span<const EvaluationProblem> problems, std::size_t terminal_count,
                                         const EvaluatorOptions& options)
    : implementation_(std::make_unique<Implementation>(problems, terminal_count, options)) {}
PopulationEvaluator::~PopulationEvaluator() = default;
PopulationEvaluator::PopulationEvaluator(PopulationEvaluator&&) noexcept = default;
PopulationEvaluator& PopulationEvaluator::operator=(PopulationEvaluator&&) noexcept = default;

std::size_t PopulationEvaluator::problem_count() const { return implementation_->constants.size(); }
std::size_t PopulationEvaluator::terminal_count() const { return implementation_->terminals; }
bool PopulationEvaluator::stops_early() const {
  // A device ranks a problem of one formula as fast as all of many, and its values stay there.
  return on_host && implementation_->options.early_stop == EarlyStop::at_floors;
}
std::uint64_t PopulationEvaluator::rankings() const { return implementation_->rankings; }

void PopulationEvaluator::Implementation::score(std::span<const FormulaView> formulas, const Floors* floors,
                                                std::span<double> scores, PhaseClock* clock) {
  ZCMPI_EXPECT(scores.size() == formulas.size() * constants.size());
  if (formulas.empty() || constants.empty()) {
    return;
  }
  const ScopedPhase evaluation(clock, Phase::evaluation);
  lower(formulas);
  for (std::size_t first = 0; first < formulas.size(); first += block) {
    const std::size_t count = std::min(block, formulas.size() - first);
    run_values(first, count);
    const ScopedPhase ranking(clock, Phase::ranking);
    if (floors == nullptr) {
      rank_all(first, count, scores);
    } else {
      rank_down_to(first, count, *floors, scores);
    }
  }
}

void PopulationEvaluator::score(std::span<const FormulaView> formulas, std::span<double> scores, PhaseClock* clock) {
  implementation_->score(formulas, nullptr, scores, clock);
}

void PopulationEvaluator::score_down_to(std::span<const FormulaView> formulas, const Floors& floors,
                                        std::span<double> scores, PhaseClock* clock) {
  ZCMPI_EXPECT(floors.lowest.size() == formulas.size() && floors.problem_order.size() == problem_count());
  constexpr double highest_score = 1.0;
  std::ranges::fill(scores, highest_score);
  implementation_->score(formulas, stops_early() ? &floors : nullptr, scores, clock);
}

std::vector<float> PopulationEvaluator::values(FormulaView formula, std::size_t problem) {
  Implementation& self = *implementation_;
  ZCMPI_EXPECT(problem < problem_count());
  self.lower(std::span(&formula, 1));
  self.run_values(0, 1);
  self.values.copy_to_host(static_cast<std::size_t>(self.tiling.rows));
  const auto first_row = static_cast<std::size_t>(self.problems.host()[problem].first_row);
  const std::vector<std::uint32_t>& order = self.constants[problem].order;
  std::vector<float> in_given_order(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    in_given_order[order[i]] = self.values.host()[first_row + i];
  }
  return in_given_order;
}

}  // namespace zcmpi
