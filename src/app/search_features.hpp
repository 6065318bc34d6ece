/// \file
/// The features that a search computes on its way, batch by batch, on all ranks; rank 0 gets to know all of them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cache_sources.hpp"
#include "feature_source.hpp"
#include "zcmpi/data/computed_table.hpp"
#include "zcmpi/data/feature_cache.hpp"
#include "zcmpi/island/communicator.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {

/// In evaluations.
struct SearchLength {
  /// Of the results that are there.
  std::size_t before = 0;
  std::size_t wanted = 0;
};

class SearchFeatures {
 public:
  /// Collective. Keeps what this rank computes in a cache in `folder`, and takes over what the folders `sources` have.
  /// What is missing for reasons that are not final is computed again unless there are results of more than a few
  /// evaluations, which must not change. The first three must outlive the object. Throws InputError.
  SearchFeatures(const Communicator& world, const FeatureSource& source, std::span<const Proxy> proxies,
                 const std::filesystem::path& folder, std::span<const std::filesystem::path> sources,
                 const SearchLength& length);

  /// Collective. Computes what no cache has of these architectures. False when it was stopped before all was computed.
  /// Throws as require_values does when the first few show that a proxy cannot be computed now, unless what is missing
  /// is kept.
  bool compute(std::span<const std::string> architectures, FeatureWorkOptions options);

  /// On rank 0, of architectures that were computed: a column a proxy, NaN where there is no value.
  [[nodiscard]] std::vector<double> columns(std::span<const std::string> architectures) const;
  /// On rank 0: see feature_source.hpp.
  void log_missing(std::span<const std::string> architectures) const {
    zcmpi::log_missing(count_missing(architectures, proxies_, known_), architectures.size());
  }
  /// Architectures that all ranks have computed something of: not those that a cache had.
  [[nodiscard]] std::size_t computed() const { return computed_; }

  /// See cache_sources.hpp.
  void log_sources(std::span<const std::filesystem::path> sources) const { zcmpi::log_sources(cache_, sources); }
  /// Writes this rank's cache.
  void write() { cache_.write(); }
  /// See FeatureCache.
  void write_after_failure() noexcept { cache_.write_after_failure(); }

 private:
  const Communicator& world_;
  const FeatureSource& source_;
  std::span<const Proxy> proxies_;
  /// Of architectures, to tell whether a proxy can be computed here.
  std::size_t enough_;
  NotFinal not_final_;
  FeatureCache cache_;
  /// On all ranks, what was computed before; on rank 0, what came of it.
  std::set<std::string, std::less<>> seen_;
  ComputedTable known_;
  std::size_t computed_ = 0;
  bool has_required_values_ = false;
};

}  // namespace zcmpi
