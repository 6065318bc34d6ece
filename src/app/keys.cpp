#include "keys.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "key_builders.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

template <class Field>
Key integer_or_all(Description description, std::int64_t low, std::int64_t high, Field field) {
  Key key = describe<Configuration>(std::move(description), integer_range(low, high) + ", or \"all\"");
  key.set = [low, high, field](Configuration& configuration, const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && *text == "all") {
      field(configuration) = std::nullopt;
      return true;
    }
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < low || *number > high) {
      return false;
    }
    field(configuration) = static_cast<std::uint32_t>(*number);
    return true;
  };
  key.get = [field](const Configuration& configuration) -> Value {
    const auto& number = field(configuration);
    return number ? Value(static_cast<std::int64_t>(*number)) : Value(std::string("all"));
  };
  return key;
}

enum class Bound { included, excluded };

/// The numbers that a key takes.
struct Range {
  double low;
  double high = std::numeric_limits<double>::infinity();
  Bound low_bound = Bound::included;
  Bound high_bound = Bound::included;

  [[nodiscard]] bool holds(double x) const {
    return std::isfinite(x) && (low_bound == Bound::included ? x >= low : x > low) &&
           (high_bound == Bound::included ? x <= high : x < high);
  }
  [[nodiscard]] std::string text() const {
    const std::string from = fmt::format("a number {} {}", low_bound == Bound::included ? "of at least" : "above", low);
    return std::isinf(high)
               ? from
               : fmt::format("{} and {} {}", from, high_bound == Bound::included ? "at most" : "below", high);
  }
};

template <class Field>
Key real(Description description, Range range, Field field) {
  Key key = describe<Configuration>(std::move(description), range.text());
  key.set = [range, field](Configuration& configuration, const Value& value) {
    const auto* whole = std::get_if<std::int64_t>(&value);
    const auto* number = std::get_if<double>(&value);
    if (whole == nullptr && number == nullptr) {
      return false;
    }
    const double x = number != nullptr ? *number : static_cast<double>(*whole);
    if (!range.holds(x)) {
      return false;
    }
    field(configuration) = x;
    return true;
  };
  key.get = [field](const Configuration& configuration) { return field(configuration); };
  return key;
}

template <class Enum>
using Choices = std::vector<std::pair<Enum, std::string_view>>;

template <class Enum, class Field>
Key choice(Description description, Choices<Enum> choices, Field field) {
  std::vector<std::string> quoted;
  for (const auto& [value, name] : choices) {
    quoted.push_back(fmt::format("\"{}\"", name));
  }
  Key key = describe<Configuration>(std::move(description), fmt::format("one of {}", fmt::join(quoted, ", ")));
  key.set = [field, choices](Configuration& configuration, const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    for (const auto& [enumerator, name] : choices) {
      if (text != nullptr && *text == name) {
        field(configuration) = enumerator;
        return true;
      }
    }
    return false;
  };
  key.get = [field, choices](const Configuration& configuration) -> Value {
    for (const auto& [enumerator, name] : choices) {
      if (enumerator == field(configuration)) {
        return std::string(name);
      }
    }
    throw ContractError("a configuration holds an enumerator without a name");
  };
  return key;
}

template <class Field>
Key weights(Description description, Field field) {
  Key key = describe<Configuration>(std::move(description), "a table from problem names to numbers of at least 0");
  key.set = [field](Configuration& configuration, const Value& value) {
    const auto* table = std::get_if<std::map<std::string, double>>(&value);
    if (table == nullptr) {
      return false;
    }
    for (const auto& [name, weight] : *table) {
      if (!std::isfinite(weight) || weight < 0.0) {
        return false;
      }
    }
    field(configuration) = *table;
    return true;
  };
  key.get = [field](const Configuration& configuration) { return field(configuration); };
  return key;
}

