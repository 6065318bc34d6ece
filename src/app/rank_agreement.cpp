#include "rank_agreement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "keys.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/version.hpp"

namespace zcmpi {
namespace {

std::string_view text_of(const SharedFacts& facts, const std::string& name) {
  const auto found = facts.find(name);
  return found == facts.end() ? std::string_view("absent") : std::string_view(found->second);
}

std::vector<std::string> differences(const SharedFacts& first, const SharedFacts& other) {
  std::set<std::string> names;
  for (const auto* facts : {&first, &other}) {
    for (const auto& [name, text] : *facts) {
      names.insert(name);
    }
  }
  std::vector<std::string> texts;
  for (const auto& name : names) {
    const auto here = text_of(first, name);
    const auto there = text_of(other, name);
    if (here != there) {
      texts.push_back(fmt::format("{}: {} there, {} on rank 0", name, there, here));
    }
  }
  return texts;
}

}  // namespace

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
  facts["zcmpi"] = fmt::format("{} {}", version(), git_revision());
  return facts;
}

std::optional<std::string> first_disagreement(std::span<const SharedFacts> facts_of_ranks) {
  for (std::size_t rank = 1; rank < facts_of_ranks.size(); ++rank) {
    const auto texts = differences(facts_of_ranks.front(), facts_of_ranks[rank]);
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
