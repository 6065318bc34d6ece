#include "feature_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "gathered_table.hpp"
#include "image_options.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/core/version.hpp"
#include "zcmpi/data/images.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/nas/graph_features.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view random_images = "random";
constexpr std::string_view graph_name = "graph";

/// The proxies that are to be computed.
std::vector<Proxy> lacking(const FeatureCache& cache, std::string_view architecture, std::span<const Proxy> proxies,
                           NotFinal not_final) {
  std::vector<Proxy> missing;
  std::ranges::copy_if(proxies, std::back_inserter(missing),
                       [&](Proxy proxy) { return cache.lacks(architecture, to_text(proxy), not_final); });
  return missing;
}

/// What the cache has of these.
ComputedTable known(const FeatureCache& cache, std::span<const std::string> architectures,
                    std::span<const Proxy> proxies) {
  ComputedTable table;
  for (const auto& architecture : architectures) {
    for (const Proxy proxy : proxies) {
      if (const auto value = cache.find(architecture, to_text(proxy))) {
        table.set(architecture, to_text(proxy), *value);
      }
    }
  }
  return table;
}

/// A batch that no machine computes proxies of; numbers of 4 bytes.
constexpr std::uint64_t most_batch_numbers = std::uint64_t{1} << 31U;

void check_batch_size(std::uint32_t images, const ImageShape& shape) {
  if (images * std::uint64_t{shape.size()} > most_batch_numbers) {
    throw InputError(fmt::format(
        "a batch of {} images of {} x {} x {} is too large: expected at most {} GiB; give a smaller --batch or "
        "--resolution",
        images, shape.channels, shape.height, shape.width, most_batch_numbers * sizeof(float) >> 30U));
  }
}

/// What is to be done, the most expensive first, with how much of it all is done after so many.
struct ToDo {
  std::vector<std::size_t> architectures;
  std::vector<double> share_after{0.0};
  /// How many of them lack only what is missing for a reason that is not final.
  std::size_t again = 0;
};

/// `done` need not be whole.
double share_after(const ToDo& to_do, double done) {
  const auto whole = std::min(static_cast<std::size_t>(done), to_do.share_after.size() - 1);
  const auto next = std::min(whole + 1, to_do.share_after.size() - 1);
  return std::lerp(to_do.share_after[whole], to_do.share_after[next], done - std::floor(done));
}

ToDo plan_work(const Communicator& world, const FeatureSource& source, std::span<const std::string> architectures,
               std::span<const Proxy> proxies, const FeatureCache& cache, NotFinal not_final) {
  ToDo to_do;
  std::vector<double> costs;
  world.agree([&] {
    for (std::size_t i = 0; world.rank() == 0 && i < architectures.size(); ++i) {
      if (!lacking(cache, architectures[i], proxies, not_final).empty()) {
        to_do.again += lacking(cache, architectures[i], proxies, NotFinal::keep).empty() ? 1U : 0U;
        to_do.architectures.push_back(i);
        costs.push_back(static_cast<double>(count_flops(source.network(architectures[i]))));
      }
    }
  });
  std::vector<std::size_t> sorted;
  const double total = std::accumulate(costs.begin(), costs.end(), 0.0);
  double done = 0.0;
  for (const std::size_t place : largest_first(costs)) {
    sorted.push_back(to_do.architectures[place]);
    done += costs[place];
    to_do.share_after.push_back(total > 0.0 ? done / total : 1.0);
  }
  to_do.architectures = broadcast_numbers(world, sorted);
  return to_do;
}

/// The curves of some rows of a table of n architectures, in their order.
LearningCurves curves_of_rows(const LearningCurves& curves, std::size_t n, std::span<const std::size_t> rows) {
  const auto chosen = [&](const std::vector<double>& values) {
    std::vector<double> result;
    for (std::size_t start = 0; start < values.size(); start += n) {
      for (const std::size_t row : rows) {
        result.push_back(values[start + row]);
      }
    }
    return result;
  };
  LearningCurves result;
  result.seeds = curves.seeds;
  result.epochs = curves.epochs;
  result.accuracy = chosen(curves.accuracy);
  result.loss = chosen(curves.loss);
  result.training_accuracy = chosen(curves.training_accuracy);
  result.validation_accuracy = chosen(curves.validation_accuracy);
  return result;
}

}  // namespace

