// Evaluation and ranking of random formulas on random rows: formulas and node evaluations per second, of all evaluation
// and of its kernel alone.
//
//   bench_evaluation --benchmark_filter=batch          whole batches, by primitive set, architectures and problems
//   bench_evaluation --benchmark_filter=rank           one column of values, by the way of counting and n
//   bench_evaluation --benchmark_filter=primitive      one primitive
//   bench_evaluation --benchmark_filter=limit          what the core allows, beside batches and ranks
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host_order.hpp"
#include "host_pairs.hpp"
#include "other_rankings.hpp"
#include "program.hpp"
#include "zcmpi/core/lanes.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/core/timing.hpp"
#include "zcmpi/eval/evaluator.hpp"
#include "zcmpi/eval/runtime.hpp"
#include "zcmpi/expr/primitive.hpp"

namespace zcmpi {
namespace {

constexpr std::size_t terminals = 13;
constexpr std::size_t batch_size = 512;

EvaluationProblem random_problem(std::size_t n, std::uint32_t index) {
  RandomStream random({.seed = 1, .index = index});
  EvaluationProblem problem{.name = std::to_string(index), .features = {}, .accuracies = {}};
  for (std::size_t i = 0; i < n * terminals; ++i) {
    problem.features.push_back(static_cast<float>(4.0 * random.normal()));
  }
  for (std::size_t i = 0; i < n; ++i) {
    problem.accuracies.push_back(random.uniform());
  }
  return problem;
}

/// An expression of `size` nodes, unary or binary inner nodes with equal chances.
void append_random(Formula& formula, std::size_t size, const PrimitiveSet& primitives, RandomStream& random) {
  const auto pick = [&](std::span<const Op> ops) { return ops[random.below(static_cast<std::uint32_t>(ops.size()))]; };
  const bool unary_possible = !primitives.unary().empty();
  if (size == 1 || (size == 2 && !unary_possible)) {
    formula.push_back(random.below(8) == 0 ? Node::make_constant(static_cast<float>(random.normal()))
                                           : Node::make_terminal(static_cast<std::uint16_t>(random.below(terminals))));
  } else if (size == 2 || (unary_possible && random.below(2) == 0)) {
    append_random(formula, size - 1, primitives, random);
    append_operator(formula, pick(primitives.unary()));
  } else {
    const std::size_t left = 1 + random.below(static_cast<std::uint32_t>(size - 2));
    append_random(formula, left, primitives, random);
    append_random(formula, size - 1 - left, primitives, random);
    append_operator(formula, pick(primitives.binary()));
  }
}

/// Formulas of 20 nodes on average.
std::vector<Formula> random_formulas(const PrimitiveSet& primitives) {
  RandomStream random({.seed = 2});
  std::vector<Formula> formulas(batch_size);
  for (Formula& formula : formulas) {
    append_random(formula, 10 + random.below(21), primitives, random);
  }
  return formulas;
}

/// What a formula takes before the kernel runs: to be put in order and lowered, as the evaluator does it.
struct LoweringCost {
  double processor_seconds = 0.0;
  /// What is left to run: leaves are operands, constants folded, subtrees of several formulas run once.
  double instructions = 0.0;
};

LoweringCost lowering_cost(std::span<const FormulaView> batch) {
  constexpr int repeats = 200;
  constexpr std::size_t max_nodes = 64;
  constexpr std::size_t slots = 512;
  detail::PrefixOrder order;
  detail::RingLowering lowering(slots, max_nodes);
  constexpr std::size_t at_once = detail::RingLowering::at_once;
  std::vector<detail::Instruction> instructions(batch.size() * max_nodes);
  std::vector<detail::Program> programs(batch.size());
  std::uint32_t used = 0;
  const std::clock_t begin = std::clock();
  for (int repeat = 0; repeat < repeats; ++repeat) {
    used = 0;
    lowering.empty_ring(used);
    const auto sorted = order.sort(batch);
    for (std::size_t f = 0; f + at_once <= sorted.size(); f += at_once) {
      std::array<FormulaView, at_once> some;
      std::ranges::transform(sorted.subspan(f, at_once), some.begin(), [&](std::uint32_t next) { return batch[next]; });
      used = lowering.lower(some, instructions.data(), used, programs.data() + f);
    }
    benchmark::DoNotOptimize(instructions.data());
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / repeats;
  return {seconds / static_cast<double>(batch.size()), static_cast<double>(used) / static_cast<double>(batch.size())};
}

void run_batches(benchmark::State& state, const std::vector<Formula>& formulas, std::size_t problem_count,
                 std::size_t architectures, Statistic statistic) {
  std::vector<EvaluationProblem> problems;
  for (std::uint32_t p = 0; p < problem_count; ++p) {
    problems.push_back(random_problem(architectures, p));
  }
  PopulationEvaluator evaluator(problems, terminals, {.statistic = statistic});
  const std::vector<FormulaView> batch(formulas.begin(), formulas.end());
  std::vector<double> scores(batch.size() * problems.size());
  evaluator.score(batch, scores);
  PhaseClock clock;
  const std::clock_t begin = std::clock();
  for (auto _ : state) {
    evaluator.score(batch, scores, &clock);
    benchmark::DoNotOptimize(scores.data());
  }
  // The clock tells how the time is shared, processor time how much it was: other programs may run.
  const double processor_seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  std::size_t nodes = 0;
  for (const Formula& formula : formulas) {
    nodes += formula.size();
  }
  const auto scored = static_cast<double>(state.iterations()) * static_cast<double>(formulas.size());
  const auto seconds = clock.seconds();
  const double evaluation_share =
      seconds[static_cast<std::size_t>(Phase::evaluation)] /
      (seconds[static_cast<std::size_t>(Phase::evaluation)] + seconds[static_cast<std::size_t>(Phase::ranking)]);
  const double evaluation = evaluation_share * processor_seconds;
  const double ranking = processor_seconds - evaluation;
  const auto node_rows =
      static_cast<double>(nodes * problem_count * architectures) / static_cast<double>(formulas.size());
  state.counters["formulas"] = benchmark::Counter(scored, benchmark::Counter::kIsRate);
  state.counters["nodes_per_second"] = scored * node_rows / evaluation;
  const auto [lowering, instructions] = lowering_cost(batch);
  const double kernel = evaluation / scored - lowering;
  state.counters["kernel_nodes_per_second"] = node_rows / kernel;
  // What the limit is of: operations that are made, a row of one primitive each.
  state.counters["kernel_operations_per_second"] =
      instructions * static_cast<double>(problem_count * architectures) / kernel;
  state.counters["evaluation_us"] = evaluation / scored * 1e6;
  state.counters["lowering_us"] = lowering * 1e6;
  state.counters["ranking_us"] = ranking / scored * 1e6;
}

void register_batches() {
  for (const NamedPrimitiveSet& named : named_primitive_sets()) {
    const std::string set(named.name);
    for (const std::size_t problem_count : {1U, 13U}) {
      for (const std::size_t architectures : {100U, 1000U, 4722U}) {
        const std::string name =
            "batch/" + set + "/" + std::to_string(problem_count) + "x" + std::to_string(architectures);
        benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
          run_batches(state, random_formulas(PrimitiveSet::parse(set)), problem_count, architectures, Statistic::tau_b);
        });
      }
    }
  }
  for (const Statistic statistic : {Statistic::rho, Statistic::weighted_tau}) {
    const std::string name = "batch/full/13x100/" + std::string(to_text(statistic));
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      run_batches(state, random_formulas(PrimitiveSet::parse("full")), 13, 100, statistic);
    });
  }
}

