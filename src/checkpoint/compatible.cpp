#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

using Texts = std::map<std::string, std::string>;

constexpr std::string_view absent = "absent";

std::string_view text_of(const Texts& texts, const std::string& key) {
  const auto found = texts.find(key);
  return found != texts.end() ? std::string_view(found->second) : absent;
}

/// `was` and `is` differ in these keys, in their order.
std::vector<std::string> differing_keys(const Texts& was, const Texts& is) {
  std::set<std::string> keys;
  for (const auto* const texts : {&was, &is}) {
    for (const auto& [key, text] : *texts) {
      keys.insert(key);
    }
  }
  std::erase_if(keys, [&](const std::string& key) { return text_of(was, key) == text_of(is, key); });
  return {keys.begin(), keys.end()};
}

template <class T>
void compare(std::vector<std::string>& differences, std::string_view what, const T& was, const T& is) {
  if (was != is) {
    differences.push_back(fmt::format("{}: was {}, is {}", what, was, is));
  }
}

std::vector<std::string> setting_differences(const CheckpointHeader& saved, const CheckpointHeader& wanted) {
  std::vector<std::string> differences;
  auto keys = differing_keys(saved.settings, wanted.settings);
  if (std::ranges::find(keys, "live problems") != keys.end()) {
    // Their order makes that of the terminals.
    std::erase(keys, "terminals");
  }
  for (const std::string& key : keys) {
    compare(differences, key, text_of(saved.settings, key), text_of(wanted.settings, key));
  }
  const bool is_explained = !differences.empty();
  compare(differences, "seed", saved.seed, wanted.seed);
  compare(differences, "islands", saved.islands, wanted.islands);
  if (!is_explained) {
    // These follow from settings.
    compare(differences, "members of a population", saved.population, wanted.population);
    compare(differences, "migrants", saved.migrants, wanted.migrants);
    compare(differences, "nodes of a formula", saved.shape.max_nodes, wanted.shape.max_nodes);
    compare(differences, "number of problems", saved.shape.problem_count, wanted.shape.problem_count);
  }
  return differences;
}

std::vector<std::string> data_differences(const CheckpointHeader& saved, const CheckpointHeader& wanted,
                                          const std::map<std::string, std::filesystem::path>& files) {
  std::vector<std::string> differences;
  for (const std::string& problem : differing_keys(saved.data_parts, wanted.data_parts)) {
    const auto file = files.find(problem);
    compare(differences,
            "data of " + problem + (file != files.end() ? fmt::format(" ({})", file->second.string()) : std::string()),
            text_of(saved.data_parts, problem), text_of(wanted.data_parts, problem));
  }
  if (differences.empty() && saved.data_digest != wanted.data_digest) {
    differences.push_back(
        fmt::format("data: was {}, is {}, though each problem is what it was: name them in the order of the run's own",
                    digest_to_text(saved.data_digest), digest_to_text(wanted.data_digest)));
  }
  return differences;
}

}  // namespace

void check_compatible(const CheckpointHeader& saved, const CheckpointHeader& wanted, const std::filesystem::path& path,
                      const std::map<std::string, std::filesystem::path>& data_files) {
  std::vector<std::string> differences;
  compare(differences, "formula language", saved.formula_language, wanted.formula_language);
  for (auto& difference : setting_differences(saved, wanted)) {
    differences.push_back(std::move(difference));
  }
  // The terminals, the split and the transformation follow from settings: only where those agree it is the tables that
  // differ, and no option brings them back.
  const bool settings_agree =
      differences.empty() || (differences.size() == 1 &&
                              differing_keys(saved.settings, wanted.settings) == std::vector<std::string>{"terminals"});
  if (differences.empty()) {
    differences = data_differences(saved, wanted, data_files);
  }
  if (!differences.empty()) {
    throw CheckpointError(
        fmt::format("the checkpoint belongs to {} ({}): {}; {}, or start a new run in another folder with --run-dir",
                    settings_agree ? "other data" : "another run", path.string(), fmt::join(differences, "; "),
                    settings_agree ? "put the data back as they were"
                                   : "resume with what it was made with (--resume alone does, without other options)"),
        false);
  }
}

}  // namespace zcmpi