FeatureList parse_features(std::string_view text) {
  FeatureList list;
  const auto add = [&](std::string_view names) {
    for (const Proxy proxy : parse_proxies(names, graph_name)) {
      if (std::ranges::find(list.proxies, proxy) == list.proxies.end()) {
        list.proxies.push_back(proxy);
      }
    }
  };
  for (const auto name : split_at_commas(text)) {
    name == graph_name ? static_cast<void>(list.graph_features = true) : add(name);
  }
  return list;
}

void require_computable(std::span<const Proxy> proxies, std::string_view otherwise) {
  for (const Proxy proxy : proxies) {
    if (const auto reason = why_not_computable(proxy); !reason.empty()) {
      throw InputError(fmt::format("{} cannot be computed here ({}): expected {}{}", to_text(proxy), reason,
                                   torch_remedy, otherwise));
    }
  }
}

FeatureSource::FeatureSource(FeatureSettings settings, std::optional<int> cuda_device)
    : settings_(std::move(settings)), space_(find_space(settings_.space)) {
  if (settings_.batch == 0) {
    throw InputError("--batch 0: expected at least one image");
  }
  const bool is_rotation = is_rotation_task(settings_.images);
  if (settings_.images.images == random_images) {
    if (is_rotation) {
      throw InputError(
          "random images cannot be turned images: name a file with --images, or leave out --task rotation");
    }
    if (settings_.augment) {
      throw InputError("random images are not augmented: name a file with --images, or leave out --augment");
    }
    const std::uint32_t size = settings_.images.resolution == 0 ? ImageShape{}.height : settings_.images.resolution;
    const ImageShape shape{.channels = 3, .height = size, .width = size};
    check_batch_size(settings_.batch, shape);
    batch_ = random_batch(shape, settings_.classes == 0 ? ImageBatch{}.classes : settings_.classes, settings_.batch,
                          settings_.seed);
  } else {
    const auto images = prepare(read_images(settings_.images.images), settings_.images);
    images_digest_ = digest_to_text(images.digest());
    task_ = is_rotation ? "rotation" : images.format;
    check_batch_size(settings_.batch, images.shape);
    batch_ = first_batch(images, settings_.batch, settings_.seed, augmentation());
  }
  network_ = {.channels = settings_.channels,
              .cells = settings_.cells,
              .classes = settings_.classes == 0 ? batch_.classes : settings_.classes,
              .image = batch_.shape};
  if (network_.classes < batch_.classes) {
    throw InputError(fmt::format("networks of {} classes (--classes, live.classes) are too few: the images have {}",
                                 network_.classes, batch_.classes));
  }
  if (network_.classes == 1) {
    throw InputError(
        "there is one class, of which networks learn nothing: expected images of at least two, or --classes");
  }
  // Graph features are those of any space.
  if (has_networks(space_)) {
    network_ = complete(space_, network_);
  }
  options_.seed = settings_.seed;
  options_.cuda_device = cuda_device;
}

CacheSettings FeatureSource::cache_settings() const {
  return {{"space", std::string(space_.name())},
          {"images_digest", images_digest_},
          {"batch", fmt::format("{}", settings_.batch)},
          {"augmentation", std::string(to_text(augmentation()))},
          {"batch_digest", digest_to_text(batch_.digest())},
          {"seed", fmt::format("{}", settings_.seed)},
          {"ntk_images", fmt::format("{}", options_.ntk_images)},
          {"network_channels", fmt::format("{}", network_.channels)},
          {"network_cells", fmt::format("{}", network_.cells)},
          {"network_classes", fmt::format("{}", network_.classes)},
          {"network_image",
           fmt::format("{} x {} x {}", network_.image.channels, network_.image.height, network_.image.width)},
          {"device", options_.cuda_device ? "cuda" : "cpu"},
          {"proxy_definitions", fmt::format("{}", proxy_definitions_version)},
          {"program_version", std::string(version())}};
}

std::map<std::string, std::string> FeatureSource::provenance() const {
  auto texts = cache_settings();
  texts.erase("space");
  texts["source"] = features_source;
  texts["git_revision"] = git_revision();
  texts["image_task"] = settings_.images.task;
  texts["images"] = std::filesystem::path(settings_.images.images).filename().string();
  return texts;
}

