// The parts of a generation, on populations that evolved on fixed random problems: seconds a parent, child, survivor or
// formula.
//
//   bench_generation --benchmark_filter=select         a draw of a parent, by the way of selection and problems
//   bench_generation --benchmark_filter=child          a child: selected and varied; in canonical form; looked for
//   bench_generation --benchmark_filter=survive        NSGA-II
//   bench_generation --benchmark_filter=evaluate       an evolved population, with and without shared subtrees
//   bench_generation --benchmark_filter=stop           NSGA-II by the lowest score, with and without early stops
//   bench_generation --benchmark_filter=step           whole generations, and which part evaluation and ranking have
//
// OMP_NUM_THREADS=1, since the time of one thread is counted.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/core/timing.hpp"
#include "zcmpi/eval/evaluator.hpp"
#include "zcmpi/eval/runtime.hpp"
#include "zcmpi/expr/simplify.hpp"
#include "zcmpi/gp/duplicates.hpp"
#include "zcmpi/gp/island.hpp"
#include "zcmpi/gp/nsga2.hpp"
#include "zcmpi/gp/selection.hpp"
#include "zcmpi/gp/variation.hpp"

namespace zcmpi {
namespace {

constexpr std::size_t terminals = 13;

/// Of 100 architectures whose accuracies a formula can partly tell, so that populations evolve as on real ones.
std::vector<EvaluationProblem> make_problems(std::size_t count) {
  constexpr std::size_t rows = 100;
  std::vector<EvaluationProblem> problems;
  for (std::uint32_t p = 0; p < count; ++p) {
    RandomStream random({.seed = 1, .index = p});
    EvaluationProblem problem{.name = std::to_string(p), .features = {}, .accuracies = {}};
    for (std::size_t k = 0; k < terminals * rows; ++k) {
      problem.features.push_back(static_cast<float>(random.normal()));
    }
    for (std::size_t i = 0; i < rows; ++i) {
      const auto t = [&](std::size_t terminal) { return double{problem.features[terminal * rows + i]}; };
      problem.accuracies.push_back(t(0) * t(1) - t(2) + t(3 + p % 10) + random.normal());
    }
    problems.push_back(std::move(problem));
  }
  return problems;
}

GpParameters parameters_of(ParentSelection selection, std::size_t population = 1000) {
  GpParameters parameters;
  parameters.primitives = PrimitiveSet::parse("full");
  parameters.selection = selection;
  parameters.population = population;
  return parameters;
}

/// An island in steady state, and how it selects parents.
struct Evolved {
  Evolved(const GpParameters& gp, std::size_t problem_count, int generations = 20,
          EarlyStop early_stop = EarlyStop::at_floors)
      : parameters(gp),
        evaluator(make_problems(problem_count), terminals, {.max_nodes = gp.max_size, .early_stop = early_stop}),
        lexicase(gp.population, problem_count) {
    island.initialise();
    for (int g = 0; g < generations; ++g) {
      island.step();
    }
  }

  [[nodiscard]] const Population& parents() const { return island.state().population; }
  /// Once a generation.
  void prepare_selection() {
    RandomStream random({.seed = 2});
    if (parameters.selection == ParentSelection::epsilon_lexicase) {
      lexicase.prepare(parents(), random);
    }
  }
  std::size_t select(RandomStream& random) const {
    return parameters.selection == ParentSelection::epsilon_lexicase
               ? lexicase.select(random)
               : select_by_tournament(parents(), parameters.tournament_size, random);
  }

