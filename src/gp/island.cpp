#include "zcmpi/gp/island.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "zcmpi/core/error.hpp"
#include "zcmpi/expr/simplify.hpp"
#include "zcmpi/gp/duplicates.hpp"
#include "zcmpi/gp/growth.hpp"
#include "zcmpi/gp/nsga2.hpp"
#include "zcmpi/gp/selection.hpp"
#include "zcmpi/gp/tuning.hpp"
#include "zcmpi/gp/variation.hpp"

namespace zcmpi {
namespace {

/// How often a child whose formula is already known is drawn again.
constexpr int child_attempts = 4;
/// The same for the initial population, where small trees collide often.
constexpr int initial_attempts = 10;
/// Of a formula that is ranked on all problems.
constexpr double no_floor = -std::numeric_limits<double>::infinity();

std::vector<std::uint32_t> all_members(const Population& population) {
  std::vector<std::uint32_t> members(population.size());
  std::iota(members.begin(), members.end(), 0U);
  return members;
}

/// Best first; equal members by their place.
auto order_of(const Population& population) {
  return [&population](std::uint32_t a, std::uint32_t b) {
    return is_better(population, a, population, b) || (!is_better(population, b, population, a) && a < b);
  };
}

std::vector<std::uint32_t> sorted_members(const Population& population) {
  auto members = all_members(population);
  std::ranges::sort(members, order_of(population));
  return members;
}

bool keeps_to(const PrimitiveSet& primitives, FormulaView formula) {
  return std::ranges::all_of(formula,
                             [&](const Node& node) { return arity(node.op) == 0 || primitives.contains(node.op); });
}

/// The best `count` members, copies of a formula counted once: fewer when there are no more.
std::vector<std::uint32_t> best_distinct(const Population& population, std::size_t count) {
  auto members = all_members(population);
  std::vector<std::uint32_t> chosen;
  // Only as many are sorted as are looked at.
  auto sorted = members.begin();
  for (auto step = static_cast<std::ptrdiff_t>(2 * count); chosen.size() < count && sorted != members.end();
       step *= 2) {
    const auto end = sorted + std::min(step, members.end() - sorted);
    std::partial_sort(sorted, end, members.end(), order_of(population));
    for (; sorted != end && chosen.size() < count; ++sorted) {
      if (chosen.empty() || !std::ranges::equal(population.formula(chosen.back()), population.formula(*sorted))) {
        chosen.push_back(*sorted);
      }
    }
  }
  return chosen;
}

}  // namespace

struct Island::Implementation {
  Implementation(std::uint32_t island, std::uint64_t run_seed, const GpParameters& gp, PopulationEvaluator& eval,
                 PhaseClock* phase_clock)
      : number(island),
        seed(run_seed),
        parameters(gp),
        evaluator(&eval),
        clock(phase_clock),
        shape{gp.max_size, eval.problem_count()},
        closed(gp.primitives.is_closed_under_canonicalisation()),
        source(parameters, eval.terminal_count()),
        lottery(parameters.rates),
        variator(parameters, eval.terminal_count()),
        lexicase(gp.selection == ParentSelection::epsilon_lexicase ? gp.population : 0, eval.problem_count()),
        nsga2(2 * gp.population),
        tuner(parameters, shape),
        index(gp.population + most_at_once(gp)),
        keys(closed ? 0 : gp.population + most_at_once(gp), shape),
        next(gp.population, shape),
        parents_and_offspring(gp.survival == Survival::nsga2 ? 2 * gp.population : 0, shape) {
    state.population = Population(gp.population, shape);
    state.hall_of_fame = Population(gp.max_size, shape);
    state.hall_of_fame.resize(gp.max_size);
    const auto most = most_at_once(gp);
    views.reserve(most);
    members.reserve(most);
    scores.reserve(most * shape.problem_count);
    aliases.reserve(most);
    floors.reserve(std::max(most, parents_and_offspring.capacity()));
    listed_floors.reserve(most);
    uncertain.reserve(most);
    best_fitness.reserve(gp.max_size + 1);
    initial.reserve(2 * gp.max_size);
    child.reserve(2 * gp.max_size);
    canonical.reserve(2 * gp.max_size);
  }

