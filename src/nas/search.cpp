#include "zcmpi/nas/search.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

/// How often is drawn before a new network is looked for otherwise.
constexpr int most_draws = 100;

/// A value that is not finite as the lowest of all.
double comparable(double value) { return std::isfinite(value) ? value : -std::numeric_limits<double>::infinity(); }

/// What has been chosen so far, by network.
class Explored {
 public:
  explicit Explored(const SearchSpace& space) : space_(space) {}

  [[nodiscard]] const SearchSpace& space() const { return space_; }

  /// False when its network was chosen before.
  bool choose(const Architecture& architecture) {
    return values_.emplace(space_.canonical(architecture), std::numeric_limits<double>::quiet_NaN()).second;
  }
  [[nodiscard]] bool has(const Architecture& architecture) const {
    return values_.contains(space_.canonical(architecture));
  }
  void set_value(const Architecture& architecture, double value) { values_[space_.canonical(architecture)] = value; }
  /// Of one whose network was chosen.
  [[nodiscard]] double value(const Architecture& architecture) const {
    return values_.at(space_.canonical(architecture));
  }

  /// Chooses what `draw` gives, as soon as that is new; nullopt when many draws were not.
  template <class Draw>
  std::optional<Architecture> choose_new(const Draw& draw) {
    for (int i = 0; i < most_draws; ++i) {
      auto architecture = draw();
      if (choose(architecture)) {
        return architecture;
      }
    }
    return std::nullopt;
  }
  /// Chooses the first of the space that is new; nullopt when there is none left.
  std::optional<Architecture> choose_first_new() {
    for (; next_ < space_.size(); ++next_) {
      auto architecture = space_.at(next_);
      if (choose(architecture)) {
        return architecture;
      }
    }
    return std::nullopt;
  }

 private:
  const SearchSpace& space_;
  std::map<Architecture, double> values_;
  /// All architectures of lower numbers have been chosen.
  std::uint64_t next_ = 0;
};

/// One search algorithm. Every number of an evaluation has a stream of random numbers of its own.
class Strategy {
 public:
  Strategy(const SearchSettings& settings, Explored& explored) : settings_(settings), explored_(explored) {}
  virtual ~Strategy() = default;
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;

  /// What to evaluate after `history`: all new, 1 to `most`, fewer than that only where more have to wait for these;
  /// none when nothing is left. With a smaller `most` it begins with the same ones.
  virtual std::vector<Architecture> next(std::span<const EvaluatedArchitecture> history, std::size_t most) = 0;

 protected:
  [[nodiscard]] const SearchSettings& settings() const { return settings_; }
  [[nodiscard]] Explored& explored() const { return explored_; }

  [[nodiscard]] RandomStream stream(std::size_t evaluation) const {
    return RandomStream(
        {.seed = settings_.seed, .purpose = Purpose::search, .index = static_cast<std::uint32_t>(evaluation)});
  }
  std::optional<Architecture> choose_at_random(RandomStream& random) {
    auto chosen = explored_.choose_new([&] { return sample(explored_.space(), random); });
    return chosen ? std::move(chosen) : explored_.choose_first_new();
  }

 private:
  const SearchSettings& settings_;
  Explored& explored_;
};

/// Every evaluation as it comes, chosen with what was known when the batch began.
class OneByOne : public Strategy {
 public:
  using Strategy::Strategy;

  std::vector<Architecture> next(std::span<const EvaluatedArchitecture> history, std::size_t most) final {
    std::vector<Architecture> chosen;
    while (chosen.size() < most) {
      auto architecture = choose(history, history.size() + chosen.size());
      if (!architecture) {
        break;
      }
      chosen.push_back(std::move(*architecture));
    }
    return chosen;
  }

 protected:
  virtual std::optional<Architecture> choose(std::span<const EvaluatedArchitecture> history,
                                             std::size_t evaluation) = 0;
};

class RandomSearch final : public OneByOne {
 public:
  using OneByOne::OneByOne;

 protected:
  std::optional<Architecture> choose(std::span<const EvaluatedArchitecture>, std::size_t evaluation) override {
    auto random = stream(evaluation);
    return choose_at_random(random);
  }
};

class Evolution final : public OneByOne {
 public:
  using OneByOne::OneByOne;

 protected:
  std::optional<Architecture> choose(std::span<const EvaluatedArchitecture> history, std::size_t evaluation) override {
    auto random = stream(evaluation);
    if (history.empty() || evaluation < settings().population) {
      return choose_at_random(random);
    }
    // The oldest go: the population is what was evaluated last.
    const auto population = history.last(std::min<std::size_t>(history.size(), settings().population));
    auto child = explored().choose_new([&] { return mutate(explored().space(), parent(population, random), random); });
    return child ? std::move(child) : choose_at_random(random);
  }

