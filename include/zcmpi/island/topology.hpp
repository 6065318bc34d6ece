/// \file
/// Who sends migrants to whom.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace zcmpi {

enum class TopologyKind {
  /// No migration.
  none,
  /// Island i sends to i+1, the last to the first.
  ring,
  /// Island i sends to i-1 and i+1.
  two_way_ring,
  /// A wrapped grid, as square as the number of islands allows; each island sends to its four neighbours.
  torus,
  fully_connected,
};

std::string_view to_text(TopologyKind kind);
std::optional<TopologyKind> parse_topology(std::string_view text);

/// The directed edges between islands. No island is its own neighbour and no edge is there twice, so one island sends
/// nothing and two islands have one neighbour each in every topology.
class Topology {
 public:
  Topology(TopologyKind kind, std::uint32_t islands);

  [[nodiscard]] std::uint32_t islands() const { return static_cast<std::uint32_t>(targets_.size()); }
  /// Islands that `island` sends to, ascending.
  [[nodiscard]] std::span<const std::uint32_t> targets(std::uint32_t island) const { return targets_[island]; }
  /// Islands that send to `island`, ascending.
  [[nodiscard]] std::span<const std::uint32_t> sources(std::uint32_t island) const { return sources_[island]; }

 private:
  std::vector<std::vector<std::uint32_t>> targets_;
  std::vector<std::vector<std::uint32_t>> sources_;
};

/// Which islands live on which rank: contiguous blocks whose sizes differ by at most one; ranks beyond the number of
/// islands have none.
struct IslandRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};
IslandRange islands_of_rank(std::uint32_t islands, int ranks, int rank);
int rank_of_island(std::uint32_t islands, int ranks, std::uint32_t island);

}  // namespace zcmpi