  /// The most formulas that are evaluated in one go.
  static std::size_t most_at_once(const GpParameters& gp) {
    return std::max(gp.population, gp.tuning_formulas * gp.tuning_candidates);
  }

  [[nodiscard]] RandomStream stream(Purpose purpose, std::uint32_t which) const {
    return RandomStream({seed, number, state.generation, purpose, which});
  }

  /// Scores the listed members of `population`, and records them. Where there are floors, one a member, a fitness below
  /// its floor need not be known: it may be too high then, but is below the floor.
  void evaluate(Population& population, std::span<const std::uint32_t> listed, std::span<const double> all_floors) {
    views.clear();
    for (const auto member : listed) {
      views.push_back(population.formula(member));
    }
    scores.resize(listed.size() * shape.problem_count);
    if (all_floors.empty()) {
      evaluator->score(views, scores, clock);
    } else {
      listed_floors.clear();
      for (const auto member : listed) {
        listed_floors.push_back(all_floors[member]);
      }
      evaluator->score_down_to(views, {listed_floors, problem_order}, scores, clock);
    }
    for (std::size_t k = 0; k < listed.size(); ++k) {
      const auto own = std::span(scores).subspan(k * shape.problem_count, shape.problem_count);
      std::ranges::copy(own, population.scores(listed[k]).begin());
      population.set_fitness(listed[k], aggregate(parameters.aggregate, own, parameters.weights));
      remember(population, listed[k]);
    }
  }

  /// Lets a member's formula stand for `tag`, unless an equal one is known: then returns its tag.
  std::optional<std::uint32_t> find_or_add(const Population& population, std::size_t member, std::uint32_t tag) {
    const auto formula = population.formula(member);
    if (closed) {
      const auto place = index.find(formula, population.digest(member));
      if (!place.tag) {
        index.add(place, formula, tag);
      }
      return place.tag;
    }
    canonicalise(formula, canonical);
    const auto place = index.find(canonical);
    if (!place.tag) {
      index.add(place, keys.formula(keys.add(canonical)), tag);
    }
    return place.tag;
  }

  /// Forgets all formulas but those of `population`, whose tags are their places.
  void index_only(const Population& population) {
    index.clear();
    keys.clear();
    for (std::uint32_t i = 0; i < population.size(); ++i) {
      find_or_add(population, i, i);
    }
  }

  /// Scores the members of `fresh` that `members` lists, and copies the scores of those that `aliases` lists, whose
  /// formulas are known: to `known` by their place, or to `fresh` by their place behind those.
  void evaluate_and_copy(const Population& known, Population& fresh, std::span<double> fresh_floors) {
    for (const Alias& alias : aliases) {
      // What another formula copies is wanted in full: the other may be shorter.
      if (!fresh_floors.empty() && alias.known >= known.size()) {
        fresh_floors[alias.known - known.size()] = no_floor;
      }
    }
    evaluate(fresh, members, fresh_floors);
    state.counters.evaluations += members.size();
    for (const auto& [copy, tag] : aliases) {
      const bool is_fresh = tag >= known.size();
      const auto& holder = is_fresh ? fresh : known;
      const auto member = is_fresh ? tag - known.size() : tag;
      std::ranges::copy(holder.scores(member), fresh.scores(copy).begin());
      fresh.set_fitness(copy, holder.fitness(member));
      if (!closed) {
        // Bred as it came, it may have another size than what it equals.
        remember(fresh, copy);
      }
    }
  }

  /// Scores all members of `fresh`, but none whose formula `known` has, and none twice. With floors, one a member, or
  /// none.
  void evaluate_new(const Population& known, Population& fresh, std::span<double> fresh_floors) {
    index_only(known);
    members.clear();
    aliases.clear();
    const auto known_count = static_cast<std::uint32_t>(known.size());
    for (std::uint32_t k = 0; k < fresh.size(); ++k) {
      if (const auto tag = find_or_add(fresh, k, known_count + k)) {
        aliases.push_back({k, *tag});
      } else {
        members.push_back(k);
      }
    }
    state.counters.duplicates += aliases.size();
    evaluate_and_copy(known, fresh, fresh_floors);
  }