Network FeatureSource::network(std::string_view architecture) const {
  const auto parsed = space_.parse(architecture);
  try {
    return build_network(space_, parsed, network_);
  } catch (const InputError& error) {
    throw InputError(fmt::format("no network of {}: {}", architecture, error.what()));
  }
}

std::vector<ProxyValue> FeatureSource::compute(std::string_view architecture, std::span<const Proxy> proxies) const {
  return compute_proxies(network(architecture), batch_, proxies, options_);
}

FeatureWorkOutcome compute_features(const Communicator& world, const FeatureSource& source,
                                    std::span<const std::string> architectures, std::span<const Proxy> proxies,
                                    FeatureCache& cache, const FeatureWorkOptions& options) {
  const auto to_do = plan_work(world, source, architectures, proxies, cache, options.not_final);
  FeatureWorkOutcome outcome;
  outcome.computed_again = to_do.again;
  outcome.done_before = architectures.size() - to_do.architectures.size();
  const auto start = std::chrono::steady_clock::now();
  const auto seconds_limit = options.limit.seconds_left();
  const auto report = [&](const WorkDone& done) {
    WorkProgress progress{.done = outcome.done_before + done.items,
                          .total = architectures.size(),
                          .done_before = outcome.done_before,
                          .not_reported = done.not_reported,
                          .share = share_after(to_do, static_cast<double>(done.items) + done.not_reported)};
    progress.elapsed_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    progress.seconds_to_limit = options.limit.seconds_left();
    options.on_progress(progress);
  };
  const auto write = [&] { options.goes_on ? static_cast<void>(cache.write_if_due()) : cache.write(); };
  ArchitectureWork work(world, to_do.architectures.size(),
                        {.seconds_limit = seconds_limit,
                         .stop_requested = options.stop_requested,
                         .on_progress = options.on_progress ? report : std::function<void(const WorkDone&)>(),
                         .before_waiting = write});
  std::vector<std::string> dealt_here;
  const auto compute = [&](std::size_t item) {
    const auto& architecture = architectures[to_do.architectures[item]];
    for (const auto& value : source.compute(architecture, lacking(cache, architecture, proxies, options.not_final))) {
      cache.set(architecture, to_text(value.proxy), {value.value, value.seconds, value.reason});
    }
    dealt_here.push_back(architecture);
    cache.write_if_due();
  };
  try {
    outcome.work = work.run(compute);
  } catch (...) {
    cache.write_after_failure();
    throw;
  }
  world.agree(write);
  if (outcome.work.end == WorkEnd::finished) {
    // Rank 0 may lack what this rank had already, in a folder of its node.
    outcome.computed = gather_table(
        world, known(cache, world.rank() == 0 ? architectures : std::span<const std::string>(dealt_here), proxies));
  }
  return outcome;
}

Problem make_problem(const FeatureSource& source, const std::string& task, std::vector<std::string> architectures,
                     const FeatureList& features, const ComputedTable& computed) {
  Problem problem;
  problem.space = source.space().name();
  problem.task = task;
  problem.provenance = source.provenance();
  for (const Proxy proxy : features.proxies) {
    problem.terminals.emplace_back(to_text(proxy));
    double seconds = 0.0;
    for (std::size_t i = 0; i < architectures.size(); ++i) {
      const auto& architecture = architectures[i];
      const auto value = computed.find(architecture, to_text(proxy));
      if (!value) {
        throw std::runtime_error(fmt::format("{} of {} was not computed", to_text(proxy), architecture));
      }
      problem.features.push_back(value->value);
      if (!value->reason.empty()) {
        problem.missing_reasons.add(problem.terminals.size() - 1, i, value->reason);
      }
      seconds += value->seconds;
    }
    problem.costs_seconds.push_back(seconds / static_cast<double>(architectures.size()));
  }
  if (features.graph_features) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::vector<double>> columns;
    for (const auto& architecture : architectures) {
      const auto row = graph_features(source.space(), source.space().parse(architecture));
      if (columns.empty()) {
        std::ranges::transform(row, std::back_inserter(problem.terminals), &Feature::name);
      }
      columns.resize(row.size());
      for (std::size_t i = 0; i < row.size(); ++i) {
        columns[i].push_back(row[i].value);
      }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (const auto& column : columns) {
      problem.features.insert(problem.features.end(), column.begin(), column.end());
      problem.costs_seconds.push_back(seconds / static_cast<double>(architectures.size() * columns.size()));
    }
  }
  problem.architectures = std::move(architectures);
  return problem;
}

