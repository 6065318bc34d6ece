#include "zcmpi/gp/selection.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <numeric>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/lanes.hpp"
#include "zcmpi/gp/median.hpp"

namespace zcmpi {
namespace {

using detail::ShortLanes;
using detail::ShortMask;
constexpr std::size_t lanes = detail::short_lane_count;

void store_mask(const ShortMask& mask, std::byte* to) { std::memcpy(to, &mask, sizeof mask); }

/// A score in steps, from 1: 0 is below all.
std::int16_t code_of(double score) {
  ZCMPI_EXPECT(score >= -1.0 && score <= 1.0);
  constexpr double middle = LexicaseSelector::steps + 1;
  return static_cast<std::int16_t>(score * LexicaseSelector::steps + (middle + 0.5));
}

/// Up to whole registers.
std::size_t padded(std::size_t count) { return (count + lanes - 1) / lanes * lanes; }

/// With so few cases there are no more than most_orders orders.
constexpr std::size_t few_cases = 5;

}  // namespace

std::size_t select_by_tournament(const Population& population, std::size_t size, RandomStream& random) {
  ZCMPI_EXPECT(population.size() > 0 && size > 0);
  const auto draw = [&] { return std::size_t{random.below(static_cast<std::uint32_t>(population.size()))}; };
  std::size_t winner = draw();
  double best = population.fitness(winner);
  for (std::size_t i = 1; i < size; ++i) {
    const std::size_t challenger = draw();
    const double fitness = population.fitness(challenger);
    if (fitness == best) {
      winner = is_simpler(population, challenger, population, winner) ? challenger : winner;
      continue;
    }
    // Without a branch: who wins is not foreseen.
    const std::size_t if_better = std::size_t{0} - static_cast<std::size_t>(fitness > best);
    winner ^= (winner ^ challenger) & if_better;
    best = std::max(best, fitness);
  }
  return winner;
}

LexicaseSelector::LexicaseSelector(std::size_t population, std::size_t cases)
    : cases_(cases),
      member_codes_(population * cases),
      column_(population),
      epsilons_(cases),
      table_(std::bit_ceil(2 * population + 2)),
      group_of_(population),
      shortest_members_(population),
      codes_(padded(population) * cases),
      bests_(cases),
      order_(cases),
      marks_(padded(population) / lanes * sizeof(ShortMask)) {
  groups_.reserve(population);
  left_ends_.reserve(most_orders);
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

/// Of an even number of scores, the median is the higher one of the two in the middle.
std::int16_t LexicaseSelector::find_epsilon(std::size_t which, std::size_t members) {
  const auto column = std::span(column_).first(members);
  for (std::size_t i = 0; i < members; ++i) {
    column[i] = codes_of(i)[which];
  }
  const auto middle = nth_smallest(column, members / 2);
  for (auto& code : column) {
    code = static_cast<std::int16_t>(std::abs(code - middle));
  }
  return nth_smallest(column, members / 2);
}

void LexicaseSelector::lay_out_codes() {
  stride_ = padded(groups_.size());
  for (std::size_t c = 0; c < cases_; ++c) {
    const auto row = std::span(codes_).subspan(c * stride_, stride_);
    std::ranges::fill(row.last(lanes), std::int16_t{0});
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      row[g] = codes_of(groups_[g].representative)[c];
    }
    bests_[c] = *std::ranges::max_element(row);
  }
}

void LexicaseSelector::prepare(const Population& population, RandomStream& random) {
  ZCMPI_EXPECT(population.size() > 0 && population.size() <= column_.size());
  ZCMPI_EXPECT(cases_ > 0 && population.shape().problem_count == cases_);
  for (std::size_t i = 0; i < population.size(); ++i) {
    std::ranges::transform(population.scores(i), member_codes_.begin() + static_cast<std::ptrdiff_t>(i * cases_),
                           code_of);
  }
  find_groups(population);
  for (std::size_t c = 0; c < cases_; ++c) {
    epsilons_[c] = find_epsilon(c, population.size());
  }
  lay_out_codes();
  left_.clear();
  left_ends_.clear();
  std::iota(order_.begin(), order_.end(), 0U);
  if (cases_ <= few_cases) {
    do {
      add_what_is_left(order_);
    } while (std::ranges::next_permutation(order_).found);
    return;
  }
  for (std::size_t k = 0; k < most_orders; ++k) {
    std::iota(order_.begin(), order_.end(), 0U);
    shuffle(std::span(order_), random);
    add_what_is_left(order_);
  }
}

void LexicaseSelector::add_what_is_left(std::span<const std::uint32_t> order) {
  constexpr std::size_t mask_size = sizeof(ShortMask);
  const std::size_t registers = stride_ / lanes;
  for (std::size_t r = 0; r < registers; ++r) {
    store_mask(detail::all_short_lanes(), &marks_[r * mask_size]);
  }
  std::int16_t best = bests_[order[0]];
  for (std::size_t k = 0; k < cases_; ++k) {
    // At least 1 in the first case, since an epsilon is at most what lies between two codes: nothing behind the last
    // group is kept.
    const ShortLanes threshold = ShortLanes{} + static_cast<std::int16_t>(best - epsilons_[order[k]]);
    const auto* row = &codes_[order[k] * stride_];
    const auto* next = &codes_[order[std::min(k + 1, cases_ - 1)] * stride_];
    const auto* const end = row + stride_;
    auto* marks = marks_.data();
    ShortLanes bests{};
    for (; row != end; row += lanes, next += lanes, marks += mask_size) {
      const ShortMask mask =
          detail::both_and_less_equal(detail::load_as<ShortMask>(marks), threshold, detail::load_lanes(row));
      store_mask(mask, marks);
      bests = detail::larger_where(mask, detail::load_lanes(next), bests);
    }
    best = detail::largest_lane(bests);
  }
  for (std::size_t r = 0; r < registers; ++r) {
    for (unsigned bits = detail::to_bits(detail::load_as<ShortMask>(&marks_[r * mask_size])); bits != 0;
         bits &= bits - 1) {
      left_.push_back(static_cast<std::uint32_t>(r * lanes) + static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
  }
  left_ends_.push_back(left_.size());
}

std::size_t LexicaseSelector::select(RandomStream& random) const {
  ZCMPI_EXPECT(!left_ends_.empty());
  const std::size_t order = random.below(static_cast<std::uint32_t>(left_ends_.size()));
  const std::size_t begin = order == 0 ? 0 : left_ends_[order - 1];
  const auto left = std::span(left_).subspan(begin, left_ends_[order] - begin);
  const Group& group = groups_[left[random.below(static_cast<std::uint32_t>(left.size()))]];
  return shortest_members_[group.first + random.below(group.count)];
}

}  // namespace zcmpi