template <class Enum, std::size_t n>
Choices<Enum> named(const std::array<Enum, n>& enumerators) {
  Choices<Enum> choices;
  for (const Enum enumerator : enumerators) {
    choices.emplace_back(enumerator, to_text(enumerator));
  }
  return choices;
}

void add_run_keys(std::vector<Key>& keys) {
  constexpr auto free = OnResume::free;
  keys.push_back(text({"run.name", free, "Name of the run and of its folder; empty: the configuration file's name."},
                      "a name without \"/\"", ZCMPI_FIELD(run.name), [](const std::string& name) {
                        return name.find('/') == std::string::npos && name != "." && name != "..";
                      }));
  keys.push_back(text({"run.folder", free, "Folder that holds the folders of runs."}, "a folder",
                      ZCMPI_FIELD(run.folder), [](const std::string& folder) { return !folder.empty(); }));
  keys.push_back(integer({"run.seed", OnResume::fixed_in_header, "Seed of all randomness of the run."}, 0,
                         largest_integer, ZCMPI_FIELD(run.seed)));
  keys.push_back(integer({"run.generations", free, "Generations to reach; a resumed run may reach further."}, 0,
                         1'000'000'000, ZCMPI_FIELD(run.generations)));
  keys.push_back(integer({"run.islands", OnResume::fixed_in_header,
                          "Number of islands, dealt out to the ranks; 0: one a rank, or what a checkpoint has."},
                         0, 1'000'000, ZCMPI_FIELD(run.islands)));
  keys.push_back(real({"run.max_hours", free, "Stop with a checkpoint after this wall time; 0: no limit.", "hours"},
                      {0.0}, ZCMPI_FIELD(run.max_hours)));
  keys.push_back(integer({"run.threads", free, "Host threads of a rank, where Kokkos has a back end with threads."}, 1,
                         4096, ZCMPI_FIELD(run.threads)));
}

void add_data_keys(std::vector<Key>& keys) {
  constexpr auto fixed = OnResume::fixed;
  keys.push_back(list({"data.problems", fixed,
                       "The problems: tables `<space>_<task>` that are looked for as .h5 or .csv, or files. May be "
                       "empty beside [[live]] "
                       "ones."},
                      "a list of problems", EmptyList::allowed, ZCMPI_FIELD(data.problems)));
  keys.push_back(
      list({"data.folders", OnResume::free,
            "Where problems are looked for, before ZCMPI_DATA and this file's folder; relative to the latter."},
           "a list of folders", EmptyList::allowed, ZCMPI_FIELD(data.folders)));
  keys.push_back(integer_or_all(
      {"data.train_architectures", fixed,
       "Training architectures of a problem, drawn with the seed; the others are for testing.", "architectures"},
      2, 1'000'000'000, ZCMPI_FIELD(data.train_architectures)));
  keys.push_back(real({"data.validation_share", fixed, "Share of the training architectures set aside for validation."},
                      {0.0, 1.0, Bound::included, Bound::excluded}, ZCMPI_FIELD(data.validation_share)));
  keys.push_back(list({"data.terminals", fixed, "The terminals that formulas may read."},
                      "a list of terminals, or \"all\"", EmptyList::means_all, ZCMPI_FIELD(data.terminals)));
  keys.push_back(choice(
      {"data.missing", fixed, "A terminal that some problems lack: it is 0 there, it is not used, or it is an error."},
      named(std::array{MissingPolicy::constant, MissingPolicy::intersection, MissingPolicy::error}),
      ZCMPI_FIELD(data.missing)));
  keys.push_back(choice({"data.transform", fixed, "How a terminal's raw value becomes what a formula reads."},
                        named(std::array{Transform::raw, Transform::signed_log, Transform::standardised}),
                        ZCMPI_FIELD(data.transform)));
  keys.push_back(choice({"data.target", fixed, "The accuracy to rank by."},
                        named(std::array{Target::val_accuracy, Target::test_accuracy}), ZCMPI_FIELD(data.target)));
}

void add_fitness_keys(std::vector<Key>& keys) {
  constexpr auto fixed = OnResume::fixed;
  keys.push_back(choice({"fitness.statistic", fixed, "Correlation of formula values with accuracies, per problem."},
                        named(std::array{Statistic::tau_b, Statistic::rho, Statistic::weighted_tau}),
                        ZCMPI_FIELD(fitness.statistic)));
  keys.push_back(
      boolean({"fitness.reward_ties", fixed,
               "Whether formula values that tie narrow the denominator in evolution, as they do in tau-b; what "
               "is reported is tau-b."},
              ZCMPI_FIELD(fitness.reward_ties)));
  keys.push_back(choice<Aggregate>(
      {"fitness.aggregate", fixed, "How the problems' correlations become one fitness."},
      {{Aggregate::mean, "mean"}, {Aggregate::minimum, "minimum"}, {Aggregate::weighted_mean, "weighted_mean"}},
      ZCMPI_FIELD(gp.aggregate)));
  keys.push_back(weights({"fitness.weights", fixed,
                          "Weights for weighted_mean by problem name, such as \"nb201/cifar10\"; those not named: 1."},
                         ZCMPI_FIELD(fitness.weights)));
}

void add_formula_keys(std::vector<Key>& keys) {
  constexpr auto fixed = OnResume::fixed;
  keys.push_back(integer({"gp.population", fixed, "Formulas on an island.", "formulas"}, 2, 1'000'000,
                         ZCMPI_FIELD(gp.population)));
  keys.push_back(integer({"gp.max_size", fixed, "Largest formula.", "nodes"}, 1, 1000, ZCMPI_FIELD(gp.max_size)));
  keys.push_back(integer({"gp.max_depth", fixed, "Deepest formula: nodes on its longest path.", "nodes"}, 1, 1000,
                         ZCMPI_FIELD(gp.max_depth)));
  keys.push_back(
      text({"gp.primitives", fixed,
            "A named set of primitives, or names between commas (see `zcmpi list primitives`). `full` adds tanh, which "
            "saturates: "
            "large values tie in float32, and evolution takes advantage of ties that float64 does not have."},
           "a named set, or primitives between commas", ZCMPI_FIELD(primitives),
           [](const std::string& names) { return PrimitiveSet::parse(names), true; }));
  keys.push_back(real({"gp.constant_probability", fixed, "Probability that a new leaf is a constant, not a terminal."},
                      {0.0, 1.0}, ZCMPI_FIELD(gp.constant_probability)));
  keys.push_back(real({"gp.constant_deviation", fixed, "Standard deviation of new constants; their mean is 0."},
                      {0.0, 1e30, Bound::excluded}, ZCMPI_FIELD(gp.constant_deviation)));
  keys.push_back(choice<Initialisation>(
      {"gp.initialisation", fixed, "How the first formulas are made."},
      {{Initialisation::ramped_half_and_half, "ramped_half_and_half"}, {Initialisation::ptc2, "ptc2"}},
      ZCMPI_FIELD(gp.initialisation)));
  keys.push_back(integer({"gp.init_min_depth", fixed, "Depths of first formulas, ramped_half_and_half: from.", "nodes"},
                         1, 1000, ZCMPI_FIELD(gp.init_min_depth)));
  keys.push_back(integer({"gp.init_max_depth", fixed, "Depths of first formulas, ramped_half_and_half: to.", "nodes"},
                         1, 1000, ZCMPI_FIELD(gp.init_max_depth)));
  keys.push_back(integer({"gp.init_min_size", fixed, "Sizes of first formulas, ptc2: from.", "nodes"}, 1, 1000,
                         ZCMPI_FIELD(gp.init_min_size)));
  keys.push_back(integer({"gp.init_max_size", fixed, "Sizes of first formulas, ptc2: to.", "nodes"}, 1, 1000,
                         ZCMPI_FIELD(gp.init_max_size)));
}

void add_search_keys(std::vector<Key>& keys) {
  constexpr auto fixed = OnResume::fixed;
  keys.push_back(choice<ParentSelection>(
      {"gp.selection", fixed, "How parents are chosen."},
      {{ParentSelection::tournament, "tournament"}, {ParentSelection::epsilon_lexicase, "epsilon_lexicase"}},
      ZCMPI_FIELD(gp.selection)));
  keys.push_back(integer({"gp.tournament_size", fixed, "Members of a tournament.", "formulas"}, 1, 10'000'000,
                         ZCMPI_FIELD(gp.tournament_size)));
  keys.push_back(integer({"gp.mutation_depth", fixed, "Greatest depth of a subtree that mutation grows.", "nodes"}, 1,
                         1000, ZCMPI_FIELD(gp.mutation_depth)));
  keys.push_back(choice<Survival>(
      {"gp.survival", fixed, "Who lives on: elites and offspring, or the best in fitness and size (NSGA-II)."},
      {{Survival::generational, "generational"}, {Survival::nsga2, "nsga2"}}, ZCMPI_FIELD(gp.survival)));
  keys.push_back(integer({"gp.elites", fixed, "Best formulas that live on unchanged (generational).", "formulas"}, 0,
                         10'000'000, ZCMPI_FIELD(gp.elites)));
  keys.push_back(
      integer({"gp.tuning_interval", fixed, "Constants of the best are tuned so often; 0: never.", "generations"}, 0,
              1'000'000'000, ZCMPI_FIELD(gp.tuning_interval)));
  keys.push_back(integer({"gp.tuning_formulas", fixed, "How many of the best have their constants tuned.", "formulas"},
                         0, 10'000'000, ZCMPI_FIELD(gp.tuning_formulas)));
  keys.push_back(integer({"gp.tuning_candidates", fixed, "Candidates of a formula in one round of tuning.", "formulas"},
                         1, 1'000'000, ZCMPI_FIELD(gp.tuning_candidates)));
  keys.push_back(
      integer({"gp.tuning_rounds", fixed, "Rounds of tuning.", "rounds"}, 0, 1'000'000, ZCMPI_FIELD(gp.tuning_rounds)));
}

void add_rate_keys(std::vector<Key>& keys) {
  const auto add = [&keys](std::string name, std::string documentation, auto field) {
    keys.push_back(real({"gp.rates." + name, OnResume::fixed, std::move(documentation)}, {0.0}, field));
  };
  add("crossover", "A subtree is replaced by one of another parent. Rates are relative: they need not sum to 1.",
      ZCMPI_FIELD(gp.rates.crossover));
  add("subtree_mutation", "A subtree is replaced by a new one.", ZCMPI_FIELD(gp.rates.subtree_mutation));
  add("point_mutation", "Nodes are replaced by others of the same arity.", ZCMPI_FIELD(gp.rates.point_mutation));
  add("hoist_mutation", "A subtree is replaced by a part of itself.", ZCMPI_FIELD(gp.rates.hoist_mutation));
  add("insert_mutation", "A primitive is put above a node.", ZCMPI_FIELD(gp.rates.insert_mutation));
  add("delete_mutation", "A primitive gives way to one of its operands.", ZCMPI_FIELD(gp.rates.delete_mutation));
  add("constant_mutation", "A constant is changed a little.", ZCMPI_FIELD(gp.rates.constant_mutation));
}

void add_migration_keys(std::vector<Key>& keys) {
  constexpr auto fixed = OnResume::fixed;
  keys.push_back(choice({"migration.topology", fixed, "Which islands send migrants to which."},
                        named(std::array{TopologyKind::none, TopologyKind::ring, TopologyKind::two_way_ring,
                                         TopologyKind::torus, TopologyKind::fully_connected}),
                        ZCMPI_FIELD(migration.topology)));
  keys.push_back(integer({"migration.epoch_generations", fixed, "Generations between two migrations.", "generations"},
                         1, 1'000'000'000, ZCMPI_FIELD(migration.epoch_generations)));
  keys.push_back(integer({"migration.migrants", fixed, "Emigrants an island sends to each neighbour.", "formulas"}, 0,
                         1'000'000, ZCMPI_FIELD(migration.migrants)));
  keys.push_back(choice<SelectionPolicy>({"migration.selection", fixed, "Who emigrates."},
                                         {{SelectionPolicy::best, "best"},
                                          {SelectionPolicy::random, "random"},
                                          {SelectionPolicy::tournament, "tournament"}},
                                         ZCMPI_FIELD(migration.selection)));
  keys.push_back(choice<ReplacementPolicy>({"migration.replacement", fixed, "Whom immigrants replace."},
                                           {{ReplacementPolicy::worst_if_better, "worst_if_better"},
                                            {ReplacementPolicy::worst, "worst"},
                                            {ReplacementPolicy::random_if_better, "random_if_better"},
                                            {ReplacementPolicy::random, "random"}},
                                           ZCMPI_FIELD(migration.replacement)));
}

void add_run_control_keys(std::vector<Key>& keys) {
  constexpr auto free = OnResume::free;
  keys.push_back(integer(
      {"checkpoint.generations", free, "A checkpoint after every so many generations; 0: not so.", "generations"}, 0,
      1'000'000'000, ZCMPI_FIELD(checkpoint.generations)));
  keys.push_back(
      real({"checkpoint.minutes", free,
            "A checkpoint when the last is so old, but never more than 2 % of the time; 0: not so.", "minutes"},
           {0.0}, ZCMPI_FIELD(checkpoint.minutes)));
  keys.push_back(integer({"checkpoint.keep", free, "How many checkpoints stay, the newest first.", "files"}, 1,
                         1'000'000, ZCMPI_FIELD(checkpoint.keep)));
  keys.push_back(real({"output.log_period_seconds", free, "Time between two progress lines in a log.", "seconds"},
                      {0.0, std::numeric_limits<double>::infinity(), Bound::excluded},
                      ZCMPI_FIELD(output.log_period_seconds)));
  keys.push_back(boolean({"output.metrics", free, "Whether metrics.jsonl and migrations.jsonl are written."},
                         ZCMPI_FIELD(output.metrics)));
}

std::vector<Key> make_keys() {
  std::vector<Key> keys;
  add_run_keys(keys);
  add_data_keys(keys);
  add_fitness_keys(keys);
  add_formula_keys(keys);
  add_search_keys(keys);
  add_rate_keys(keys);
  add_migration_keys(keys);
  add_run_control_keys(keys);
  return keys;
}

/// A TOML basic string.
std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

/// The shortest text that reads back to the same number and that TOML takes for a float.
std::string float_text(double x) {
  const std::string text = fmt::format("{}", x);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

struct ToTomlText {
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(double number) const { return float_text(number); }
  std::string operator()(const std::string& text) const { return quote(text); }
  std::string operator()(const std::vector<std::string>& names) const {
    std::vector<std::string> quoted;
    for (const std::string& name : names) {
      quoted.push_back(quote(name));
    }
    return fmt::format("[{}]", fmt::join(quoted, ", "));
  }
  std::string operator()(const std::map<std::string, double>& table) const {
    std::vector<std::string> entries;
    for (const auto& [name, number] : table) {
      entries.push_back(fmt::format("{} = {}", quote(name), float_text(number)));
    }
    return entries.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(entries, ", "));
  }
};

}  // namespace

std::span<const Key> configuration_keys() {
  static const std::vector<Key> keys = make_keys();
  return keys;
}

std::string section_of(const std::string& path) { return path.substr(0, path.rfind('.')); }

std::string name_of(const std::string& path) { return path.substr(path.rfind('.') + 1); }

std::string to_toml_text(const Value& value) { return std::visit(ToTomlText{}, value); }

}  // namespace zcmpi
