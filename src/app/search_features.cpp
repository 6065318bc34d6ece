#include "search_features.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace zcmpi {
namespace {

using Json = nlohmann::json;

FeatureCache open_cache(const Communicator& world, const FeatureSource& source, const std::filesystem::path& folder) {
  std::optional<FeatureCache> cache;
  world.agree([&] { cache.emplace(folder, source.cache_settings(), world.rank()); });
  // All ranks have read what is there before the first of them writes.
  world.barrier();
  return std::move(*cache);
}

/// A value, or the reason why there is none. Numbers are printed so that they read back exactly.
Json to_json(const ComputedValue& value) { return value.reason.empty() ? Json(value.value) : Json(value.reason); }

ComputedValue value_of(const Json& json) {
  return json.is_string() ? ComputedValue{.reason = json.get<std::string>()}
                          : ComputedValue{.value = json.get<double>()};
}

}  // namespace

SearchFeatures::SearchFeatures(const Communicator& world, const FeatureSource& source, std::span<const Proxy> proxies,
                               const std::filesystem::path& folder)
    : world_(world), source_(source), proxies_(proxies), cache_(open_cache(world, source, folder)) {}

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
  tell_first_rank(unseen, outcome.computed_here);
  seen_.insert(unseen.begin(), unseen.end());
  return true;
}

void SearchFeatures::tell_first_rank(std::span<const std::string> architectures,
                                     std::span<const std::size_t> computed_here) {
  // Rank 0's cache has what it computed itself, and what all ranks had before.
  auto message = Json::array();
  for (const std::size_t place : computed_here) {
    auto values = Json::array();
    for (const Proxy proxy : proxies_) {
      values.push_back(to_json(cache_.find(architectures[place], to_text(proxy)).value()));
    }
    message.push_back(Json::array({place, std::move(values)}));
  }
  const auto messages = world_.gather(message.dump());
  if (world_.rank() != 0) {
    return;
  }
  for (const auto& text : messages) {
    for (const auto& [place, values] : Json::parse(text).get<std::vector<std::pair<std::size_t, Json>>>()) {
      for (std::size_t p = 0; p < proxies_.size(); ++p) {
        known_.set(architectures[place], to_text(proxies_[p]), value_of(values[p]));
      }
    }
  }
  for (const auto& architecture : architectures) {
    for (const Proxy proxy : proxies_) {
      if (const auto value = cache_.find(architecture, to_text(proxy))) {
        known_.set(architecture, to_text(proxy), *value);
      }
    }
  }
}

std::vector<double> SearchFeatures::columns(std::span<const std::string> architectures) const {
  std::vector<double> values;
  for (const Proxy proxy : proxies_) {
    for (const auto& architecture : architectures) {
      const auto value = known_.find(architecture, to_text(proxy));
      values.push_back(value ? value->value : std::numeric_limits<double>::quiet_NaN());
    }
  }
  return values;
}

}  // namespace zcmpi
