#include "zcmpi/gp/selection.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

/// Scores that are compared at the same time.
constexpr std::size_t lanes = 16;
using FloatLanes = float __attribute__((vector_size(lanes * sizeof(float))));
using IntLanes = std::int32_t __attribute__((vector_size(lanes * sizeof(std::int32_t))));
/// A dropped candidate's penalty, and the score of none.
constexpr float dropped = -std::numeric_limits<float>::infinity();

FloatLanes all_lanes(float value) { return value - FloatLanes{}; }

FloatLanes load(const float* values) {
  FloatLanes loaded;
  std::memcpy(&loaded, values, sizeof loaded);
  return loaded;
}

float largest(const FloatLanes& values) {
  float best = values[0];
  for (std::size_t k = 1; k < lanes; ++k) {
    best = std::max(best, values[k]);
  }
  return best;
}

std::int64_t sum(const IntLanes& values) {
  std::int64_t total = 0;
  for (std::size_t k = 0; k < lanes; ++k) {
    total += values[k];
  }
  return total;
}

/// Whether two parents of each member begin with the same two cases four times and more, on the average.
bool begins_often_enough(std::size_t population, std::size_t cases) {
  return cases > 1 && 4 * cases * (cases - 1) <= 2 * population;
}

std::size_t in_whole_lanes(std::size_t count) { return (count + lanes - 1) / lanes * lanes; }

}  // namespace

std::size_t select_by_tournament(const Population& population, std::size_t size, RandomStream& random) {
  ZCMPI_EXPECT(population.size() > 0 && size > 0);
  const auto draw = [&] { return std::size_t{random.below(static_cast<std::uint32_t>(population.size()))}; };
  std::size_t winner = draw();
  for (std::size_t i = 1; i < size; ++i) {
    const std::size_t challenger = draw();
    if (is_better(population, challenger, population, winner)) {
      winner = challenger;
    }
  }
  return winner;
}

double median(std::span<double> values) {
  if (values.empty()) {
    return 0.0;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) {
    return *middle;
  }
  return 0.5 * (*std::max_element(values.begin(), middle) + *middle);
}

LexicaseSelector::LexicaseSelector(std::size_t population, std::size_t cases)
    : cases_(cases),
      epsilons_(cases),
      scratch_(population),
      table_(std::bit_ceil(2 * population + 2)),
      group_of_(population),
      shortest_members_(population),
      after_one_(std::max<std::size_t>(cases, 1)),
      after_two_(begins_often_enough(population, cases) ? cases * cases : 0),
      order_(cases) {
  groups_.reserve(population);
}

void LexicaseSelector::find_groups(const Population& population) {
  std::ranges::fill(table_, no_group);
  groups_.clear();
  for (std::uint32_t i = 0; i < population.size(); ++i) {
    const auto scores = population.scores(i);
    const auto mask = table_.size() - 1;
    auto place = static_cast<std::size_t>(digest_bytes(std::as_bytes(scores))) & mask;
    while (table_[place] != no_group &&
           !std::ranges::equal(population.scores(groups_[table_[place]].representative), scores)) {
      place = (place + 1) & mask;
    }
    if (table_[place] == no_group) {
      table_[place] = static_cast<std::uint32_t>(groups_.size());
      groups_.push_back({.representative = i, .shortest = population.shape().max_nodes + 1});
    }
    Group& group = groups_[table_[place]];
    group_of_[i] = table_[place];
    const std::size_t size = population.formula(i).size();
    if (size < group.shortest) {
      group.shortest = size;
      group.count = 0;
    }
    group.count += size == group.shortest ? 1 : 0;
  }
  std::uint32_t used = 0;
  for (Group& group : groups_) {
    group.first = used;
    used += group.count;
    group.count = 0;
  }
  for (std::uint32_t i = 0; i < population.size(); ++i) {
    Group& group = groups_[group_of_[i]];
    if (population.formula(i).size() == group.shortest) {
      shortest_members_[group.first + group.count++] = i;
    }
  }
}

void LexicaseSelector::find_epsilon(const Population& population, std::size_t which) {
  const auto scratch = std::span(scratch_).first(population.size());
  const auto fill = [&](const auto& value_of) {
    for (std::size_t i = 0; i < scratch.size(); ++i) {
      scratch[i] = value_of(population.scores(i)[which]);
    }
  };
  fill([](double score) { return score; });
  const double middle = median(scratch);
  fill([middle](double score) {
    const double deviation = score - middle;
    return deviation < 0.0 ? -deviation : deviation;
  });
  epsilons_[which] = median(scratch);
}

void LexicaseSelector::prepare(const Population& population) {
  ZCMPI_EXPECT(population.size() > 0 && population.size() <= scratch_.size());
  ZCMPI_EXPECT(population.shape().problem_count == cases_);
  find_groups(population);
  for (std::size_t c = 0; c < cases_; ++c) {
    find_epsilon(population, c);
  }
  survivors_.clear();
  scores_.clear();
  for (std::size_t c = 0; c < after_one_.size(); ++c) {
    prepare_first_case(population, c);
  }
  std::ranges::fill(after_two_, Stage{});
}

/// A stage of the groups from `first_survivor` on, with room for its scores.
LexicaseSelector::Stage LexicaseSelector::add_stage(std::size_t first_survivor) {
  const std::size_t count = survivors_.size() - first_survivor;
  const Stage stage{first_survivor, count, in_whole_lanes(count), scores_.size()};
  scores_.resize(scores_.size() + in_whole_lanes(cases_) + stage.stride * cases_, dropped);
  return stage;
}