  /// Hall of fame: the best formula of each size.
  void remember(const Population& population, std::size_t member) {
    auto& hall = state.hall_of_fame;
    const auto place = population.formula(member).size() - 1;
    if (hall.formula(place).empty() || is_better(population, member, hall, place)) {
      hall.assign(place, population, member);
    }
  }

  /// Makes `canonical` the canonical form of a child that keeps the limits, and `child` the child itself where that may
  /// be bred. Returns whether what is bred keeps the limits: signs that move up can make the canonical form deeper.
  bool take_child(const Replacement& variant) {
    if (!closed) {
      write(variant, child);
    }
    // Where what is bred is canonical, so is all of the child but what has changed.
    const int depth = canonicalise(closed ? variant : whole(child), canonical);
    const bool is_within_limits = depth <= parameters.max_depth;
    breeds_canonical = closed || (is_within_limits && keeps_to(parameters.primitives, canonical));
    return is_within_limits || !breeds_canonical;
  }

  /// Adds the child, whose canonical form was looked for at `place`, to `population`.
  std::size_t add_child(Population& population, const FormulaIndex::Place& place) {
    return breeds_canonical ? population.add(canonical, place.digest) : population.add(child);
  }

  /// The same where it was not found; it stands for `tag` from now on.
  void add_new(Population& population, const FormulaIndex::Place& place, std::uint32_t tag) {
    const auto member = add_child(population, place);
    index.add(place, closed ? population.formula(member) : keys.formula(keys.add(canonical)), tag);
  }

  void make_leaf(std::uint32_t which) {
    const auto terminal = which % static_cast<std::uint32_t>(evaluator->terminal_count());
    const Node leaf = Node::make_terminal(static_cast<std::uint16_t>(terminal));
    take_child(whole({&leaf, 1}));
  }

  void initialise() {
    ScopedPhase phase(clock, Phase::variation);
    auto& population = state.population;
    population.clear();
    index.clear();
    keys.clear();
    const auto count = parameters.population;
    for (std::uint32_t k = 0; k < count; ++k) {
      auto random = stream(Purpose::initialisation, k);
      // Every single terminal is in the first generation: no evolved formula is worse than
      // the best of them.
      if (k < evaluator->terminal_count() && 2 * evaluator->terminal_count() <= count) {
        make_leaf(k);
        add_new(population, index.find(canonical), k);
        continue;
      }
      FormulaIndex::Place place;
      for (int attempt = 0; attempt < initial_attempts; ++attempt) {
        make_initial_formula(source, parameters, k, count, random, initial);
        if (!take_child(whole(initial))) {
          make_leaf(k);
        }
        place = index.find(canonical);
        if (!place.tag) {
          break;
        }
      }
      if (place.tag) {
        add_child(population, place);
      } else {
        add_new(population, place, k);
      }
    }
    evaluate_new({}, population, {});
  }

  std::size_t select_parent(RandomStream& random) const {
    if (parameters.selection == ParentSelection::epsilon_lexicase) {
      return lexicase.select(random);
    }
    return parameters.survival == Survival::nsga2
               ? nsga2.select_by_tournament(parameters.tournament_size, random)
               : select_by_tournament(state.population, parameters.tournament_size, random);
  }

  /// Fills `child` and `canonical`, with a new formula if a few attempts find one; returns its place in the index.
  FormulaIndex::Place make_child(std::uint32_t which) {
    auto random = stream(Purpose::variation, which);
    for (int attempt = 1;; ++attempt) {
      const auto kind = lottery.draw(random);
      const auto mother = state.population.formula(select_parent(random));
      const auto father = kind == Variation::crossover ? state.population.formula(select_parent(random)) : mother;
      if (!take_child(variator.vary(kind, mother, father, random))) {
        take_child(whole(mother));
      }
      const auto place = index.find(canonical);
      state.counters.duplicates += place.tag ? 1U : 0U;
      if (!place.tag || attempt == child_attempts) {
        return place;
      }
    }
  }

