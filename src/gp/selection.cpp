#include "zcmpi/gp/selection.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {

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
      by_case_(population * cases),
      epsilons_(cases),
      scratch_(population),
      table_(std::bit_ceil(2 * population + 2)),
      group_of_(population),
      shortest_members_(population),
      first_survivors_(population * cases),
      first_counts_(cases),
      order_(cases) {
  groups_.reserve(population);
  candidates_.reserve(population);
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
  const std::size_t stride = groups_.size();
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const auto scores = population.scores(groups_[g].representative);
    for (std::size_t c = 0; c < cases_; ++c) {
      by_case_[c * stride + g] = scores[c];
    }
  }
  for (std::size_t c = 0; c < cases_; ++c) {
    find_epsilon(population, c);
    const auto scores = std::span(by_case_).subspan(c * stride, stride);
    const double threshold = *std::ranges::max_element(scores) - epsilons_[c];
    std::uint32_t count = 0;
    for (std::size_t g = 0; g < scores.size(); ++g) {
      if (scores[g] >= threshold) {
        first_survivors_[c * stride + count++] = static_cast<std::uint32_t>(g);
      }
    }
    first_counts_[c] = count;
  }
}

std::size_t LexicaseSelector::select(RandomStream& random) {
  std::iota(order_.begin(), order_.end(), 0U);
  shuffle(std::span(order_), random);
  const std::size_t stride = groups_.size();
  candidates_.clear();
  if (cases_ > 0) {
    const auto first = first_survivors_.begin() + static_cast<std::ptrdiff_t>(order_[0] * stride);
    candidates_.assign(first, first + first_counts_[order_[0]]);
  } else {
    candidates_.resize(groups_.size());
    std::iota(candidates_.begin(), candidates_.end(), 0U);
  }
  for (std::size_t k = 1; k < cases_ && candidates_.size() > 1; ++k) {
    const double* scores = by_case_.data() + order_[k] * stride;
    double best = scores[candidates_[0]];
    for (const auto candidate : candidates_) {
      best = std::max(best, scores[candidate]);
    }
    const double threshold = best - epsilons_[order_[k]];
    std::size_t kept = 0;
    for (const auto candidate : candidates_) {
      candidates_[kept] = candidate;
      kept += scores[candidate] >= threshold ? 1 : 0;
    }
    candidates_.resize(kept);
  }
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