 private:
  const Architecture& parent(std::span<const EvaluatedArchitecture> population, RandomStream& random) const {
    const auto draw = [&] { return &population[random.below(static_cast<std::uint32_t>(population.size()))]; };
    const EvaluatedArchitecture* best = draw();
    for (std::uint32_t i = 1; i < settings().tournament; ++i) {
      const EvaluatedArchitecture* const other = draw();
      best = is_better(other->value, best->value) ? other : best;
    }
    return best->architecture;
  }
};

class LocalSearch final : public Strategy {
 public:
  using Strategy::Strategy;

  std::vector<Architecture> next(std::span<const EvaluatedArchitecture> history, std::size_t most) override {
    auto random = stream(history.size());
    if (begun_at_) {
      climb_from(best_of(history.subspan(*begun_at_)), random);
      begun_at_.reset();
    }
    while (is_climbing_) {
      auto chosen = take_waiting(most);
      if (!chosen.empty()) {
        return chosen;
      }
      // A climb may lead over networks that are known already.
      step(random);
    }
    return draw_starts(history.size(), most, random);
  }

 private:
  static const EvaluatedArchitecture& best_of(std::span<const EvaluatedArchitecture> evaluated) {
    return *std::ranges::max_element(evaluated, {}, [](const auto& one) { return comparable(one.value); });
  }

  void climb_from(const EvaluatedArchitecture& place, RandomStream& random) {
    is_climbing_ = true;
    place_ = place;
    for (const auto& neighbour : explored().space().neighbours(place_.architecture)) {
      if (!explored().has(neighbour)) {
        waiting_.push_back(neighbour);
      }
    }
    shuffle(std::span(waiting_), random);
  }

  /// To the best neighbour, all of which are evaluated, if it is better; else the climb is at its end.
  void step(RandomStream& random) {
    EvaluatedArchitecture best = place_;
    for (auto& neighbour : explored().space().neighbours(place_.architecture)) {
      const double value = explored().value(neighbour);
      if (is_better(value, best.value)) {
        best = {std::move(neighbour), value};
      }
    }
    is_climbing_ = is_better(best.value, place_.value);
    if (is_climbing_) {
      climb_from(best, random);
    }
  }

  std::vector<Architecture> take_waiting(std::size_t most) {
    std::vector<Architecture> chosen;
    while (!waiting_.empty() && chosen.size() < most) {
      // Neighbours may be the same network.
      if (explored().choose(waiting_.back())) {
        chosen.push_back(std::move(waiting_.back()));
      }
      waiting_.pop_back();
    }
    return chosen;
  }

  std::vector<Architecture> draw_starts(std::size_t evaluated, std::size_t most, RandomStream& random) {
    begun_at_ = evaluated;
    std::vector<Architecture> starts;
    while (starts.size() < most) {
      auto start = choose_at_random(random);
      if (!start) {
        break;
      }
      starts.push_back(std::move(*start));
    }
    return starts;
  }

  bool is_climbing_ = false;
  EvaluatedArchitecture place_;
  /// Neighbours of the place to evaluate.
  std::vector<Architecture> waiting_;
  /// Where in the history the starts begin, up from the best of which the next climb leads.
  std::optional<std::size_t> begun_at_;
};

std::unique_ptr<Strategy> make_strategy(const SearchSettings& settings, Explored& explored) {
  switch (settings.algorithm) {
    case SearchAlgorithm::random: return std::make_unique<RandomSearch>(settings, explored);
    case SearchAlgorithm::evolution: return std::make_unique<Evolution>(settings, explored);
    case SearchAlgorithm::local: return std::make_unique<LocalSearch>(settings, explored);
  }
  throw ContractError("make_strategy: not an algorithm");
}

}  // namespace

std::string_view to_text(SearchAlgorithm algorithm) {
  switch (algorithm) {
    case SearchAlgorithm::random: return "random";
    case SearchAlgorithm::evolution: return "evolution";
    case SearchAlgorithm::local: return "local";
  }
  throw ContractError("to_text: not a search algorithm");
}

bool is_better(double value, double other) { return comparable(value) > comparable(other); }

SearchResult search(const SearchSpace& space, const SearchSettings& settings, const Objective& objective) {
  ZCMPI_EXPECT(settings.batch > 0 && settings.population > 0 && settings.tournament > 0);
  Explored explored(space);
  const auto strategy = make_strategy(settings, explored);
  SearchResult result;
  while (result.history.size() < settings.evaluations) {
    const std::size_t left = settings.evaluations - result.history.size();
    auto chosen = strategy->next(result.history, std::min<std::size_t>(settings.batch, left));
    if (chosen.empty()) {
      result.end = SearchEnd::exhausted;
      break;
    }
    const auto values = objective(chosen);
    if (!values) {
      result.end = SearchEnd::stopped;
      break;
    }
    ZCMPI_EXPECT(values->size() == chosen.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      explored.set_value(chosen[i], (*values)[i]);
      result.history.push_back({std::move(chosen[i]), (*values)[i]});
    }
  }
  return result;
}

}  // namespace zcmpi