/// A chain of a primitive that begins with a sum, which makes each formula a different one: otherwise none but the
/// first would be run.
Formula chain_of(const PrimitiveInfo& info, int steps, std::size_t which) {
  Formula formula{Node::make_terminal(0), Node::make_constant(0.01F * static_cast<float>(which + 1))};
  append_operator(formula, Op::add);
  for (int step = 0; step < steps; ++step) {
    if (info.arity == 2) {
      formula.push_back(Node::make_terminal(static_cast<std::uint16_t>(step % static_cast<int>(terminals))));
    }
    append_operator(formula, info.op);
  }
  return formula;
}

void register_primitives() {
  for (const PrimitiveInfo& info : primitives()) {
    if (info.arity == 0) {
      continue;
    }
    benchmark::RegisterBenchmark(("primitive/" + std::string(info.name)).c_str(), [=](benchmark::State& state) {
      constexpr int steps = 20;
      std::vector<Formula> formulas;
      for (std::size_t which = 0; which < batch_size; ++which) {
        formulas.push_back(chain_of(info, steps, which));
      }
      run_batches(state, formulas, 13, 100, Statistic::tau_b);
      state.counters["ps_per_value"] = state.counters["evaluation_us"] * 1e6 / (1300 * steps);
    });
  }
}

/// Three columns that the first-level cache holds together.
struct Columns {
  static constexpr std::size_t rows = 1024;
  alignas(64) float a[rows];
  alignas(64) float b[rows];
  alignas(64) float out[rows];
};

