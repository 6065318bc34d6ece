/// \file
/// Where the features of architectures come from: networks, a batch of images, proxies. And their computation on all
/// ranks, through caches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "architecture_work.hpp"
#include "time_limit.hpp"
#include "zcmpi/app/feature_settings.hpp"
#include "zcmpi/app/progress.hpp"
#include "zcmpi/data/feature_cache.hpp"
#include "zcmpi/data/image_batch.hpp"
#include "zcmpi/data/problem.hpp"
#include "zcmpi/nas/search_space.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {

/// Which features are wanted.
struct FeatureList {
  std::vector<Proxy> proxies;
  bool graph_features = false;
};

/// Reads names between commas. Throws InputError.
FeatureList parse_features(std::string_view text);

/// Throws InputError when one of them cannot be computed here; `otherwise` ends what is expected, after what every
/// command expects.
void require_computable(std::span<const Proxy> proxies, std::string_view otherwise = "");

/// What the provenance of tables says their source is.
inline constexpr std::string_view features_source = "zcmpi features";

/// Architectures are texts as their space prints them.
class FeatureSource {
 public:
  /// Reads the images. Networks are computed on this CUDA device; nullopt: on the host. Throws InputError.
  explicit FeatureSource(FeatureSettings settings, std::optional<int> cuda_device = std::nullopt);

  [[nodiscard]] const SearchSpace& space() const { return space_; }
  /// After the images: "cifar10", "idx", "random".
  [[nodiscard]] const std::string& task() const { return task_; }
  /// All that tells a value from one computed otherwise.
  [[nodiscard]] CacheSettings cache_settings() const;
  /// For people and for other programs.
  [[nodiscard]] std::map<std::string, std::string> provenance() const;

  [[nodiscard]] Network network(std::string_view architecture) const;
  [[nodiscard]] std::vector<ProxyValue> compute(std::string_view architecture, std::span<const Proxy> proxies) const;

 private:
  [[nodiscard]] Augmentation augmentation() const {
    return settings_.augment ? Augmentation::crop_and_flip : Augmentation::none;
  }

  FeatureSettings settings_;
  const SearchSpace& space_;
  ImageBatch batch_;
  /// Of the whole set; "random" for random images.
  std::string images_digest_ = "random";
  std::string task_ = "random";
  NetworkSettings network_;
  ProxyOptions options_;
};

struct FeatureWorkOptions {
  NotFinal not_final = NotFinal::keep;
  /// More is to be computed with the same cache: it is written when that is due, and the caller writes it in the end.
  bool goes_on = false;

  TimeLimit limit{0.0};
  /// On rank 0: see WorkOptions.
  std::function<bool()> stop_requested{};
  /// On rank 0.
  std::function<void(const WorkProgress&)> on_progress{};
};

struct FeatureWorkOutcome {
  WorkOutcome work;
  /// Architectures that had everything before.
  std::size_t done_before = 0;
  /// On rank 0: architectures that had everything, but values that were missing for reasons that are not final.
  std::size_t computed_again = 0;
  /// On rank 0, unless the work was stopped: all values of the architectures, whoever computed them and when.
  ComputedTable computed;
};

/// Collective. Computes what no cache has yet; each rank keeps what it computes in its own, and tells rank 0. The large
/// networks come first.
FeatureWorkOutcome compute_features(const Communicator& world, const FeatureSource& source,
                                    std::span<const std::string> architectures, std::span<const Proxy> proxies,
                                    FeatureCache& cache, const FeatureWorkOptions& options = {});

/// The problem of these architectures, without accuracies. Every value must have been computed.
Problem make_problem(const FeatureSource& source, const std::string& task, std::vector<std::string> architectures,
                     const FeatureList& features, const ComputedTable& computed);

/// The problem whose accuracies are meant: a CSV, or the one of the space among those that load_problems finds; where
/// there are several, the one of the task. Throws InputError.
Problem load_accuracies(const std::string& reference, const std::string& space, const std::string& task,
                        std::span<const std::filesystem::path> folders);

/// Takes over the accuracies that `known` has for all architectures of `problem`, whatever form they are written in,
/// and the learning curves if there are any. Throws InputError when there is an architecture without one, or with two
/// that differ.
void take_accuracies(Problem& problem, const SearchSpace& space, const Problem& known, const std::string& where);

/// How many values of a proxy are missing for one reason.
struct MissingValues {
  Proxy proxy{};
  std::string reason;
  std::size_t count = 0;
};

/// By proxy, then by reason; empty when none is missing.
std::vector<MissingValues> count_missing(std::span<const std::string> architectures, std::span<const Proxy> proxies,
                                         const ComputedTable& computed);

/// Logs a line for each, after `beginning`: a warning where another machine might come to a value.
void log_missing(std::span<const MissingValues> missing, std::size_t architectures, std::string_view beginning = "");

/// What a command that goes on does where something is missing for a reason that is not final.
inline constexpr std::string_view tries_again = "tries again, as on a larger machine or with fewer ranks";

/// Throws std::runtime_error where some proxy has no value at all, and not only for reasons that are final: what
/// follows would take it for one that says nothing. `beginning` comes first in the message, `remedy` last.
void require_values(std::span<const MissingValues> missing, std::size_t architectures, std::string_view remedy,
                    std::string_view beginning = "");

}  // namespace zcmpi