  /// Adds `count` children to `into`. `members` lists those to evaluate, `aliases` those whose formula is known.
  void add_offspring(Population& into, std::size_t count) {
    const auto& parents = state.population;
    const auto parent_count = static_cast<std::uint32_t>(parents.size());
    if (parameters.selection == ParentSelection::epsilon_lexicase) {
      auto random = stream(Purpose::selection, 0);
      lexicase.prepare(parents, random);
    }
    index_only(parents);
    members.clear();
    aliases.clear();
    for (std::uint32_t k = 0; k < count; ++k) {
      const auto place = make_child(k);
      const auto member = static_cast<std::uint32_t>(into.size());
      if (place.tag) {
        add_child(into, place);
        aliases.push_back({member, *place.tag});
      } else {
        add_new(into, place, parent_count + member);
        members.push_back(member);
      }
    }
  }

  void survive_generational() {
    next.clear();
    for (const auto elite : best_distinct(state.population, parameters.elites)) {
      next.add(state.population, elite);
    }
    add_offspring(next, parameters.population - next.size());
    evaluate_and_copy(state.population, next, {});
    std::swap(state.population, next);
  }

  void survive_nsga2() {
    // Immigrants and tuned constants have moved members since they survived.
    nsga2.choose(state.population, state.population.size());
    parents_and_offspring.clear();
    for (std::size_t k = 0; k < state.population.size(); ++k) {
      parents_and_offspring.add(state.population, k);
    }
    add_offspring(parents_and_offspring, parameters.population);
    find_floors_of_survival();
    evaluate_and_copy(state.population, parents_and_offspring, floors);
    const auto* survivors = &nsga2.choose(parents_and_offspring, parameters.population);
    while (evaluate_uncertain(*survivors)) {
      survivors = &nsga2.choose(parents_and_offspring, parameters.population);
    }
    next.clear();
    for (const auto member : *survivors) {
      next.add(parents_and_offspring, member);
    }
    std::swap(state.population, next);
  }

  /// The fitness below which a child neither enters the hall of fame nor survives, since a member of the parents' last
  /// front dominates it; unless siblings displace that front, or parents are copies and leave room.
  void find_floors_of_survival() {
    floors.clear();
    if (!ranks_down_to_floors()) {
      return;
    }
    order_problems(all_members(state.population));
    const auto& parents = state.population;
    std::uint32_t last_front = 0;
    for (const auto front : nsga2.fronts()) {
      last_front = front == Nsga2Survival::copies_front ? last_front : std::max(last_front, front);
    }
    best_fitness.assign(parameters.max_size + 1, no_floor);
    for (std::size_t k = 0; k < parents.size(); ++k) {
      if (nsga2.fronts()[k] == last_front) {
        auto& best = best_fitness[parents.formula(k).size()];
        best = std::max(best, parents.fitness(k));
      }
    }
    std::partial_sum(best_fitness.begin(), best_fitness.end(), best_fitness.begin(), std::ranges::max);
    floors.assign(parents_and_offspring.size(), no_floor);
    for (std::size_t k = parents.size(); k < floors.size(); ++k) {
      const auto size = parents_and_offspring.formula(k).size();
      floors[k] = std::min(best_fitness[size], floor_of_hall(size));
    }
  }

  /// Evaluates the children that may survive and whose fitness is not known but as a bound from above; whether there
  /// are any.
  ///
  /// If there is none, the choice is that of the true fitness: all those children are behind the last survivor's front.
  /// So a member of that front, whose fitness is known, dominates each, with its true fitness all the more, and
  /// whatever it dominates. Without them the fronts up to that one are the same.
  bool evaluate_uncertain(std::span<const std::uint32_t> survivors) {
    uncertain.clear();
    if (floors.empty()) {
      return false;
    }
    const auto last_front = nsga2.fronts()[survivors.back()];
    for (const auto member : members) {
      if (nsga2.fronts()[member] <= last_front && parents_and_offspring.fitness(member) < floors[member]) {
        floors[member] = no_floor;
        uncertain.push_back(member);
      }
    }
    if (uncertain.empty()) {
      return false;
    }
    evaluate(parents_and_offspring, uncertain, {});
    return true;
  }

