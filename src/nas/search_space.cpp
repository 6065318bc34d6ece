#include "zcmpi/nas/search_space.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/nas/graph_features.hpp"

namespace zcmpi {
namespace {

/// Uniform over [0, bound): words of as many bits as the bound has, until one is below it.
std::uint64_t uniform_below(std::uint64_t bound, RandomStream& random) {
  ZCMPI_EXPECT(bound > 0);
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(bound);
  for (;;) {
    const std::uint64_t high = random.next_word();
    const std::uint64_t word = ((high << 32) | random.next_word()) & mask;
    if (word < bound) {
      return word;
    }
  }
}

}  // namespace

std::strong_ordering operator<=>(const Architecture& a, const Architecture& b) {
  const auto [in_a, in_b] = std::ranges::mismatch(a.genes, b.genes);
  if (in_a == a.genes.end() || in_b == b.genes.end()) {
    return a.genes.size() <=> b.genes.size();
  }
  return *in_a <=> *in_b;
}

std::uint64_t digest(const Architecture& architecture) {
  return digest_bytes(std::as_bytes(std::span(architecture.genes)));
}

std::vector<TextForm> SearchSpace::text_forms(const Architecture& architecture) const {
  return {{"string", print(architecture)}};
}

Architecture SearchSpace::canonical(const Architecture& architecture) const { return architecture; }

std::size_t SearchSpace::unreachable_operations(const Architecture& architecture) const {
  std::size_t count = 0;
  for (const OperationGraph& graph : graphs(architecture)) {
    count += count_unreachable(graph, operations());
  }
  return count;
}

std::vector<Feature> SearchSpace::own_features(const Architecture&) const { return {}; }

Architecture sample(const SearchSpace& space, RandomStream& random) {
  return space.at(uniform_below(space.size(), random));
}

Architecture mutate(const SearchSpace& space, const Architecture& architecture, RandomStream& random) {
  auto neighbours = space.neighbours(architecture);
  if (neighbours.empty()) {
    return architecture;
  }
  return std::move(neighbours[random.below(static_cast<std::uint32_t>(neighbours.size()))]);
}

}  // namespace zcmpi
