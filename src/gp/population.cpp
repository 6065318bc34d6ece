#include "zcmpi/gp/population.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "zcmpi/core/error.hpp"

namespace zcmpi {

Population::Population(std::size_t capacity, const PopulationShape& shape)
    : shape_(shape),
      nodes_(capacity * shape.max_nodes),
      lengths_(capacity),
      digests_(capacity),
      scores_(capacity * shape.problem_count),
      fitness_(capacity) {
  ZCMPI_EXPECT(shape.max_nodes <= std::numeric_limits<std::uint16_t>::max());
}

void Population::resize(std::size_t size) {
  ZCMPI_EXPECT(size <= capacity());
  for (std::size_t i = size_; i < size; ++i) {
    assign(i, FormulaView{});
  }
  size_ = size;
}

std::size_t Population::add(FormulaView formula, std::uint64_t digest) {
  ZCMPI_EXPECT(size_ < capacity());
  assign(size_, formula);
  digests_[size_] = digest;
  return size_++;
}

std::size_t Population::add(const Population& other, std::size_t member) {
  ZCMPI_EXPECT(size_ < capacity());
  assign(size_, other, member);
  return size_++;
}

void Population::assign(std::size_t i, FormulaView formula) {
  ZCMPI_EXPECT(i < capacity() && formula.size() <= shape_.max_nodes);
  copy_nodes(formula, nodes_.data() + i * shape_.max_nodes);
  lengths_[i] = static_cast<std::uint16_t>(formula.size());
  digests_[i] = no_digest;
  std::ranges::fill(scores(i), 0.0);
  fitness_[i] = 0.0;
}

void Population::assign(std::size_t i, const Population& other, std::size_t member) {
  ZCMPI_EXPECT(shape_ == other.shape_);
  assign(i, other.formula(member));
  digests_[i] = other.digests_[member];
  std::ranges::copy(other.scores(member), scores(i).begin());
  fitness_[i] = other.fitness_[member];
}

bool operator==(const Population& a, const Population& b) {
  if (a.shape_ != b.shape_ || a.size_ != b.size_) {
    return false;
  }
  for (std::size_t i = 0; i < a.size_; ++i) {
    if (!std::ranges::equal(a.formula(i), b.formula(i)) || !std::ranges::equal(a.scores(i), b.scores(i)) ||
        a.fitness(i) != b.fitness(i)) {
      return false;
    }
  }
  return true;
}

bool is_simpler(const Population& a, std::size_t i, const Population& b, std::size_t j) {
  const auto left = a.formula(i);
  const auto right = b.formula(j);
  if (left.size() != right.size()) {
    return left.size() < right.size();
  }
  return !left.empty() && std::memcmp(left.data(), right.data(), left.size_bytes()) < 0;
}

}  // namespace zcmpi
