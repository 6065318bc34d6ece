#include "zcmpi/nas/search.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support.hpp"

namespace zcmpi {

std::unique_ptr<const SearchSpace> make_chain_space();

namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// How many genes are like those of one architecture, which alone has the most.
double likeness(const Architecture& architecture) {
  constexpr std::uint8_t wanted = 3;
  return static_cast<double>(std::ranges::count(architecture.genes, wanted));
}
constexpr double most_likeness = 6.0;

template <class Value>
Objective each(Value value) {
  return [value](std::span<const Architecture> architectures) -> std::optional<std::vector<double>> {
    std::vector<double> values;
    std::ranges::transform(architectures, std::back_inserter(values), value);
    return values;
  };
}

const SearchSpace& nb201() { return find_space("nb201"); }

SearchResult search_nb201(const SearchSettings& settings) { return search(nb201(), settings, each(likeness)); }

/// Of the finite ones.
double best_value(std::span<const EvaluatedArchitecture> evaluated) {
  double best = -infinity;
  for (const auto& one : evaluated) {
    best = std::isfinite(one.value) ? std::max(best, one.value) : best;
  }
  return best;
}

bool are_neighbours(const Architecture& a, const Architecture& b, const SearchSpace& space = nb201()) {
  const auto neighbours = space.neighbours(a);
  return std::ranges::find(neighbours, b) != neighbours.end();
}

class ASearch : public testing::TestWithParam<SearchAlgorithm> {
 protected:
  static SearchSettings settings(std::uint32_t evaluations, std::uint64_t seed = 1) {
    return {.algorithm = GetParam(), .evaluations = evaluations, .seed = seed};
  }
};

TEST_P(ASearch, IsAFunctionOfItsSettings) {
  const auto first = search_nb201(settings(100));
  EXPECT_THAT(first.history, SizeIs(100));
  EXPECT_EQ(first.end, SearchEnd::finished);
  EXPECT_EQ(search_nb201(settings(100)).history, first.history);
  EXPECT_NE(search_nb201(settings(100, 2)).history, first.history);
}

TEST_P(ASearch, BeginsWithTheSameArchitecturesWhenMoreAreAskedFor) {
  const auto longer = search_nb201(settings(150)).history;
  for (const std::uint32_t evaluations : {1U, 15U, 16U, 17U, 55U, 103U}) {
    const auto shorter = search_nb201(settings(evaluations)).history;
    ASSERT_THAT(shorter, SizeIs(evaluations));
    EXPECT_TRUE(std::ranges::equal(shorter, std::span(longer).first(evaluations))) << evaluations;
  }
}

TEST_P(ASearch, EvaluatesNoNetworkTwice) {
  for (const char* name : {"nb201", "nb101", "tnb101-macro"}) {
    const auto& space = find_space(name);
    std::set<Architecture> networks;
    const auto result = search(space, settings(400), each(likeness));
    for (const auto& one : result.history) {
      networks.insert(space.canonical(one.architecture));
    }
    EXPECT_THAT(result.history, SizeIs(400)) << name;
    EXPECT_THAT(networks, SizeIs(400)) << name;
  }
}

TEST_P(ASearch, EndsWhenTheSpaceIsExhausted) {
  const auto chain = make_chain_space();
  for (const std::uint32_t batch : {1U, 4U, 64U}) {
    auto wanted = settings(1000);
    wanted.batch = batch;
    const auto result = search(*chain, wanted, each(likeness));
    EXPECT_THAT(result.history, SizeIs(15)) << "as many networks as the space has";
    EXPECT_EQ(result.end, SearchEnd::exhausted);
  }
  // So many that draws alone would not meet the last ones.
  for (const auto& [name, networks] :
       std::vector<std::pair<std::string, std::size_t>>{{"tnb101-macro", 3256}, {"nb201", 6466}}) {
    const auto result = search(find_space(name), settings(20'000), each(likeness));
    EXPECT_THAT(result.history, SizeIs(networks)) << name;
    EXPECT_EQ(result.end, SearchEnd::exhausted);
  }
}

TEST_P(ASearch, NeverAsksForMoreThanABatch) {
  auto wanted = settings(100);
  wanted.batch = 7;
  std::size_t asked_for = 0;
  const auto result = search(nb201(), wanted, [&](std::span<const Architecture> architectures) {
    EXPECT_LE(architectures.size(), 7U);
    EXPECT_THAT(architectures, testing::Not(IsEmpty()));
    asked_for += architectures.size();
    return each(likeness)(architectures);
  });
  EXPECT_EQ(asked_for, 100U);
}

TEST_P(ASearch, StopsWhenTheObjectiveWantsIt) {
  int calls = 0;
  const auto result = search(nb201(), settings(1000), [&](std::span<const Architecture> architectures) {
    return ++calls > 3 ? std::nullopt : each(likeness)(architectures);
  });
  EXPECT_EQ(result.end, SearchEnd::stopped);
  EXPECT_EQ(calls, 4);
  const auto whole = search_nb201(settings(1000)).history;
  EXPECT_THAT(result.history, testing::Not(IsEmpty()));
  EXPECT_TRUE(std::ranges::equal(result.history, std::span(whole).first(result.history.size())));
}

TEST_P(ASearch, TakesWhatIsNotFiniteForTheLowestValue) {
  const auto value = [](const Architecture& architecture) {
    switch (architecture.genes.front()) {
      case 0: return nan;
      case 1: return infinity;
      case 2: return -infinity;
      default: return likeness(architecture) - 100.0;
    }
  };
  const auto result = search(nb201(), settings(1000), each(value));
  EXPECT_THAT(result.history, SizeIs(1000));
  EXPECT_GE(best_value(result.history), most_likeness - 101.0);
}

INSTANTIATE_TEST_SUITE_P(All, ASearch,
                         testing::Values(SearchAlgorithm::random, SearchAlgorithm::evolution, SearchAlgorithm::local),
                         [](const auto& test) { return std::string(to_text(test.param)); });

TEST(IsBetter, ComparesFiniteValuesAndLetsNoOtherWin) {
  EXPECT_TRUE(is_better(2.0, 1.0));
  EXPECT_FALSE(is_better(1.0, 1.0));
  for (const double odd : {nan, infinity, -infinity}) {
    EXPECT_TRUE(is_better(-1e300, odd));
    EXPECT_FALSE(is_better(odd, -1e300));
    EXPECT_FALSE(is_better(odd, nan));
  }
}

/// A random search of 300 of the 15,625 architectures, 6,466 networks, seldom meets the best one.
TEST(EvolutionAndLocalSearch, FindTheBestWhereRandomSearchDoesNot) {
  int found_at_random = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SearchSettings settings{.algorithm = SearchAlgorithm::random, .evaluations = 300, .seed = seed};
    found_at_random += best_value(search_nb201(settings).history) == most_likeness ? 1 : 0;
    for (const auto algorithm : {SearchAlgorithm::evolution, SearchAlgorithm::local}) {
      settings.algorithm = algorithm;
      EXPECT_EQ(best_value(search_nb201(settings).history), most_likeness) << to_text(algorithm) << ", seed " << seed;
    }
  }
  EXPECT_LE(found_at_random, 2);
}

TEST(Evolution, MakesChildrenOfTheBestOfWhatWasEvaluatedLast) {
  constexpr std::size_t population = 5;
  // So many draws that every member is among them.
  const auto history =
      search(nb201(), {.evaluations = 200, .batch = 1, .population = population, .tournament = 200}, each(likeness))
          .history;
  std::size_t children = 0;
  for (std::size_t i = population; i < history.size(); ++i) {
    const auto last = std::span(history).subspan(i - population, population);
    const bool is_child = std::ranges::any_of(last, [&](const auto& member) {
      return member.value == best_value(last) && are_neighbours(member.architecture, history[i].architecture);
    });
    children += is_child ? 1U : 0U;
  }
  // A parent all of whose neighbours are known has none: then any architecture comes.
  EXPECT_GE(children, (history.size() - population) * 9 / 10);
}

TEST(Evolution, DrawsItsFirstPopulationAtRandom) {
  const SearchSettings settings{.evaluations = 30, .population = 30};
  auto at_random = settings;
  at_random.algorithm = SearchAlgorithm::random;
  EXPECT_EQ(search_nb201(settings).history, search_nb201(at_random).history);
}

/// Genes that interact: a landscape of many peaks.
double rugged(const Architecture& architecture) {
  double value = 0.0;
  for (std::size_t i = 0; i + 1 < architecture.genes.size(); ++i) {
    value += std::sin(static_cast<double>(architecture.genes[i] * 7 + architecture.genes[i + 1] * 3) +
                      static_cast<double>(i));
  }
  return value;
}

TEST(LocalSearch, EndsOnPeaks) {
  const auto history =
      search(nb201(), {.algorithm = SearchAlgorithm::local, .evaluations = 300, .batch = 1}, each(rugged)).history;
  const auto best = std::ranges::max_element(history, {}, &EvaluatedArchitecture::value);
  for (const auto& neighbour : nb201().neighbours(best->architecture)) {
    EXPECT_FALSE(is_better(rugged(neighbour), best->value));
  }
}

TEST(LocalSearch, ClimbsFromTheBestStartByTheBestNeighbours) {
  const auto& space = find_space("nb301");
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    constexpr std::uint32_t starts = 8;
    const auto history =
        search(space, {.algorithm = SearchAlgorithm::local, .evaluations = 400, .batch = starts, .seed = seed},
               each(rugged))
            .history;
    auto place =
        *std::ranges::max_element(history.begin(), history.begin() + starts, {}, &EvaluatedArchitecture::value);
    std::size_t next = starts;
    for (int step = 0; step < 2; ++step) {
      EvaluatedArchitecture best = place;
      // All neighbours that are no network evaluated before, in whatever order, and nothing else.
      const std::size_t first = next;
      while (next < history.size() && are_neighbours(place.architecture, history[next].architecture, space)) {
        ++next;
      }
      std::set<Architecture> unknown;
      for (const auto& neighbour : space.neighbours(place.architecture)) {
        unknown.insert(space.canonical(neighbour));
      }
      for (const auto& known : std::span(history).first(first)) {
        unknown.erase(space.canonical(known.architecture));
      }
      EXPECT_EQ(next - first, std::min(unknown.size(), history.size() - first)) << "seed " << seed << ", step " << step;
      for (const auto& neighbour : space.neighbours(place.architecture)) {
        if (is_better(rugged(neighbour), best.value)) {
          best = {neighbour, rugged(neighbour)};
        }
      }
      if (best == place) {
        break;
      }
      place = best;
    }
  }
}

TEST(LocalSearch, EvaluatesNeighboursInNoOrderOfTheirs) {
  const auto history =
      search(nb201(), {.algorithm = SearchAlgorithm::local, .evaluations = 20, .batch = 1}, each(likeness)).history;
  std::vector<Architecture> climb;
  for (const auto& one : std::span(history).subspan(1)) {
    if (are_neighbours(history.front().architecture, one.architecture)) {
      climb.push_back(one.architecture);
    }
  }
  ASSERT_GT(climb.size(), 10U);
  EXPECT_FALSE(std::ranges::is_sorted(climb));
  EXPECT_FALSE(std::ranges::is_sorted(climb, std::ranges::greater()));
}

}  // namespace
}  // namespace zcmpi
