/// \file
/// The live problems of a run: what their features are computed from, and the computation on all ranks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cache_sources.hpp"
#include "feature_source.hpp"
#include "rank_agreement.hpp"
#include "time_limit.hpp"
#include "zcmpi/app/configuration.hpp"
#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/data/problem.hpp"
#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// One of them, ready to be computed. An InputError that a function throws, other than the constructor, names it.
class LiveProblemSource {
 public:
  /// Reads images, architectures and accuracies; `folders` are looked in for tables. Networks are computed on this CUDA
  /// device; nullopt: on the host. Throws InputError.
  LiveProblemSource(const LiveProblem& live, std::span<const std::filesystem::path> folders,
                    std::optional<int> cuda_device);

  /// "space/name"
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<std::string>& architectures() const { return architectures_; }
  [[nodiscard]] const FeatureList& features() const { return features_; }
  [[nodiscard]] const FeatureSource& source() const { return source_; }
  /// Folders of feature caches that are read too.
  [[nodiscard]] std::span<const std::filesystem::path> caches() const { return caches_; }
  /// Leaves those that are there. Throws InputError where one is not, if that is refused.
  void keep_caches(MissingFolder missing) { caches_ = existing_cache_folders(caches_, missing); }
  /// Digests of what was read, by name, and where proxies are computed. Equal ones give the same problem, wherever the
  /// files lie.
  [[nodiscard]] SharedFacts facts() const;
  /// The problem, of what was computed.
  [[nodiscard]] Problem make(const ComputedTable& computed) const;
  /// The problem with 0 for every proxy: whether a run can be made of it shows before hours of computing.
  [[nodiscard]] Problem rehearsal() const;

 private:
  std::string name_;
  std::string task_;
  std::string accuracies_name_;
  FeatureList features_;
  FeatureSource source_;
  Problem known_;
  std::vector<std::string> architectures_;
  std::vector<std::filesystem::path> caches_;
};

/// What a run begins with.
enum class LiveStart : std::uint8_t {
  /// Nothing but, perhaps, features: values that are missing for reasons that are not final are computed again.
  anew,
  /// Populations, so that the data must stay what they were.
  checkpoint,
};

inline NotFinal not_final_of(LiveStart start) { return start == LiveStart::anew ? NotFinal::replace : NotFinal::keep; }

/// Those of the configuration, in order. Not collective. Throws InputError.
std::vector<LiveProblemSource> read_live_problems(const Configuration& configuration, std::optional<int> cuda_device,
                                                  LiveStart start);

/// See LiveProblemSource::facts; of several, their order too.
SharedFacts facts_of(std::span<const LiveProblemSource> sources);

/// Not collective. For a run that goes on in another folder: what its feature caches hold of these problems comes
/// before what those have that are there. Throws InputError where one is damaged.
void take_features_along(std::span<const LiveProblemSource> sources, const RunFolder& from, const RunFolder& to);

struct LiveWorkOptions {
  LiveStart start = LiveStart::anew;
  TimeLimit limit{0.0};
  /// On rank 0, now and then: whether a person wants a stop.
  std::function<bool()> stop_requested{};
  double log_period_seconds = 10.0;
};

/// Collective. Computes what no cache in the folder has yet, each rank with a cache of its own, and gives every rank
/// the same problems; nullopt when it was stopped before all was computed, which rank 0 logs.
std::optional<std::vector<Problem>> compute_live_problems(const Communicator& world,
                                                          std::span<const LiveProblemSource> sources,
                                                          const RunFolder& folder, const LiveWorkOptions& options = {});

}  // namespace zcmpi