float* LexicaseSelector::row(const Stage& stage, std::size_t which) {
  return bests(stage) + in_whole_lanes(cases_) + which * stage.stride;
}

void LexicaseSelector::prepare_first_case(const Population& population, std::size_t which) {
  const std::size_t first_survivor = survivors_.size();
  add_survivors(population, which);
  const Stage stage = add_stage(first_survivor);
  for (std::size_t k = 0; k < stage.count; ++k) {
    const auto scores = population.scores(groups_[survivors_[first_survivor + k]].representative);
    for (std::size_t c = 0; c < cases_; ++c) {
      const auto score = static_cast<float>(scores[c]);
      row(stage, c)[k] = score;
      bests(stage)[c] = std::max(bests(stage)[c], score);
    }
  }
  after_one_[which] = stage;
}

/// What the second case keeps of what the first one keeps.
const LexicaseSelector::Stage& LexicaseSelector::after_two_cases(std::size_t first, std::size_t second) {
  Stage& known = after_two_[first * cases_ + second];
  if (known.count > 0) {
    return known;
  }
  const Stage& before = after_one_[first];
  const float threshold = bests(before)[second] - static_cast<float>(epsilons_[second]);
  const std::size_t first_survivor = survivors_.size();
  candidates_.clear();
  for (std::uint32_t k = 0; k < before.count; ++k) {
    if (row(before, second)[k] >= threshold) {
      candidates_.push_back(k);
      survivors_.push_back(survivors_[before.first_survivor + k]);
    }
  }
  known = add_stage(first_survivor);
  for (std::size_t c = 0; c < cases_; ++c) {
    const float* const from = row(before, c);
    float* const to = row(known, c);
    float best = dropped;
    for (std::size_t k = 0; k < known.count; ++k) {
      to[k] = from[candidates_[k]];
      best = std::max(best, to[k]);
    }
    bests(known)[c] = best;
  }
  return known;
}

/// The groups that a case keeps when it comes first; all of them where there is no case.
void LexicaseSelector::add_survivors(const Population& population, std::size_t which) {
  const auto score_of = [&](const Group& group) {
    return cases_ > 0 ? static_cast<float>(population.scores(group.representative)[which]) : 0.0F;
  };
  float best = dropped;
  for (const Group& group : groups_) {
    best = std::max(best, score_of(group));
  }
  const float threshold = best - (cases_ > 0 ? static_cast<float>(epsilons_[which]) : 0.0F);
  for (std::uint32_t g = 0; g < groups_.size(); ++g) {
    if (score_of(groups_[g]) >= threshold) {
      survivors_.push_back(g);
    }
  }
}

std::size_t LexicaseSelector::select(RandomStream& random) {
  std::iota(order_.begin(), order_.end(), 0U);
  shuffle(std::span(order_), random);
  const bool is_paired = !after_two_.empty();
  const Stage stage = is_paired ? after_two_cases(order_[0], order_[1]) : after_one_[cases_ > 0 ? order_[0] : 0];
  const std::size_t taken = is_paired ? 2 : 1;
  penalties_.assign(stage.stride, 0.0F);
  float* const penalties = penalties_.data();
  // A pass drops what one case does not keep and looks for the best of the next case among the rest.
  float best = taken < cases_ ? bests(stage)[order_[taken]] : dropped;
  for (std::size_t k = taken; k < cases_ && stage.count > 1; ++k) {
    const bool is_last = k + 1 == cases_;
    const FloatLanes threshold = all_lanes(best - static_cast<float>(epsilons_[order_[k]]));
    const float* const scores = row(stage, order_[k]);
    const float* const next = is_last ? scores : row(stage, order_[k + 1]);
    FloatLanes bests = all_lanes(dropped);
    auto counts = IntLanes{};
    for (std::size_t i = 0; i < stage.stride; i += lanes) {
      const FloatLanes penalty = load(scores + i) >= threshold ? load(penalties + i) : all_lanes(dropped);
      std::memcpy(penalties + i, &penalty, sizeof penalty);
      const FloatLanes score = load(next + i) + penalty;
      bests = score > bests ? score : bests;
      counts -= penalty == FloatLanes{};
    }
    if (sum(counts) == 1) {
      break;
    }
    best = largest(bests);
  }
  // Written whether it is one or not: a branch could not be predicted.
  candidates_.resize(stage.stride);
  std::size_t count = 0;
  for (std::size_t k = 0; k < stage.count; ++k) {
    candidates_[count] = survivors_[stage.first_survivor + k];
    count += penalties[k] == 0.0F ? 1 : 0;
  }
  candidates_.resize(count);
  return draw_shortest(random);
}

/// A member among the shortest of the candidates.
std::size_t LexicaseSelector::draw_shortest(RandomStream& random) const {
  std::size_t shortest = std::numeric_limits<std::size_t>::max();
  std::uint32_t count = 0;
  for (const auto candidate : candidates_) {
    const Group& group = groups_[candidate];
    count = group.shortest < shortest ? 0 : count;
    shortest = std::min(shortest, group.shortest);
    count += group.shortest == shortest ? group.count : 0;
  }
  auto drawn = random.below(count);
  for (const auto candidate : candidates_) {
    const Group& group = groups_[candidate];
    if (group.shortest != shortest) {
      continue;
    }
    if (drawn < group.count) {
      return shortest_members_[group.first + drawn];
    }
    drawn -= group.count;
  }
  ZCMPI_ENSURE(false);
  return 0;
}

}  // namespace zcmpi
