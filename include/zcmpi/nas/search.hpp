/// \file
/// Search algorithms: which architectures of a space to evaluate, each chosen with what is known of those before. They
/// maximise an objective, such as an evolved formula, that they are handed as a function.
///
/// An architecture is evaluated once, and so are all that the space takes for the same network
/// (SearchSpace::canonical). A search is a function of (space, settings, objective): there is no state to save, since
/// a search that is repeated asks for the same architectures in the same order, and an objective that remembers what
/// it has computed brings it back to where it was.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {

enum class SearchAlgorithm : std::uint8_t {
  /// All architectures as likely.
  random,
  /// Regularised evolution (Real et al. 2019): a child of the best of a few members of a population from which the
  /// oldest go.
  evolution,
  /// Hill climbing (White et al. 2021): all neighbours of an architecture, then those of the best one, anew from random
  /// ones where none is better.
  local,
};

std::string_view to_text(SearchAlgorithm algorithm);

inline constexpr std::uint32_t most_evaluations = 1'000'000'000;

struct SearchSettings {
  SearchAlgorithm algorithm = SearchAlgorithm::evolution;
  /// Architectures to evaluate. With more, a search begins with the same ones.
  std::uint32_t evaluations = 1000;
  /// Architectures that are chosen, and handed to the objective, at a time: at most. At least 1.
  std::uint32_t batch = 16;
  /// Of evolution: members, and how many of them, drawn with replacement, a parent is the best of. Both at least 1.
  std::uint32_t population = 50;
  std::uint32_t tournament = 10;
  std::uint64_t seed = 1;
};

struct EvaluatedArchitecture {
  Architecture architecture;
  double value = 0.0;

  friend bool operator==(const EvaluatedArchitecture&, const EvaluatedArchitecture&) = default;
};

enum class SearchEnd : std::uint8_t {
  /// All evaluations were made.
  finished,
  /// Every network of the space has been evaluated.
  exhausted,
  /// The objective wanted it.
  stopped,
};

struct SearchResult {
  /// In the order of evaluation.
  std::vector<EvaluatedArchitecture> history;
  SearchEnd end = SearchEnd::finished;
};

/// The value of each architecture, in their order, larger ones better; one that is not finite is below all that are.
/// nullopt ends the search.
using Objective = std::function<std::optional<std::vector<double>>(std::span<const Architecture> architectures)>;

/// Whether a value of the objective beats another. NaN and infinities beat nothing.
bool is_better(double value, double other);

/// Searches the space for the objective's largest values: architectures that are different networks (as
/// SearchSpace::canonical says), each evaluated once, `settings.batch` at a time. A function of its arguments and of
/// what the objective returns, which is one value for each architecture. Those of the batch at which the objective
/// ended the search are not in the history. Sizes in the settings are at least 1. What the objective throws passes
/// through.
SearchResult search(const SearchSpace& space, const SearchSettings& settings, const Objective& objective);

}  // namespace zcmpi
