#include "earlier_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

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

void warn_of_lost(std::string_view what) { log_warning(fmt::format("the table no longer has {}", what)); }

std::string source_of(const Problem& problem) {
  const auto source = problem.provenance.find("source");
  return source == problem.provenance.end() ? std::string() : source->second;
}

}  // namespace

EarlierTable::EarlierTable(const std::filesystem::path& path, std::string_view source, std::string_view space) {
  if (!path_exists(path)) {
    return;
  }
  try {
    auto problems = read_table(path);
    if (problems.size() != 1 || problems.front().space != space || source_of(problems.front()) != source) {
      throw InputError(fmt::format("the table is none of {} that {} made ({}): name another with --out", space, source,
                                   path.string()));
    }
    problem_ = std::move(problems.front());
  } catch (const DamagedTable& error) {
    damage_ = error.what();
  }
}

bool EarlierTable::has_graph_features_alone() const {
  return problem_ && !problem_->terminals.empty() &&
         std::ranges::none_of(problem_->terminals,
                              [](const std::string& name) { return find_proxy(name).has_value(); });
}

void EarlierTable::warn_of_what_is_left_out_of(const Problem& problem) const {
  if (!damage_.empty()) {
    log_warning(fmt::format("{}; it is made anew", damage_));
  }
  if (!problem_) {
    return;
  }
  if (problem_->name() != problem.name()) {
    log_warning(fmt::format("the table was of {}", problem_->name()));
  }
  if (const auto terminals = lacking(problem_->terminals, problem.terminals); !terminals.empty()) {
    warn_of_lost(list_some(terminals));
  }
  if (const auto architectures = lacking(problem_->architectures, problem.architectures); !architectures.empty()) {
    warn_of_lost(fmt::format("{} of its architectures", architectures.size()));
  }
  if (!problem_->val_accuracy.empty() && problem.val_accuracy.empty()) {
    warn_of_lost("accuracies");
    return;
  }
  if (!problem_->test_accuracy.empty() && problem.test_accuracy.empty()) {
    warn_of_lost("test accuracies");
  }
  if (const auto seeds = lacking(seeds_of(*problem_), seeds_of(problem)); !seeds.empty()) {
    warn_of_lost(fmt::format("the trainings of the seeds {}", list_some(seeds)));
  }
}

}  // namespace zcmpi
