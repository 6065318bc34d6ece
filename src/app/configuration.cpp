#include "zcmpi/app/configuration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "keys.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

void require_ordered(std::string_view low_key, double low, std::string_view high_key, double high) {
  if (low > high) {
    throw InputError(fmt::format("configuration: {} = {} is above {} = {}: the first must not be the larger", low_key,
                                 low, high_key, high));
  }
}

void check_sizes(const GpParameters& gp) {
  const auto real = [](auto number) { return static_cast<double>(number); };
  require_ordered("gp.init_min_depth", gp.init_min_depth, "gp.init_max_depth", gp.init_max_depth);
  require_ordered("gp.init_max_depth", gp.init_max_depth, "gp.max_depth", gp.max_depth);
  require_ordered("gp.init_min_size", real(gp.init_min_size), "gp.init_max_size", real(gp.init_max_size));
  require_ordered("gp.init_max_size", real(gp.init_max_size), "gp.max_size", real(gp.max_size));
  require_ordered("gp.init_min_depth", gp.init_min_depth, "gp.max_size", real(gp.max_size));
}

/// What is drawn from a population has to fit into it. All that does not is named at once: a person who makes the
/// population small has set none of it.
void check_population(const Configuration& configuration) {
  const GpParameters& gp = configuration.gp;
  std::vector<std::string> too_large;
  const auto require_at_most = [&too_large](std::string_view key, std::size_t value, std::size_t most) {
    if (value > most) {
      too_large.push_back(fmt::format("{} = {} (at most {})", key, value, most));
    }
  };
  require_at_most("gp.tournament_size", gp.tournament_size, gp.population);
  // At least one place is for offspring.
  require_at_most("gp.elites", gp.elites, gp.population - 1);
  require_at_most("gp.tuning_formulas", gp.tuning_formulas, gp.population);
  if (configuration.migration.topology != TopologyKind::none) {
    require_at_most("migration.migrants", configuration.migration.migrants, gp.population);
  }
  if (!too_large.empty()) {
    throw InputError(fmt::format("configuration: gp.population = {} is too small for {}: lower them, or raise it",
                                 gp.population, fmt::join(too_large, ", ")));
  }
}

void check_rates(const VariationRates& rates) {
  const double sum = rates.crossover + rates.subtree_mutation + rates.point_mutation + rates.hoist_mutation +
                     rates.insert_mutation + rates.delete_mutation + rates.constant_mutation;
  if (!(sum > 0.0)) {
    throw InputError("configuration: all gp.rates are 0: at least one way to make a child must have a rate above 0");
  }
}

void check_weights(const Configuration& configuration) {
  const auto& weights = configuration.fitness.weights;
  if (!weights.empty() && configuration.gp.aggregate != Aggregate::weighted_mean) {
    throw InputError(
        "configuration: fitness.weights has no effect: set fitness.aggregate = \"weighted_mean\", or leave the weights "
        "out");
  }
}

void check_distinct(std::string_view key, std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    throw InputError(fmt::format("configuration: {} names \"{}\" twice: name each once", key, *twice));
  }
}

void check_live(const Configuration& configuration) {
  std::vector<std::string> names;
  for (const LiveProblem& live : configuration.live) {
    names.push_back(live.problem());
  }
  check_distinct("[[live]]", names);
  if (configuration.data.problems.empty() && configuration.live.empty()) {
    throw InputError(
        "configuration: there is no problem (data.problems = []): name at least one, or describe one in [[live]]");
  }
}

}  // namespace

DataSettings::DataSettings()
    : problems{"nb201_fashion_mnist", "tnb101-macro_fashion_mnist", "tnb101-macro_fashion_mnist_rotation"} {}

void check_configuration(const Configuration& configuration) {
  check_sizes(configuration.gp);
  check_population(configuration);
  check_rates(configuration.gp.rates);
  check_weights(configuration);
  check_distinct("data.problems", configuration.data.problems);
  check_distinct("data.terminals", configuration.data.terminals);
  check_live(configuration);
}

std::map<std::string, std::string> result_settings(const Configuration& configuration) {
  std::map<std::string, std::string> settings;
  for (const Key& key : configuration_keys()) {
    if (key.on_resume == OnResume::fixed) {
      settings[key.path] = to_toml_text(key.get(configuration));
    }
  }
  for (const LiveProblem& live : configuration.live) {
    for (const LiveKey& key : live_keys()) {
      if (key.on_resume == OnResume::fixed) {
        settings[fmt::format("live.{}.{}", live.problem(), name_of(key.path))] = to_toml_text(key.get(live));
      }
    }
  }
  return settings;
}

GpParameters make_gp_parameters(const Configuration& configuration, std::span<const std::string> problem_names) {
  GpParameters gp = configuration.gp;
  gp.primitives = PrimitiveSet::parse(configuration.primitives);
  if (gp.aggregate != Aggregate::weighted_mean) {
    return gp;
  }
  gp.weights.assign(problem_names.size(), 1.0);
  for (const auto& [name, weight] : configuration.fitness.weights) {
    const auto found = std::find(problem_names.begin(), problem_names.end(), name);
    if (found == problem_names.end()) {
      throw InputError(
          fmt::format("configuration: fitness.weights names \"{}\", which is none of the run's problems: "
                      "expected a name such as \"{}\"",
                      name, problem_names.empty() ? "space/task" : problem_names.front()));
    }
    gp.weights[static_cast<std::size_t>(found - problem_names.begin())] = weight;
  }
  const double sum = std::accumulate(gp.weights.begin(), gp.weights.end(), 0.0);
  if (sum == 0.0) {
    throw InputError("configuration: fitness.weights gives every problem the weight 0: at least one must be above 0");
  }
  if (!std::isfinite(sum)) {
    throw InputError("configuration: the sum of fitness.weights is not finite: give smaller ones, only ratios matter");
  }
  return gp;
}

std::vector<std::filesystem::path> data_folders(const Configuration& configuration) {
  namespace fs = std::filesystem;
  const fs::path own =
      configuration.source.empty() ? fs::current_path() : fs::absolute(configuration.source).parent_path();
  std::vector<fs::path> folders;
  const auto add = [&folders](const fs::path& folder) {
    fs::path normal = fs::absolute(folder).lexically_normal();
    if (!normal.has_filename()) {
      // A slash at the end makes no other folder.
      normal = normal.parent_path();
    }
    if (std::find(folders.begin(), folders.end(), normal) == folders.end()) {
      folders.push_back(normal);
    }
  };
  for (const std::string& folder : configuration.data.folders) {
    add(own / folder);
  }
  if (const char* variable = std::getenv("ZCMPI_DATA"); variable != nullptr && *variable != '\0') {
    add(variable);
  }
  if (!configuration.source.empty()) {
    add(own);
  }
  for (const fs::path& share : share_folders()) {
    if (is_folder(share / "data")) {
      add(share / "data");
    }
  }
  return folders;
}

}  // namespace zcmpi
