#include "zcmpi/gp/nsga2.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

#include "zcmpi/core/error.hpp"

namespace zcmpi {

Nsga2Survival::Nsga2Survival(std::size_t capacity) : fronts_(capacity), crowding_(capacity) {
  sorted_.reserve(capacity);
  order_.reserve(capacity);
  front_ends_.reserve(capacity + 1);
  front_lengths_.reserve(capacity + 1);
}

void Nsga2Survival::assign_fronts(const Population& candidates) {
  // In the order of falling fitness a member is dominated by an earlier one of other objectives exactly when that is
  // not longer. The shortest lengths of the fronts never fall from one front to the next, so the first front that
  // does not dominate a member is found by bisection.
  const auto n = candidates.size();
  sorted_.resize(n);
  std::iota(sorted_.begin(), sorted_.end(), 0U);
  std::ranges::sort(sorted_, [&](auto a, auto b) {
    return is_better(candidates, a, candidates, b) || (!is_better(candidates, b, candidates, a) && a < b);
  });
  front_lengths_.clear();
  fronts_.resize(n);
  const auto same_objectives = [&](auto a, auto b) {
    return candidates.fitness(a) == candidates.fitness(b) &&
           candidates.formula(a).size() == candidates.formula(b).size();
  };
  // The last member that is no copy: members of equal objectives are neighbours in this order and share a front.
  auto previous = sorted_.empty() ? 0U : sorted_[0];
  for (std::size_t k = 0; k < n; ++k) {
    const auto member = sorted_[k];
    const auto length = candidates.formula(member).size();
    if (k > 0 && std::ranges::equal(candidates.formula(previous), candidates.formula(member))) {
      fronts_[member] = copies_front;
      continue;
    }
    if (k > 0 && same_objectives(previous, member)) {
      fronts_[member] = fronts_[previous];
    } else {
      const auto place = std::ranges::upper_bound(front_lengths_, length);
      fronts_[member] = static_cast<std::uint32_t>(place - front_lengths_.begin());
      if (place == front_lengths_.end()) {
        front_lengths_.push_back(length);
      } else {
        *place = length;
      }
    }
    previous = member;
  }
}

void Nsga2Survival::order_by_fronts() {
  const auto front_of = [&](auto member) { return std::min<std::size_t>(fronts_[member], front_lengths_.size()); };
  front_ends_.assign(front_lengths_.size() + 1, 0);
  for (const auto member : sorted_) {
    ++front_ends_[front_of(member)];
  }
  std::exclusive_scan(front_ends_.begin(), front_ends_.end(), front_ends_.begin(), 0U);
  order_.resize(sorted_.size());
  for (const auto member : sorted_) {
    order_[front_ends_[front_of(member)]++] = member;
  }
}

void Nsga2Survival::assign_crowding(const Population& candidates, std::size_t begin, std::size_t end) {
  // A front is a chain: sorted by fitness it is sorted by length too.
  const auto member = [&](std::size_t k) { return order_[k]; };
  const auto length = [&](std::size_t k) { return static_cast<double>(candidates.formula(member(k)).size()); };
  const double fitness_range = candidates.fitness(member(begin)) - candidates.fitness(member(end - 1));
  const double length_range = length(begin) - length(end - 1);
  for (std::size_t k = begin; k < end; ++k) {
    if (k == begin || k + 1 == end) {
      crowding_[member(k)] = std::numeric_limits<double>::infinity();
      continue;
    }
    double distance = 0.0;
    if (fitness_range > 0.0) {
      distance += (candidates.fitness(member(k - 1)) - candidates.fitness(member(k + 1))) / fitness_range;
    }
    if (length_range > 0.0) {
      distance += (length(k - 1) - length(k + 1)) / length_range;
    }
    crowding_[member(k)] = distance;
  }
}

const std::vector<std::uint32_t>& Nsga2Survival::choose(const Population& candidates, std::size_t survivors) {
  ZCMPI_EXPECT(survivors <= candidates.size());
  crowding_.assign(candidates.size(), 0.0);
  assign_fronts(candidates);
  order_by_fronts();
  std::size_t begin = 0;
  for (const std::size_t end : front_ends_) {
    if (begin >= survivors) {
      break;
    }
    assign_crowding(candidates, begin, end);
    begin = end;
  }
  // All fronts in one go, since a stable sort allocates each time; that it compares fronts anew costs less. Ties keep
  // the order of sorted_.
  std::ranges::stable_sort(std::span(order_).first(begin), [&](auto a, auto b) {
    return fronts_[a] != fronts_[b] ? fronts_[a] < fronts_[b] : crowding_[a] > crowding_[b];
  });
  order_.resize(survivors);
  return order_;
}

std::size_t Nsga2Survival::select_by_tournament(std::size_t size, RandomStream& random) const {
  ZCMPI_EXPECT(!order_.empty() && size > 0);
  const auto draw = [&] { return random.below(static_cast<std::uint32_t>(order_.size())); };
  auto winner = draw();
  for (std::size_t i = 1; i < size; ++i) {
    winner = std::min(winner, draw());
  }
  return order_[winner];
}

}  // namespace zcmpi
