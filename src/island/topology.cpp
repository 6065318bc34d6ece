#include "zcmpi/island/topology.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

constexpr std::array<std::pair<TopologyKind, std::string_view>, 5> names{
    {{TopologyKind::none, "none"},
     {TopologyKind::ring, "ring"},
     {TopologyKind::two_way_ring, "two_way_ring"},
     {TopologyKind::torus, "torus"},
     {TopologyKind::fully_connected, "fully_connected"}}};

/// The largest divisor of n that is not above its square root.
std::uint32_t torus_rows(std::uint32_t n) {
  std::uint32_t rows = 1;
  for (std::uint32_t candidate = 2; candidate <= n / candidate; ++candidate) {
    if (n % candidate == 0) {
      rows = candidate;
    }
  }
  return rows;
}

/// The neighbours an island would have if coinciding ones counted.
std::vector<std::uint32_t> candidate_targets(TopologyKind kind, std::uint32_t island, std::uint32_t n) {
  const std::uint32_t next = (island + 1) % n;
  const std::uint32_t previous = (island + n - 1) % n;
  switch (kind) {
    case TopologyKind::none: return {};
    case TopologyKind::ring: return {next};
    case TopologyKind::two_way_ring: return {previous, next};
    case TopologyKind::torus: {
      const std::uint32_t rows = torus_rows(n);
      const std::uint32_t columns = n / rows;
      const std::uint32_t row = island / columns;
      const std::uint32_t column = island % columns;
      return {(row + rows - 1) % rows * columns + column, (row + 1) % rows * columns + column,
              row * columns + (column + columns - 1) % columns, row * columns + (column + 1) % columns};
    }
    case TopologyKind::fully_connected: {
      std::vector<std::uint32_t> all(n);
      for (std::uint32_t i = 0; i < n; ++i) {
        all[i] = i;
      }
      return all;
    }
  }
  return {};
}

}  // namespace

std::string_view to_text(TopologyKind kind) {
  const auto* const found = std::ranges::find(names, kind, &decltype(names)::value_type::first);
  ZCMPI_EXPECT(found != names.end());
  return found->second;
}

std::optional<TopologyKind> parse_topology(std::string_view text) {
  const auto* const found = std::ranges::find(names, text, &decltype(names)::value_type::second);
  return found != names.end() ? std::optional(found->first) : std::nullopt;
}

Topology::Topology(TopologyKind kind, std::uint32_t islands) : targets_(islands), sources_(islands) {
  for (std::uint32_t island = 0; island < islands; ++island) {
    auto& targets = targets_[island];
    targets = candidate_targets(kind, island, islands);
    std::ranges::sort(targets);
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    std::erase(targets, island);
    for (const std::uint32_t target : targets) {
      sources_[target].push_back(island);
    }
  }
}

IslandRange islands_of_rank(std::uint32_t islands, int ranks, int rank) {
  ZCMPI_EXPECT(rank >= 0 && rank < ranks);
  const auto n = static_cast<std::uint32_t>(ranks);
  const auto r = static_cast<std::uint32_t>(rank);
  const std::uint32_t share = islands / n;
  const std::uint32_t larger = islands % n;
  return {r * share + std::min(r, larger), share + (r < larger ? 1U : 0U)};
}

int rank_of_island(std::uint32_t islands, int ranks, std::uint32_t island) {
  ZCMPI_EXPECT(ranks > 0 && island < islands);
  const auto n = static_cast<std::uint32_t>(ranks);
  const std::uint32_t share = islands / n;
  const std::uint32_t larger = islands % n;
  const std::uint32_t in_larger = larger * (share + 1);
  return static_cast<int>(island < in_larger ? island / (share + 1) : larger + (island - in_larger) / share);
}

}  // namespace zcmpi
