#include "live_problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>

#include "architecture_list.hpp"
#include "cache_sources.hpp"
#include "progress_output.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

FeatureList features_of(const LiveProblem& live) {
  auto features = parse_features(live.proxies);
  require_computable(features.proxies, ", or a table in data.problems");
  return features;
}

std::vector<std::string> architectures_of(const LiveProblem& live, const SearchSpace& space, const Problem& known,
                                          std::span<const fs::path> folders) {
  return live.architectures.empty()
             ? list_architectures(space, known, live.accuracies)
             : list_architectures(space, live.architectures, folders, known, live.accuracies, "architectures");
}

/// Names the problem in what is wrong with it.
template <class Action>
auto in_problem(const std::string& name, const Action& action) {
  try {
    return action();
  } catch (const InputError& error) {
    throw InputError(fmt::format("live problem {}: {}", name, error.what()));
  }
}

/// As a table would be named.
fs::path cache_folder(const RunFolder& folder, const LiveProblemSource& source) {
  std::string name = source.name();
  std::ranges::replace(name, '/', '_');
  return folder.features() / name;
}

}  // namespace

LiveProblemSource::LiveProblemSource(const LiveProblem& live, std::span<const fs::path> folders,
                                     std::optional<int> cuda_device)
    : name_(live.problem()),
      task_(live.name),
      accuracies_name_(live.accuracies),
      features_(features_of(live)),
      source_(live.settings, cuda_device),
      known_(load_accuracies(live.accuracies, live.settings.space, live.name, folders)),
      architectures_(architectures_of(live, source_.space(), known_, folders)),
      caches_(live.caches.begin(), live.caches.end()) {
  // Whether networks can be made of all this shows in the first one.
  if (!features_.proxies.empty()) {
    static_cast<void>(source_.network(architectures_.front()));
  }
}

SharedFacts LiveProblemSource::facts() const {
  const auto settings = source_.cache_settings();
  Problem accuracies;
  accuracies.architectures = architectures_;
  in_problem(name_, [&] { take_accuracies(accuracies, source_.space(), known_, accuracies_name_); });
  SharedFacts facts{{"images of " + name_, settings.at("images_digest")},
                    {"architectures of " + name_, digest_of_architectures(architectures_)},
                    {"accuracies of " + name_, digest_to_text(accuracies.digest())}};
  if (!features_.proxies.empty()) {
    facts["device of " + name_] = settings.at("device");
  }
  return facts;
}

Problem LiveProblemSource::make(const ComputedTable& computed) const {
  return in_problem(name_, [&] {
    auto problem = make_problem(source_, task_, architectures_, features_, computed);
    take_accuracies(problem, source_.space(), known_, accuracies_name_);
    return problem;
  });
}

Problem LiveProblemSource::rehearsal() const {
  ComputedTable zeros;
  for (const auto& architecture : architectures_) {
    for (const Proxy proxy : features_.proxies) {
      zeros.set(architecture, to_text(proxy), {0.0, 0.0, ""});
    }
  }
  return make(zeros);
}

std::vector<LiveProblemSource> read_live_problems(const Configuration& configuration, std::optional<int> cuda_device,
                                                  LiveStart start) {
  const auto folders = data_folders(configuration);
  std::vector<LiveProblemSource> sources;
  for (const LiveProblem& live : configuration.live) {
    sources.push_back(in_problem(live.problem(), [&] {
      LiveProblemSource source(live, folders, cuda_device);
      source.keep_caches(start == LiveStart::anew ? MissingFolder::refused : MissingFolder::left_out);
      return source;
    }));
  }
  return sources;
}

SharedFacts facts_of(std::span<const LiveProblemSource> sources) {
  SharedFacts facts;
  for (const auto& source : sources) {
    facts.merge(source.facts());
  }
  if (sources.size() > 1) {
    std::vector<std::string> names;
    std::ranges::transform(sources, std::back_inserter(names), &LiveProblemSource::name);
    facts["live problems"] = join(names, ",");
  }
  return facts;
}

