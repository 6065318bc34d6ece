#include "search_features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace zcmpi {
namespace {

/// Architectures that are unlikely to be all too large for a machine on which the others are not.
constexpr std::size_t enough_to_tell = 10;

FeatureCache open_cache(const Communicator& world, const FeatureSource& source, const std::filesystem::path& folder,
                        std::span<const std::filesystem::path> sources, NotFinal not_final) {
  std::optional<FeatureCache> cache;
  // All ranks have read what is there before the first of them writes.
  world.agree([&] { cache.emplace(folder, source.cache_settings(), world.rank(), sources, not_final); });
  return std::move(*cache);
}

}  // namespace

SearchFeatures::SearchFeatures(const Communicator& world, const FeatureSource& source, std::span<const Proxy> proxies,
                               const std::filesystem::path& folder, std::span<const std::filesystem::path> sources,
                               const SearchLength& length)
    : world_(world),
      source_(source),
      proxies_(proxies),
      enough_(std::min(enough_to_tell, length.wanted)),
      not_final_(length.before >= enough_ ? NotFinal::keep : NotFinal::replace),
      cache_(open_cache(world, source, folder, sources, not_final_)) {}

bool SearchFeatures::compute(std::span<const std::string> architectures, FeatureWorkOptions options) {
  if (proxies_.empty()) {
    return true;
  }
  std::vector<std::string> unseen;
  std::ranges::copy_if(architectures, std::back_inserter(unseen),
                       [&](const std::string& architecture) { return !seen_.contains(architecture); });
  options.goes_on = true;
  options.not_final = not_final_;
  const auto outcome = compute_features(world_, source_, unseen, proxies_, cache_, options);
  computed_ += outcome.work.done;
  if (outcome.work.end == WorkEnd::stopped) {
    return false;
  }
  known_.merge(outcome.computed);
  seen_.insert(unseen.begin(), unseen.end());
  if (not_final_ == NotFinal::replace && !has_required_values_ && seen_.size() >= enough_) {
    world_.agree([&] {
      if (world_.rank() == 0) {
        require_values(count_missing(known_.architectures(), proxies_, known_), seen_.size(),
                       fmt::format("the same command with --resume {}; or search with a formula that does not read it",
                                   tries_again));
      }
    });
    has_required_values_ = true;
  }
  return true;
}

std::vector<double> SearchFeatures::columns(std::span<const std::string> architectures) const {
  std::vector<double> values;
  for (const Proxy proxy : proxies_) {
    for (const auto& architecture : architectures) {
      const auto value = known_.find(architecture, to_text(proxy));
      if (!value) {
        throw std::runtime_error(fmt::format("{} of {} was not computed", to_text(proxy), architecture));
      }
      values.push_back(value->value);
    }
  }
  return values;
}

}  // namespace zcmpi
