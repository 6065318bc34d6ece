#include "zcmpi/nas/product_space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "literal.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {

ProductSpace::ProductSpace(std::vector<std::uint8_t> choices) : choices_(std::move(choices)) {
  for (const std::uint8_t count : choices_) {
    ZCMPI_EXPECT(count > 0 && size_ <= std::numeric_limits<std::uint64_t>::max() / count);
    size_ *= count;
  }
}

Architecture ProductSpace::at(std::uint64_t index) const {
  ZCMPI_EXPECT(index < size_);
  Architecture architecture{std::vector<std::uint8_t>(choices_.size())};
  for (std::size_t i = choices_.size(); i-- > 0;) {
    architecture.genes[i] = static_cast<std::uint8_t>(index % choices_[i]);
    index /= choices_[i];
  }
  return architecture;
}

std::uint64_t ProductSpace::index(const Architecture& architecture) const {
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    index = index * choices_[i] + architecture.genes[i];
  }
  return index;
}

void ProductSpace::validate(const Architecture& architecture) const {
  const auto& genes = architecture.genes;
  if (genes.size() != choices_.size()) {
    refuse_architecture(name(), print_tuple(genes), fmt::format("{} genes", genes.size()),
                        fmt::format("{}", choices_.size()));
  }
  for (std::size_t i = 0; i < genes.size(); ++i) {
    if (genes[i] >= choices_[i]) {
      refuse_architecture(name(), print_tuple(genes), fmt::format("gene {} is {}", i, genes[i]),
                          fmt::format("0 to {}", choices_[i] - 1));
    }
  }
}

std::vector<Architecture> ProductSpace::neighbours(const Architecture& architecture) const {
  std::vector<Architecture> neighbours;
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    for (std::uint8_t choice = 0; choice < choices_[i]; ++choice) {
      if (choice != architecture.genes[i]) {
        neighbours.push_back(architecture);
        neighbours.back().genes[i] = choice;
      }
    }
  }
  std::ranges::sort(neighbours);
  return neighbours;
}

}  // namespace zcmpi