  void tune_constants() {
    const auto best = best_distinct(state.population, parameters.tuning_formulas);
    if (ranks_down_to_floors()) {
      order_problems(best);
    }
    tuner.tune(
        state.population, best, [this](std::uint32_t which) { return stream(Purpose::constant_tuning, which); },
        [this](Population& candidates, std::span<const double> to_beat) {
          find_floors_of_tuning(candidates, to_beat);
          evaluate_new(state.population, candidates, floors);
        });
  }

  /// The fitness below which a formula of this size does not enter the hall of fame.
  [[nodiscard]] double floor_of_hall(std::size_t size) const {
    const auto& hall = state.hall_of_fame;
    return hall.formula(size - 1).empty() ? no_floor : hall.fitness(size - 1);
  }

  /// Where the lowest score is the fitness, and there are others to leave out. A mean of many is not settled before
  /// nearly all are known.
  [[nodiscard]] bool ranks_down_to_floors() const {
    return parameters.aggregate == Aggregate::minimum && shape.problem_count > 1 && evaluator->stops_early();
  }

  /// The fitness below which a candidate neither replaces what it was made of nor enters the hall of fame.
  void find_floors_of_tuning(const Population& candidates, std::span<const double> to_beat) {
    floors.clear();
    if (!ranks_down_to_floors()) {
      return;
    }
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const double better = std::nextafter(to_beat[i], std::numeric_limits<double>::infinity());
      floors.push_back(std::min(better, floor_of_hall(candidates.formula(i).size())));
    }
  }

  /// Those problems first on which the listed members have the lowest scores.
  void order_problems(std::span<const std::uint32_t> listed) {
    problem_sums.assign(shape.problem_count, 0.0);
    for (const auto member : listed) {
      std::ranges::transform(problem_sums, state.population.scores(member), problem_sums.begin(), std::plus{});
    }
    problem_order.resize(shape.problem_count);
    std::iota(problem_order.begin(), problem_order.end(), 0U);
    std::ranges::stable_sort(problem_order, {}, [this](std::uint32_t p) { return problem_sums[p]; });
  }

  void step() {
    ScopedPhase phase(clock, Phase::variation);
    ++state.generation;
    intakes = 0;
    if (parameters.survival == Survival::nsga2) {
      survive_nsga2();
    } else {
      survive_generational();
    }
    if (parameters.tuning_interval > 0 && state.generation % parameters.tuning_interval == 0) {
      tune_constants();
    }
  }

  [[nodiscard]] std::size_t random_member(RandomStream& random) const {
    return random.below(static_cast<std::uint32_t>(state.population.size()));
  }

  void choose_emigrants(SelectionPolicy policy, std::size_t count, Population& out) const {
    if (policy == SelectionPolicy::best) {
      for (const auto member : best_distinct(state.population, count)) {
        out.add(state.population, member);
      }
      return;
    }
    auto random = stream(Purpose::emigration, 0);
    for (std::size_t k = 0; k < count; ++k) {
      out.add(state.population, policy == SelectionPolicy::random
                                    ? random_member(random)
                                    : select_by_tournament(state.population, parameters.tournament_size, random));
    }
  }

  [[nodiscard]] bool has_member(FormulaView formula) const {
    for (std::size_t i = 0; i < state.population.size(); ++i) {
      if (std::ranges::equal(state.population.formula(i), formula)) {
        return true;
      }
    }
    return false;
  }