Problem load_accuracies(const std::string& reference, const std::string& space, const std::string& task,
                        std::span<const std::filesystem::path> folders) {
  if (std::filesystem::path(reference).extension() == ".csv" && path_exists(reference)) {
    return read_csv(reference, space, task.empty() ? "task" : task);
  }
  std::vector<Problem> fitting = load_problems(reference, folders);
  std::erase_if(fitting, [&](const Problem& problem) { return problem.space != space; });
  if (fitting.size() > 1 && !task.empty()) {
    std::erase_if(fitting, [&](const Problem& problem) { return problem.task != task; });
  }
  if (fitting.size() != 1) {
    throw InputError(
        fmt::format("the table of accuracies ({}) has {} problems of the space {}{}: expected one; name it as "
                    "T.h5:space/task",
                    reference, fitting.size(), space, task.empty() ? "" : " and the task " + task));
  }
  return std::move(fitting.front());
}

void take_accuracies(Problem& problem, const SearchSpace& space, const Problem& known, const std::string& where) {
  const auto all = known.accuracies(Target::val_accuracy);
  std::map<Architecture, std::size_t> row_of;
  for (std::size_t row = 0; row < known.size(); ++row) {
    const auto [earlier, is_new] = row_of.emplace(space.parse(known.architectures[row]), row);
    if (!is_new && all[earlier->second] != all[row]) {
      throw InputError(fmt::format(
          "an architecture has two accuracies, {} as {} and {} as {} ({}): keep one of the rows", all[earlier->second],
          known.architectures[earlier->second], all[row], known.architectures[row], where));
    }
  }
  std::vector<std::string> unknown;
  std::vector<std::size_t> rows;
  for (const auto& architecture : problem.architectures) {
    const auto found = row_of.find(space.parse(architecture));
    if (found == row_of.end()) {
      unknown.push_back(architecture);
      continue;
    }
    rows.push_back(found->second);
    problem.val_accuracy.push_back(all[found->second]);
    if (!known.test_accuracy.empty()) {
      problem.test_accuracy.push_back(known.test_accuracy[found->second]);
    }
  }
  if (!unknown.empty()) {
    throw InputError(fmt::format(
        "no accuracy is known of {} of {} architectures, such as {} ({}): name only those that have one, for "
        "example all of them with --archs {}",
        unknown.size(), problem.size(), unknown.front(), where, where));
  }
  if (known.curves) {
    problem.curves = curves_of_rows(*known.curves, known.size(), rows);
  }
}

std::vector<MissingValues> count_missing(std::span<const std::string> architectures, std::span<const Proxy> proxies,
                                         const ComputedTable& computed) {
  std::vector<MissingValues> missing;
  for (const Proxy proxy : proxies) {
    std::map<std::string, std::size_t> counts;
    for (const auto& architecture : architectures) {
      const auto value = computed.find(architecture, to_text(proxy));
      if (value && !value->reason.empty()) {
        ++counts[value->reason];
      }
    }
    for (const auto& [reason, count] : counts) {
      missing.push_back({proxy, reason, count});
    }
  }
  return missing;
}

void log_missing(std::span<const MissingValues> missing, std::size_t architectures, std::string_view beginning) {
  for (const auto& [proxy, reason, count] : missing) {
    const auto line = fmt::format("{}{} is missing for {} of {}: {}", beginning, to_text(proxy), count,
                                  count_of(architectures, "architecture"), reason);
    is_final_reason(reason) ? log_info(line) : log_warning(line);
  }
}

void require_values(std::span<const MissingValues> missing, std::size_t architectures, std::string_view remedy,
                    std::string_view beginning) {
  for (const auto& one : missing) {
    std::size_t count = 0;
    for (const auto& other : missing) {
      count += other.proxy == one.proxy ? other.count : 0;
    }
    if (count == architectures && !is_final_reason(one.reason)) {
      const auto of_some = one.count < architectures ? fmt::format("of {}: ", one.count) : std::string();
      throw std::runtime_error(fmt::format("{}{} could not be computed for any of {} ({}{}): {}", beginning,
                                           to_text(one.proxy), count_of(architectures, "architecture"), of_some,
                                           one.reason, remedy));
    }
  }
}

}  // namespace zcmpi
