#include "zcmpi/gp/selection.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/lanes.hpp"

namespace zcmpi {
namespace {

using detail::FloatLanes;
constexpr auto lanes = static_cast<std::size_t>(detail::lane_count);
/// A dropped candidate's penalty, and the score of none.
constexpr float dropped = -std::numeric_limits<float>::infinity();

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
      epsilons_(cases),
      column_(population),
      median_(population),
      table_(std::bit_ceil(2 * population + 2)),
      group_of_(population),
      shortest_members_(population),
      cases_taken_(begins_often_enough(population, cases) ? 2 : std::min<std::size_t>(cases, 1)),
      after_one_(cases),
      after_two_(cases_taken_ == 2 ? cases * cases : 0),
      row_offset_(in_whole_lanes(cases)) {
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
  const auto column = std::span(column_).first(population.size());
  for (std::size_t i = 0; i < column.size(); ++i) {
    column[i] = static_cast<float>(population.scores(i)[which]);
  }
  const float middle = median_(column);
  for (float& score : column) {
    const float deviation = score - middle;
    score = deviation < 0.0F ? -deviation : deviation;
  }
  epsilons_[which] = median_(column);
}

void LexicaseSelector::prepare(const Population& population) {
  ZCMPI_EXPECT(population.size() > 0 && population.size() <= column_.size());
  ZCMPI_EXPECT(population.shape().problem_count == cases_);
  find_groups(population);
  for (std::size_t c = 0; c < cases_; ++c) {
    find_epsilon(population, c);
  }
  survivors_used_ = 0;
  scores_used_ = 0;
  all_ = stage_of_all(population);
  for (std::size_t c = 0; c < cases_; ++c) {
    after_one_[c] = keep(all_, c);
  }
  std::ranges::fill(after_two_, Stage{});
}

/// A stage with room for its groups and scores, and for a register behind them. Memory is kept, and nothing is filled
/// in.
LexicaseSelector::Stage LexicaseSelector::add_stage(std::size_t most) {
  const Stage stage{survivors_used_, 0, in_whole_lanes(most), scores_used_};
  survivors_used_ += stage.stride + lanes;
  scores_used_ += row_offset_ + stage.stride * cases_ + lanes;
  survivors_.resize(std::max(survivors_.size(), survivors_used_));
  scores_.resize(std::max(scores_.size(), scores_used_));
  return stage;
}

LexicaseSelector::Stage LexicaseSelector::stage_of_all(const Population& population) {
  Stage stage = add_stage(groups_.size());
  stage.count = groups_.size();
  std::iota(&survivors_[stage.first_survivor], &survivors_[stage.first_survivor + stage.count], 0U);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const auto scores = population.scores(groups_[g].representative);
    for (std::size_t c = 0; c < cases_; ++c) {
      row(stage, c)[g] = static_cast<float>(scores[c]);
    }
  }
  finish_stage(stage);
  return stage;
}

/// What a case keeps of a stage.
LexicaseSelector::Stage LexicaseSelector::keep(const Stage& before, std::size_t which) {
  const FloatLanes threshold = detail::broadcast(bests(before)[which] - epsilons_[which]);
  kept_.clear();
  std::size_t count = 0;
  for (std::size_t i = 0; i < before.stride; i += lanes) {
    kept_.push_back(detail::to_bits(detail::less_equal(threshold, detail::load_lanes(row(before, which) + i))));
    count += static_cast<std::size_t>(std::popcount(kept_.back()));
  }
  Stage stage = add_stage(count);
  stage.count = count;
  const auto copy_kept = [&](const auto* from, auto* to) {
    for (const unsigned bits : kept_) {
      detail::store_lanes(detail::compress(detail::load_lanes(from), bits), to);
      from += lanes;
      to += std::popcount(bits);
    }
  };
  copy_kept(&survivors_[before.first_survivor], &survivors_[stage.first_survivor]);
  for (std::size_t c = 0; c < cases_; ++c) {
    copy_kept(row(before, c), row(stage, c));
  }
  finish_stage(stage);
  return stage;
}

/// Fills what is behind the last group of each row, and finds the best scores.
void LexicaseSelector::finish_stage(const Stage& stage) {
  for (std::size_t c = 0; c < cases_; ++c) {
    float* const scores = row(stage, c);
    std::fill(scores + stage.count, scores + stage.stride, dropped);
    FloatLanes best = detail::broadcast(dropped);
    for (std::size_t i = 0; i < stage.stride; i += lanes) {
      best = detail::larger(detail::load_lanes(scores + i), best);
    }
    bests(stage)[c] = detail::largest_lane(best);
  }
}

/// What the second case keeps of what the first one keeps.
const LexicaseSelector::Stage& LexicaseSelector::after_two_cases(std::size_t first, std::size_t second) {
  Stage& known = after_two_[first * cases_ + second];
  if (known.count == 0) {
    known = keep(after_one_[first], second);
  }
  return known;
}

void LexicaseSelector::select(std::span<Draw> draws) {
  orders_.resize(draws.size() * cases_);
  choices_.resize(draws.size());
  for (std::size_t d = 0; d < draws.size(); ++d) {
    const auto order = std::span(orders_).subspan(d * cases_, cases_);
    std::iota(order.begin(), order.end(), 0U);
    shuffle(order, *draws[d].random);
    choices_[d] = draws[d].random->next_word();
  }
  sort_by_stage(draws.size());
  for (std::size_t begin = 0; begin < draws.size(); begin += in_step) {
    take_cases(std::span(sorted_).subspan(begin, std::min(in_step, draws.size() - begin)));
    for (const Remainder& draw : under_way_) {
      draws[draw.number].selected = choose(draw, choices_[draw.number]);
    }
  }
}

/// Lists the draws, those that begin with the same stage together, which then stays in a first-level cache.
void LexicaseSelector::sort_by_stage(std::size_t draw_count) {
  sorted_.resize(draw_count);
  if (draw_count <= in_step) {
    std::iota(sorted_.begin(), sorted_.end(), 0U);
    return;
  }
  const auto stage_of = [this](std::size_t draw) -> std::size_t {
    const std::uint32_t* const order = orders_.data() + draw * cases_;
    return cases_taken_ == 2 ? order[0] * cases_ + order[1] : (cases_taken_ == 1 ? order[0] : 0);
  };
  stage_ends_.assign(std::max(after_one_.size(), after_two_.size()) + 1, 0);
  for (std::size_t d = 0; d < draw_count; ++d) {
    ++stage_ends_[stage_of(d)];
  }
  std::exclusive_scan(stage_ends_.begin(), stage_ends_.end(), stage_ends_.begin(), 0U);
  for (std::size_t d = 0; d < draw_count; ++d) {
    sorted_[stage_ends_[stage_of(d)]++] = static_cast<std::uint32_t>(d);
  }
}

/// A case waits for what the one before has left. So some draws take their cases together, which do not wait for each
/// other.
void LexicaseSelector::take_cases(std::span<const std::uint32_t> draws) {
  under_way_.clear();
  penalties_.clear();
  for (const std::uint32_t draw : draws) {
    under_way_.push_back(begin_draw(draw));
  }
  for (std::size_t k = cases_taken_; k < cases_; ++k) {
    for (Remainder& draw : under_way_) {
      if (draw.stage.count > 1) {
        take_case(draw, k);
      }
    }
  }
}

/// With what the first cases leave, as far as that is known to all draws.
LexicaseSelector::Remainder LexicaseSelector::begin_draw(std::uint32_t number) {
  const std::uint32_t* const order = orders_.data() + number * cases_;
  Remainder draw{.number = number, .stage = all_, .penalties = penalties_.size()};
  if (cases_taken_ == 1) {
    draw.stage = after_one_[order[0]];
  } else if (cases_taken_ == 2) {
    draw.stage = after_two_cases(order[0], order[1]);
  }
  draw.best = cases_taken_ < cases_ ? bests(draw.stage)[order[cases_taken_]] : dropped;
  penalties_.resize(penalties_.size() + draw.stage.stride, 0.0F);
  return draw;
}

/// Drops what the case does not keep, and looks for the best of the next case among the rest.
void LexicaseSelector::take_case(Remainder& draw, std::size_t number) {
  const std::uint32_t* const order = orders_.data() + draw.number * cases_;
  const FloatLanes none = detail::broadcast(dropped);
  const FloatLanes threshold = detail::broadcast(draw.best - epsilons_[order[number]]);
  const float* const scores = row(draw.stage, order[number]);
  const float* const next = row(draw.stage, order[std::min(number + 1, cases_ - 1)]);
  float* const penalties = penalties_.data() + draw.penalties;
  FloatLanes best = none;
  for (std::size_t i = 0; i < draw.stage.stride; i += lanes) {
    const detail::LaneMask stays = detail::less_equal(threshold, detail::load_lanes(scores + i));
    const FloatLanes penalty = detail::choose(stays, detail::load_lanes(penalties + i), none);
    detail::store_lanes(penalty, penalties + i);
    best = detail::larger(detail::load_lanes(next + i) + penalty, best);
  }
  draw.best = detail::largest_lane(best);
}

/// A member: any of the groups that are left, all alike to 32 bits of `choice`, and any of its members.
std::size_t LexicaseSelector::choose(const Remainder& draw, std::uint32_t choice) {
  const Stage& stage = draw.stage;
  kept_.clear();
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < stage.count; i += lanes) {
    const FloatLanes penalties = detail::load_lanes(penalties_.data() + draw.penalties + i);
    const unsigned are_groups = (1U << std::min(stage.count - i, lanes)) - 1U;
    kept_.push_back(detail::to_bits(detail::equal(penalties, FloatLanes{})) & are_groups);
    count += static_cast<std::uint64_t>(std::popcount(kept_.back()));
  }
  ZCMPI_ENSURE(count > 0);
  // The fraction that choosing a group leaves is a number to choose a member by.
  const std::uint64_t product = choice * count;
  auto left = static_cast<int>(product >> 32U);
  std::size_t which = 0;
  for (; left >= std::popcount(kept_[which]); ++which) {
    left -= std::popcount(kept_[which]);
  }
  unsigned bits = kept_[which];
  for (; left > 0; --left) {
    bits &= bits - 1;
  }
  const std::size_t survivor = which * lanes + static_cast<std::size_t>(std::countr_zero(bits));
  const Group& group = groups_[survivors_[stage.first_survivor + survivor]];
  return shortest_members_[group.first + ((product & 0xffffffffU) * group.count >> 32U)];
}

}  // namespace zcmpi
