#include "zcmpi/gp/selection.hpp"

#include <algorithm>
#include <numeric>

#include "zcmpi/core/error.hpp"

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
      first_survivors_(population * cases),
      first_counts_(cases),
      order_(cases) {
  candidates_.reserve(population);
}

void LexicaseSelector::find_epsilon(std::size_t which) {
  const auto scores = std::span(by_case_).subspan(which * members_, members_);
  const auto scratch = std::span(scratch_).first(members_);
  std::ranges::copy(scores, scratch.begin());
  const double middle = median(scratch);
  std::ranges::transform(scores, scratch.begin(), [middle](double score) {
    const double deviation = score - middle;
    return deviation < 0.0 ? -deviation : deviation;
  });
  epsilons_[which] = median(scratch);
}

void LexicaseSelector::prepare(const Population& population) {
  ZCMPI_EXPECT(population.size() > 0 && population.size() <= scratch_.size());
  ZCMPI_EXPECT(population.shape().problem_count == cases_);
  members_ = population.size();
  for (std::size_t i = 0; i < members_; ++i) {
    const auto scores = population.scores(i);
    for (std::size_t c = 0; c < cases_; ++c) {
      by_case_[c * members_ + i] = scores[c];
    }
  }
  for (std::size_t c = 0; c < cases_; ++c) {
    find_epsilon(c);
    const auto scores = std::span(by_case_).subspan(c * members_, members_);
    const double threshold = *std::ranges::max_element(scores) - epsilons_[c];
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < members_; ++i) {
      if (scores[i] >= threshold) {
        first_survivors_[c * members_ + count++] = static_cast<std::uint32_t>(i);
      }
    }
    first_counts_[c] = count;
  }
}

std::size_t LexicaseSelector::select(const Population& population, RandomStream& random) {
  std::iota(order_.begin(), order_.end(), 0U);
  shuffle(std::span(order_), random);
  candidates_.clear();
  if (cases_ > 0) {
    const auto first = first_survivors_.begin() + static_cast<std::ptrdiff_t>(order_[0] * members_);
    candidates_.assign(first, first + first_counts_[order_[0]]);
  } else {
    candidates_.resize(members_);
    std::iota(candidates_.begin(), candidates_.end(), 0U);
  }
  for (std::size_t k = 1; k < cases_ && candidates_.size() > 1; ++k) {
    const double* scores = by_case_.data() + order_[k] * members_;
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
  if (candidates_.size() > 1) {
    std::size_t shortest = population.shape().max_nodes;
    for (const auto candidate : candidates_) {
      shortest = std::min(shortest, population.formula(candidate).size());
    }
    std::erase_if(candidates_, [&](auto candidate) { return population.formula(candidate).size() > shortest; });
  }
  return candidates_[random.below(static_cast<std::uint32_t>(candidates_.size()))];
}

}  // namespace zcmpi
