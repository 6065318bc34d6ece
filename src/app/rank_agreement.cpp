#include "rank_agreement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "keys.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {

std::vector<FactDifference> differences(const SharedFacts& one, const SharedFacts& other) {
  const auto text_of = [](const SharedFacts& facts, const std::string& name) {
    const auto found = facts.find(name);
    return found == facts.end() ? std::string("absent") : found->second;
  };
  SharedFacts all = one;
  all.insert(other.begin(), other.end());
  std::vector<FactDifference> found;
  for (const auto& [name, ignored] : all) {
    FactDifference difference{name, text_of(one, name), text_of(other, name)};
    if (difference.one != difference.other) {
      found.push_back(std::move(difference));
    }
  }
  return found;
}

SharedFacts shared_facts(const Configuration& configuration, const TrainingData& data) {
  SharedFacts facts;
  for (const Key& key : configuration_keys()) {
    if (key.path != "data.folders" && key.path != "run.folder") {
      facts[key.path] = to_toml_text(key.get(configuration));
    }
  }
  facts.merge(result_settings(configuration));
  for (const auto& [problem, digest] : data.problem_digests()) {
    facts["data of " + problem] = digest;
  }
  facts["terminals"] = fmt::format("{}", fmt::join(data.dataset.terminals, ","));
  return facts;
}

std::optional<std::string> first_disagreement(std::span<const SharedFacts> facts_of_ranks) {
  for (std::size_t rank = 1; rank < facts_of_ranks.size(); ++rank) {
    std::vector<std::string> texts;
    for (const auto& [name, here, there] : differences(facts_of_ranks.front(), facts_of_ranks[rank])) {
      texts.push_back(fmt::format("{}: {} there, {} on rank 0", name, there, here));
    }
    if (!texts.empty()) {
      return fmt::format(
          "rank {} was started for another run than rank 0: {}; give all ranks the same options, and all "
          "nodes the same configuration, tables and zcmpi",
          rank, fmt::join(texts, "; "));
    }
  }
  return std::nullopt;
}

void require_agreement(const Communicator& communicator, const SharedFacts& own) {
  // Not the digests of the facts alone: what differs is to be named.
  const auto gathered =
      communicator.gather(nlohmann::json(own).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  communicator.agree([&] {
    std::vector<SharedFacts> facts;
    for (const auto& text : gathered) {
      facts.push_back(nlohmann::json::parse(text).get<SharedFacts>());
    }
    if (const auto difference = first_disagreement(facts)) {
      throw InputError(*difference);
    }
  });
}

}  // namespace zcmpi