void take_features_along(std::span<const LiveProblemSource> sources, const RunFolder& from, const RunFolder& to) {
  if (std::error_code unknown; fs::equivalent(from.root, to.root, unknown)) {
    return;
  }
  for (const auto& source : sources) {
    const auto settings = source.source().cache_settings();
    auto table = FeatureCache(cache_folder(from, source), settings, 0).known();
    if (table.columns().empty()) {
      continue;
    }
    // What is there comes second: the run's populations are of its own.
    const FeatureCache there(cache_folder(to, source), settings, 0);
    table.merge(there.known());
    make_folder(there.folder());
    write_cache_file(there.file(), settings, table);
  }
}

namespace {

/// Collective.
std::unique_ptr<FeatureCache> open_cache(const Communicator& world, const LiveProblemSource& source,
                                         const RunFolder& folder, LiveStart start) {
  const auto own = cache_folder(folder, source);
  const auto settings = source.source().cache_settings();
  std::unique_ptr<FeatureCache> cache;
  world.agree([&] {
    cache = std::make_unique<FeatureCache>(own, settings, world.rank(), source.caches(), not_final_of(start));
    if (world.rank() == 0) {
      log_info(
          fmt::format("live problem {}: {}", source.name(), count_of(source.architectures().size(), "architecture")));
      std::vector<fs::path> folders(source.caches().begin(), source.caches().end());
      if (!cache_files(own).empty()) {
        folders.push_back(own);
      }
      log_sources(*cache, folders, fmt::format("live problem {}: ", source.name()));
    }
  });
  return cache;
}

}  // namespace

std::optional<std::vector<Problem>> compute_live_problems(const Communicator& world,
                                                          std::span<const LiveProblemSource> sources,
                                                          const RunFolder& folder, const LiveWorkOptions& options) {
  const bool is_first_rank = world.rank() == 0;
  std::vector<Problem> problems;
  for (const auto& source : sources) {
    const auto cache = open_cache(world, source, folder, options.start);
    FeatureWorkOptions work;
    work.not_final = not_final_of(options.start);
    work.stop_requested = options.stop_requested;
    work.limit = options.limit;
    ProgressOutput output(options.log_period_seconds);
    work.on_progress = [&](const WorkProgress& progress) { output.show(progress); };
    const auto outcome =
        compute_features(world, source.source(), source.architectures(), source.features().proxies, *cache, work);
    output.finish();
    if (is_first_rank && !source.features().proxies.empty()) {
      log_info(fmt::format("live problem {}: computed {}, {} were there before", source.name(),
                           count_of(outcome.work.done, "architecture"), outcome.done_before));
    }
    if (outcome.work.end == WorkEnd::stopped) {
      if (is_first_rank) {
        log_info(
            fmt::format("stopped early, before the first generation{}; what was computed is kept, and the same "
                        "command goes on",
                        options.start == LiveStart::anew ? "" : " after the checkpoint"));
      }
      return std::nullopt;
    }
    Problem problem;
    world.agree([&] {
      if (is_first_rank) {
        const auto beginning = fmt::format("live problem {}: ", source.name());
        const auto total = source.architectures().size();
        const auto missing = count_missing(source.architectures(), source.features().proxies, outcome.computed);
        log_missing(missing, total, beginning);
        if (options.start == LiveStart::anew) {
          require_values(missing, total,
                         fmt::format("the same command {}; or leave the proxy out of its `proxies`", tries_again),
                         beginning);
        }
      }
      problem = is_first_rank ? source.make(outcome.computed) : source.rehearsal();
    });
    problem.features = broadcast_numbers(world, problem.features);
    problem.costs_seconds = broadcast_numbers(world, problem.costs_seconds);
    problems.push_back(std::move(problem));
  }
  // The generations that follow need little.
  release_freed_memory();
  return problems;
}

}  // namespace zcmpi