  std::size_t take_in(const Population& immigrants, ReplacementPolicy policy) {
    auto& population = state.population;
    const bool worst = policy == ReplacementPolicy::worst || policy == ReplacementPolicy::worst_if_better;
    const bool if_better =
        policy == ReplacementPolicy::worst_if_better || policy == ReplacementPolicy::random_if_better;
    auto random = stream(Purpose::replacement, intakes++);
    // Places that may be given away, the worst member last. Random replacement spares the elites; a place that was
    // given away is gone, so that no immigrant displaces another.
    auto free_places = sorted_members(population);
    if (!worst) {
      const auto spared = std::min(parameters.elites, free_places.size() - 1);
      free_places.erase(free_places.begin(), free_places.begin() + static_cast<std::ptrdiff_t>(spared));
    }
    std::size_t accepted = 0;
    for (std::size_t k = 0; k < immigrants.size(); ++k) {
      remember(immigrants, k);
      if (has_member(immigrants.formula(k)) || free_places.empty()) {
        continue;
      }
      if (!worst) {
        std::swap(free_places[random.below(static_cast<std::uint32_t>(free_places.size()))], free_places.back());
      }
      const auto place = free_places.back();
      if (if_better && immigrants.fitness(k) <= population.fitness(place)) {
        continue;
      }
      population.assign(place, immigrants, k);
      free_places.pop_back();
      ++accepted;
    }
    state.counters.immigrants_accepted += accepted;
    return accepted;
  }

  std::uint32_t number;
  std::uint64_t seed;
  GpParameters parameters;
  PopulationEvaluator* evaluator;
  PhaseClock* clock;
  PopulationShape shape;
  /// Whether canonical forms keep to the run's primitives: then they are what is bred. If not, formulas are bred as
  /// they come wherever their canonical form does not keep to them.
  bool closed;
  NodeSource source;
  VariationLottery lottery;
  Variator variator;
  LexicaseSelector lexicase;
  Nsga2Survival nsga2;
  ConstantTuner tuner;
  FormulaIndex index;
  IslandState state;
  /// The canonical forms that `index` refers to, where the populations do not hold them (`closed` is false).
  Population keys;
  /// The generation under construction.
  Population next;
  Population parents_and_offspring;
  /// Calls of take_in in this generation: each draws from a stream of its own.
  std::uint32_t intakes = 0;

  /// A child whose formula is known: its place and the tag of the equal one.
  struct Alias {
    std::uint32_t copy;
    std::uint32_t known;
  };
  std::vector<Alias> aliases;
  std::vector<FormulaView> views;
  std::vector<std::uint32_t> members;
  std::vector<double> scores;
  /// One a member of what is evaluated, or none.
  std::vector<double> floors;
  std::vector<double> listed_floors;
  std::vector<std::uint32_t> uncertain;
  /// Of the parents' last front, by the most nodes.
  std::vector<double> best_fitness;
  std::vector<double> problem_sums;
  std::vector<std::uint32_t> problem_order;
  Formula initial;
  Formula child;
  Formula canonical;
  /// Whether the canonical form of the child is bred, or the child itself.
  bool breeds_canonical = false;
};

Island::Island(std::uint32_t number, std::uint64_t seed, const GpParameters& parameters, PopulationEvaluator& evaluator,
               PhaseClock* clock)
    : implementation_(std::make_unique<Implementation>(number, seed, parameters, evaluator, clock)) {
  ZCMPI_EXPECT(parameters.population > parameters.elites && evaluator.terminal_count() > 0);
}
Island::~Island() = default;
Island::Island(Island&&) noexcept = default;
Island& Island::operator=(Island&&) noexcept = default;

void Island::initialise() { implementation_->initialise(); }

void Island::restore(IslandState state) {
  ZCMPI_EXPECT(state.population.shape() == implementation_->shape &&
               state.population.size() == implementation_->parameters.population &&
               state.hall_of_fame.size() == implementation_->parameters.max_size);
  implementation_->state = std::move(state);
}

void Island::step() { implementation_->step(); }

std::uint32_t Island::number() const { return implementation_->number; }
const IslandState& Island::state() const { return implementation_->state; }
IslandCounters& Island::counters() { return implementation_->state.counters; }

void Island::choose_emigrants(SelectionPolicy policy, std::size_t count, Population& out) const {
  implementation_->choose_emigrants(policy, count, out);
}

std::size_t Island::take_in(const Population& immigrants, ReplacementPolicy policy) {
  return implementation_->take_in(immigrants, policy);
}

}  // namespace zcmpi
