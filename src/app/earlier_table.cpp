#include "earlier_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <string>

#include "feature_source.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {
namespace {

/// Those of `names` that are not in `others`.
std::vector<std::string> lacking(std::span<const std::string> names, std::span<const std::string> others) {
  const std::set<std::string_view> known(others.begin(), others.end());
  std::vector<std::string> result;
  std::ranges::copy_if(names, std::back_inserter(result),
                       [&](const std::string& name) { return !known.contains(name); });
  return result;
}

std::vector<std::string> seeds_of(const Problem& problem) {
  std::vector<std::string> texts;
  if (problem.curves) {
    std::ranges::transform(problem.curves->seeds, std::back_inserter(texts),
                           [](std::uint64_t seed) { return std::to_string(seed); });
  }
  return texts;
}

void warn(std::string_view what, std::string_view option) {
  log_warning(fmt::format("the table no longer has {}, which {}", what, option));
}

}  // namespace

EarlierTable::EarlierTable(const std::filesystem::path& path) {
  if (!path_exists(path)) {
    return;
  }
  try {
    problems_ = read_table(path);
  } catch (const DamagedTable&) {
    // What it had nobody knows but the caches.
  }
}

bool EarlierTable::has_graph_features_alone(std::string_view space) const {
  if (problems_.size() != 1) {
    return false;
  }
  const Problem& problem = problems_.front();
  const auto source = problem.provenance.find("source");
  return problem.space == space && source != problem.provenance.end() && source->second == features_source &&
         std::ranges::none_of(problem.terminals, [](const std::string& name) { return find_proxy(name).has_value(); });
}

void EarlierTable::warn_of_what_is_left_out_of(const Problem& problem) const {
  for (const Problem& before : problems_) {
    if (const auto terminals = lacking(before.terminals, problem.terminals); !terminals.empty()) {
      warn(list_some(terminals), "--proxies does not name");
    }
    if (const auto architectures = lacking(before.architectures, problem.architectures); !architectures.empty()) {
      warn(fmt::format("{} of its architectures", architectures.size()), "--archs does not name");
    }
    if (!before.val_accuracy.empty() && problem.val_accuracy.empty()) {
      warn("accuracies", "--accuracies does not give");
    } else if (const auto seeds = lacking(seeds_of(before), seeds_of(problem)); !seeds.empty()) {
      warn(fmt::format("the trainings of the seeds {}", list_some(seeds)), "--seed and --seeds do not ask for");
    }
  }
}

}  // namespace zcmpi