  GpParameters parameters;
  PopulationEvaluator evaluator;
  LexicaseSelector lexicase;
  PhaseClock clock;
  Island island{0, 1, parameters, evaluator, &clock};
};

/// Sets a counter of seconds, where each iteration is of `count`.
void count_seconds(benchmark::State& state, const char* name, std::size_t count) {
  state.counters[name] = benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(count),
                                            benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void run_selection(benchmark::State& state, ParentSelection how, std::size_t problem_count) {
  Evolved evolved(parameters_of(how), problem_count);
  std::uint32_t generation = 0;
  for (auto _ : state) {
    evolved.prepare_selection();
    RandomStream random({.seed = 3, .generation = ++generation});
    for (std::size_t k = 0; k < evolved.parents().size(); ++k) {
      benchmark::DoNotOptimize(evolved.select(random));
    }
  }
  count_seconds(state, "per_parent", evolved.parents().size());
}

/// Evaluation alone of a population that has evolved, with and without what its formulas share.
void run_evaluation(benchmark::State& state, bool share) {
  Evolved evolved(parameters_of(ParentSelection::epsilon_lexicase), 13, 200);
  PopulationEvaluator evaluator(make_problems(13), terminals,
                                {.max_nodes = evolved.parameters.max_size,
                                 .common_subtrees = share ? CommonSubtrees::run_once : CommonSubtrees::run_each});
  std::vector<FormulaView> formulas;
  for (std::size_t i = 0; i < evolved.parents().size(); ++i) {
    formulas.push_back(evolved.parents().formula(i));
  }
  std::vector<double> scores(formulas.size() * evaluator.problem_count());
  PhaseClock clock;
  for (auto _ : state) {
    evaluator.score(formulas, scores, &clock);
  }
  const double scored = static_cast<double>(state.iterations()) * static_cast<double>(formulas.size());
  state.counters["evaluation_per_formula"] = clock.seconds()[static_cast<std::size_t>(Phase::evaluation)] / scored;
  state.counters["ranking_per_formula"] = clock.seconds()[static_cast<std::size_t>(Phase::ranking)] / scored;
}

/// What of a child is counted: that it is varied, put in canonical form as well, and looked for among the parents.
enum class Until { varied, canonical, known };

void index_members(const Population& population, FormulaIndex& index) {
  for (std::uint32_t i = 0; i < population.size(); ++i) {
    const auto place = index.find(population.formula(i), population.digest(i));
    if (!place.tag) {
      index.add(place, population.formula(i), i);
    }
  }
}

/// Other children at each iteration: which branches the same ones take, the processor learns.
void run_children(benchmark::State& state, ParentSelection how, Until until) {
  Evolved evolved(parameters_of(how), 3);
  const Population& parents = evolved.parents();
  const VariationLottery lottery(evolved.parameters.rates);
  Variator variator(evolved.parameters, terminals);
  FormulaIndex index(parents.size());
  Formula canonical;
  std::uint32_t generation = 0;
  for (auto _ : state) {
    ++generation;
    if (until == Until::known) {
      index.clear();
      index_members(parents, index);
    }
    evolved.prepare_selection();
    for (std::uint32_t k = 0; k < parents.size(); ++k) {
      RandomStream random({.seed = 4, .generation = generation, .index = k});
      const Variation kind = lottery.draw(random);
      const FormulaView mother = parents.formula(evolved.select(random));
      const FormulaView father = kind == Variation::crossover ? parents.formula(evolved.select(random)) : mother;
      const Replacement child = variator.vary(kind, mother, father, random);
      benchmark::DoNotOptimize(&child);
      if (until != Until::varied) {
        benchmark::DoNotOptimize(canonicalise(child, canonical));
      }
      if (until == Until::known) {
        benchmark::DoNotOptimize(index.find(canonical));
      }
    }
  }
  count_seconds(state, "per_child", parents.size());
}

/// Of parents and what came of them.
void run_survival(benchmark::State& state) {
  Evolved evolved(parameters_of(ParentSelection::tournament), 3);
  const std::size_t survivors = evolved.parents().size();
  Population candidates(2 * survivors, evolved.parents().shape());
  for (int generation = 0; generation < 2; ++generation) {
    for (std::size_t i = 0; i < survivors; ++i) {
      candidates.add(evolved.parents(), i);
    }
    evolved.island.step();
  }
  Nsga2Survival survival(candidates.size());
  for (auto _ : state) {
    benchmark::DoNotOptimize(survival.choose(candidates, survivors).data());
  }
  count_seconds(state, "per_survivor", survivors);
}

/// The same five generations again and again: constants are tuned in one of them.
void run_steps(benchmark::State& state, ParentSelection how, Survival survival) {
  constexpr std::size_t generations = 5;
  GpParameters parameters = parameters_of(how, static_cast<std::size_t>(state.range(0)));
  parameters.survival = survival;
  Evolved evolved(parameters, 3);
  const IslandState start = evolved.island.state();
  const auto before = evolved.clock.seconds();
  for (auto _ : state) {
    state.PauseTiming();
    evolved.island.restore(start);
    state.ResumeTiming();
    for (std::size_t g = 0; g < generations; ++g) {
      evolved.island.step();
    }
  }
  const auto after = evolved.clock.seconds();
  const auto spent = [&](Phase phase) {
    const auto which = static_cast<std::size_t>(phase);
    return after[which] - before[which];
  };
  count_seconds(state, "per_child", generations * parameters.population);
  // The clock is of the wall, and tells only how the time is shared.
  state.counters["evaluation_and_ranking_share"] =
      1.0 - spent(Phase::variation) / (spent(Phase::evaluation) + spent(Phase::ranking) + spent(Phase::variation));
}

/// The same hundred generations of NSGA-II on 13 problems, the lowest score the fitness, again and again: where
/// children are ranked no further than they have to be, and where they are ranked on all problems.
void run_stopping(benchmark::State& state, EarlyStop early_stop) {
  constexpr int generations = 100;
  GpParameters parameters = parameters_of(ParentSelection::epsilon_lexicase);
  parameters.survival = Survival::nsga2;
  parameters.aggregate = Aggregate::minimum;
  Evolved evolved(parameters, 13, 20, early_stop);
  const IslandState start = evolved.island.state();
  const std::uint64_t rankings_before = evolved.evaluator.rankings();
  for (auto _ : state) {
    state.PauseTiming();
    evolved.island.restore(start);
    state.ResumeTiming();
    for (int g = 0; g < generations; ++g) {
      evolved.island.step();
    }
  }
  const std::size_t evaluated = evolved.island.state().counters.evaluations - start.counters.evaluations;
  count_seconds(state, "per_formula", evaluated);
  state.counters["rankings_per_formula"] = static_cast<double>(evolved.evaluator.rankings() - rankings_before) /
                                           (static_cast<double>(state.iterations()) * static_cast<double>(evaluated));
}

template <class Run>
auto* add(const std::string& name, const Run& run) {
  return benchmark::RegisterBenchmark(name.c_str(), run);
}

void register_all() {
  using std::pair;
  for (const auto& [name, how] : {pair<std::string, ParentSelection>{"tournament", ParentSelection::tournament},
                                  {"lexicase", ParentSelection::epsilon_lexicase}}) {
    for (const std::size_t problems : {1U, 3U, 13U}) {
      add("select/" + name + "/" + std::to_string(problems),
          [how = how, problems](benchmark::State& state) { run_selection(state, how, problems); });
    }
    for (const auto& [end, until] : {pair<std::string, Until>{"varied", Until::varied},
                                     {"canonical", Until::canonical},
                                     {"known", Until::known}}) {
      add("child/" + name + "/" + end,
          [how = how, until = until](benchmark::State& state) { run_children(state, how, until); });
    }
    for (const auto& [end, survival] :
         {pair<std::string, Survival>{"generational", Survival::generational}, {"nsga2", Survival::nsga2}}) {
      add("step/" + name + "/" + end,
          [how = how, survival = survival](benchmark::State& state) { run_steps(state, how, survival); })
          ->Arg(100)
          ->Arg(1000)
          ->Arg(10'000)
          ->Unit(benchmark::kMillisecond);
    }
  }
  add("survive/nsga2", run_survival);
  for (const auto& [name, early_stop] :
       {pair<std::string, EarlyStop>{"stop/early", EarlyStop::at_floors}, {"stop/never", EarlyStop::nowhere}}) {
    add(name, [early_stop = early_stop](benchmark::State& state) {
      run_stopping(state, early_stop);
    })->Unit(benchmark::kMillisecond);
  }
  for (const bool share : {true, false}) {
    add(share ? "evaluate/shared" : "evaluate/apart",
        [share](benchmark::State& state) { run_evaluation(state, share); });
  }
}

}  // namespace
}  // namespace zcmpi

int main(int argc, char** argv) {
  const zcmpi::ScopedKokkos kokkos{zcmpi::RuntimeOptions{}};
  zcmpi::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
