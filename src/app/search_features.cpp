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

FeatureCache open_cache(const Communicator& world, const FeatureSource& source, const std::filesystem::path& folder,
                        std::span<const std::filesystem::path> sources) {
  std::optional<FeatureCache> cache;
  // All ranks have read what is there before the first of them writes.
  world.agree([&] { cache.emplace(folder, source.cache_settings(), world.rank(), sources, NotFinal::keep); });
  return std::move(*cache);
}

}  // namespace

SearchFeatures::SearchFeatures(const Communicator& world, const FeatureSource& source, std::span<const Proxy> proxies,
                               const std::filesystem::path& folder, std::span<const std::filesystem::path> sources)
    : world_(world), source_(source), proxies_(proxies), cache_(open_cache(world, source, folder, sources)) {}

bool SearchFeatures::compute(std::span<const std::string> architectures, FeatureWorkOptions options) {
  if (proxies_.empty()) {
    return true;
  }
  std::vector<std::string> unseen;
  std::ranges::copy_if(architectures, std::back_inserter(unseen),
                       [&](const std::string& architecture) { return !seen_.contains(architecture); });
  options.goes_on = true;
  const auto outcome = compute_features(world_, source_, unseen, proxies_, cache_, options);
  computed_ += outcome.work.done;
  if (outcome.work.end == WorkEnd::stopped) {
    return false;
  }
  known_.merge(outcome.computed);
  seen_.insert(unseen.begin(), unseen.end());
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