template <Op op>
void run_bare_loop(Columns& columns) {
  if constexpr (arity(op) == 1) {
    for (std::size_t r = 0; r < Columns::rows; ++r) {
      columns.out[r] = apply(op, columns.a[r]);
    }
  } else {
    for (std::size_t r = 0; r < Columns::rows; ++r) {
      columns.out[r] = apply(op, columns.a[r], columns.b[r]);
    }
  }
  benchmark::ClobberMemory();
}

using BareLoop = void (*)(Columns&);

template <std::size_t... places>
std::vector<BareLoop> bare_loops(std::index_sequence<places...> /*all*/) {
  const auto of = []<std::size_t place>() -> BareLoop {
    constexpr auto op = static_cast<Op>(place);
    if constexpr (arity(op) == 0) {
      return nullptr;
    } else {
      return run_bare_loop<op>;
    }
  };
  return {of.template operator()<places>()...};
}

std::unique_ptr<Columns> random_columns() {
  auto columns = std::make_unique<Columns>();
  RandomStream random({.seed = 4});
  for (std::size_t r = 0; r < Columns::rows; ++r) {
    columns->a[r] = static_cast<float>(4.0 * random.normal());
    columns->b[r] = static_cast<float>(4.0 * random.normal());
  }
  return columns;
}

/// Node evaluations per second by loops that do nothing else, each over columns in the first-level cache.
void run_limit(benchmark::State& state, const std::vector<BareLoop>& loops) {
  const auto columns = random_columns();
  const std::clock_t begin = std::clock();
  for (auto _ : state) {
    for (const BareLoop loop : loops) {
      loop(*columns);
    }
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const auto nodes = static_cast<double>(state.iterations()) * static_cast<double>(loops.size() * Columns::rows);
  state.counters["nodes_per_second"] = nodes / seconds;
}

/// Compares registers of rows with others that are held, and counts; returns how many pairs of rows.
std::size_t compare_rows(const Columns& columns) {
  constexpr int held = 8;
  detail::FloatLanes values[held];
  for (int k = 0; k < held; ++k) {
    values[k] = detail::load_lanes(columns.b + k * detail::lane_count);
  }
  detail::IntLanes counts[held]{};
  for (std::size_t r = 0; r < Columns::rows; r += detail::lane_count) {
    const auto rows = detail::load_lanes(columns.a + r);
    for (int k = 0; k < held; ++k) {
      detail::count_where(counts[k], detail::less(values[k], rows));
    }
  }
  benchmark::DoNotOptimize(counts);
  return Columns::rows * held;
}

/// Deals out rows to two columns, the places of each register known beforehand; returns how many rows.
std::size_t deal_out_rows(Columns& columns) {
  const detail::FloatLanes pivots{};
  constexpr unsigned all = (1U << detail::lane_count) - 1U;
  for (std::size_t r = 0; r < Columns::rows; r += detail::lane_count) {
    const auto rows = detail::load_lanes(columns.a + r);
    const unsigned bits = detail::to_bits(detail::less(rows, pivots));
    detail::store_lanes(detail::compress(rows, bits), columns.out + r);
    detail::store_lanes(detail::compress(rows, ~bits & all), columns.b + r);
  }
  benchmark::ClobberMemory();
  return Columns::rows;
}

/// What a core needs for the steps of ranking when it does nothing else.
struct StepSeconds {
  double pair;
  double dealt_row;
  /// A register of pairs is compared each cycle.
  double cycle;
};

const StepSeconds& step_seconds() {
  static const StepSeconds seconds = [] {
    const auto columns = random_columns();
    const auto measure = [](auto step) {
      constexpr int goes = 9;
      constexpr int repeats = 20'000;
      double least = std::numeric_limits<double>::infinity();
      for (int go = 0; go < goes; ++go) {
        std::size_t steps = 0;
        const std::clock_t begin = std::clock();
        for (int repeat = 0; repeat < repeats; ++repeat) {
          steps += step();
        }
        const double spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        least = std::min(least, spent / static_cast<double>(steps));
      }
      return least;
    };
    const double pair = measure([&] { return compare_rows(*columns); });
    return StepSeconds{pair, measure([&] { return deal_out_rows(*columns); }), pair * detail::lane_count};
  }();
  return seconds;
}

void run_step_limits(benchmark::State& state) {
  for (auto _ : state) {
    StepSeconds seconds = step_seconds();
    benchmark::DoNotOptimize(seconds);
  }
  state.counters["pairs_per_second"] = 1.0 / step_seconds().pair;
  state.counters["rows_per_second"] = 1.0 / step_seconds().dealt_row;
}

/// `limit/memory`: a node that reads two columns, writes one and computes next to nothing. `limit/<set>`: the
/// arithmetic of the set's primitives, in the shares that run_batches has them: unary and binary nodes alike often.
/// `limit/ranking`: pairs compared, and rows dealt out to two sides.
void register_limits() {
  benchmark::RegisterBenchmark("limit/ranking", run_step_limits);
  const auto all = bare_loops(std::make_index_sequence<op_count>());
  const auto loop_of = [&](Op op) { return all[static_cast<std::size_t>(op)]; };
  benchmark::RegisterBenchmark("limit/memory",
                               [loop = loop_of(Op::add)](benchmark::State& state) { run_limit(state, {loop}); });
  for (const NamedPrimitiveSet& named : named_primitive_sets()) {
    const std::string set(named.name);
    const auto primitive_set = PrimitiveSet::parse(set);
    const auto unary = primitive_set.unary();
    const auto binary = primitive_set.binary();
    std::vector<BareLoop> loops;
    for (std::size_t k = 0; k < std::max<std::size_t>(unary.size(), 1) * binary.size(); ++k) {
      loops.push_back(loop_of(binary[k % binary.size()]));
      if (!unary.empty()) {
        loops.push_back(loop_of(unary[k % unary.size()]));
      }
    }
    benchmark::RegisterBenchmark(("limit/" + set).c_str(), [=](benchmark::State& state) { run_limit(state, loops); });
  }
}

enum class Counting {
  all_pairs,
  interleaved,
  partition,
  merging,
  order_and_fenwick,
  rank_pairs,
  rank_order,
  weigh_pairs,
  weigh_order
};

/// Seconds that a core needs at least to count a column of n rows in this way; 0 where nothing was found to bound it.
double bound_seconds(Counting counting, double n) {
  const StepSeconds& step = step_seconds();
  constexpr double base_rows = 48;
  switch (counting) {
    case Counting::all_pairs:
    case Counting::interleaved: return n * (n - 1) / 2 * step.pair;
    case Counting::partition:
      return n * std::max(0.0, std::log2(n / base_rows)) * step.dealt_row +
             n * (std::min(n, base_rows) - 1) / 2 * step.pair;
    case Counting::merging: {
      // A dependent load, subtraction, shift and addition, for a value at the front and one at the back.
      constexpr double cycles = 8.0 / 2.0;
      return n * std::max(0.0, std::log2(n / static_cast<double>(detail::base_rows))) * cycles * step.cycle;
    }
    case Counting::order_and_fenwick: return n * std::log2(n) * step.cycle;
    default: return 0.0;
  }
}

void rank_columns(benchmark::State& state, Counting counting, bool ties) {
  const auto n = static_cast<std::size_t>(state.range(0));
  // So many that a core cannot remember how each one's branches went, and no more than its second cache holds.
  constexpr std::size_t all_rows = std::size_t{1} << 19;
  const std::size_t column_count = std::max<std::size_t>(all_rows / n / detail::lane_padding, 1) * detail::lane_padding;
  RandomStream random({.seed = 3});
  const std::size_t stride = n + detail::lane_padding;
  std::vector<float> columns(column_count * stride);
  for (float& value : columns) {
    value = ties ? static_cast<float>(random.below(static_cast<std::uint32_t>(n / 4 + 1)))
                 : static_cast<float>(random.normal());
  }
  std::vector<std::int32_t> scratch(2 * n);
  detail::OrderAndFenwick fenwick(n);
  std::vector<float> spare(detail::partition_scratch(n));
  std::vector<float> interleaved(detail::interleaved_size(n));
  std::vector<detail::OrderedRow> ordered(2 * n);
  std::vector<detail::WeighedRows> tree(n + 1);
  const std::vector<std::int32_t> accuracy_ranks(n, 1);
  const std::vector<std::int64_t> weights(n, 1);
  detail::RankProducts products;
  detail::PairTotals totals[detail::lane_padding];
  const std::size_t columns_each = counting == Counting::interleaved ? detail::columns_at_once() : 1;
  if (fenwick.count(columns.data(), n) != detail::count_all_pairs(columns.data(), n)) {
    state.SkipWithError("the ways disagree");
  }
  std::size_t next = 0;
  const std::clock_t begin = std::clock();
  for (auto _ : state) {
    const float* const column = columns.data() + next * stride;
    next = (next + columns_each) % column_count;
    switch (counting) {
      case Counting::all_pairs: totals[0] = detail::count_all_pairs(column, n); break;
      case Counting::merging: totals[0] = detail::count_by_merging(column, n, scratch.data()); break;
      case Counting::order_and_fenwick: totals[0] = fenwick.count(column, n); break;
      case Counting::partition: totals[0] = detail::count_by_partition(column, n, spare.data()); break;
      case Counting::interleaved:
        detail::interleave(column, stride, columns_each, n, interleaved.data());
        detail::count_interleaved(interleaved.data(), n, totals);
        break;
      case Counting::rank_pairs: products = detail::multiply_ranks(column, n, accuracy_ranks.data()); break;
      case Counting::rank_order:
        products = detail::multiply_ordered_ranks(column, n, accuracy_ranks.data(), ordered.data());
        break;
      case Counting::weigh_pairs: totals[0] = detail::weigh_all_pairs(column, n, weights.data()); break;
      case Counting::weigh_order:
        totals[0] = detail::weigh_ordered_pairs(column, n, weights.data(), ordered.data(), tree.data());
        break;
    }
    benchmark::DoNotOptimize(totals);
    benchmark::DoNotOptimize(products);
  }
  const double processor_seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const double rows = static_cast<double>(state.iterations()) * static_cast<double>(columns_each * n);
  state.counters["per_row"] = benchmark::Counter(rows, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["per_column"] =
      benchmark::Counter(rows / static_cast<double>(n), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  if (const double bound = bound_seconds(counting, static_cast<double>(n)); bound > 0.0) {
    state.counters["over_bound"] = processor_seconds / (rows / static_cast<double>(n) * bound);
  }
}

void register_ranks() {
  for (const bool ties : {false, true}) {
    const std::string suffix = ties ? "/ties" : "/no_ties";
    for (const auto& [name, counting] :
         {std::pair{"rank/all_pairs", Counting::all_pairs}, std::pair{"rank/interleaved", Counting::interleaved},
          std::pair{"rank/partition", Counting::partition}, std::pair{"rank/merging", Counting::merging},
          std::pair{"rank/order_and_fenwick", Counting::order_and_fenwick},
          std::pair{"rank/rho_by_pairs", Counting::rank_pairs}, std::pair{"rank/rho_by_order", Counting::rank_order},
          std::pair{"rank/weighted_by_pairs", Counting::weigh_pairs},
          std::pair{"rank/weighted_by_order", Counting::weigh_order}}) {
      auto* const benchmark = benchmark::RegisterBenchmark(
          (name + suffix).c_str(), [=](benchmark::State& state) { rank_columns(state, counting, ties); });
      for (const int n : {30, 50, 100, 150, 200, 250, 300, 350, 400, 500, 700, 1000, 2000, 4722}) {
        benchmark->Arg(n);
      }
      const bool is_quadratic = counting == Counting::all_pairs || counting == Counting::interleaved ||
                                counting == Counting::rank_pairs || counting == Counting::weigh_pairs;
      if (!is_quadratic) {
        benchmark->Arg(10'000)->Arg(100'000);
      }
    }
  }
}

}  // namespace
}  // namespace zcmpi

int main(int argc, char** argv) {
  const zcmpi::ScopedKokkos kokkos{zcmpi::RuntimeOptions{}};
  zcmpi::register_batches();
  zcmpi::register_ranks();
  zcmpi::register_primitives();
  zcmpi::register_limits();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
