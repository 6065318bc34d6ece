#include "zcmpi/island/topology.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t largest = 17;
constexpr TopologyKind all_kinds[] = {TopologyKind::none, TopologyKind::ring, TopologyKind::two_way_ring,
                                      TopologyKind::torus, TopologyKind::fully_connected};

std::vector<std::uint32_t> list(std::span<const std::uint32_t> islands) { return {islands.begin(), islands.end()}; }

class EveryTopology : public testing::TestWithParam<TopologyKind> {
 protected:
  /// Calls `check(topology, island)` at every size and for every island.
  template <class Check>
  void for_each_island(const Check& check) const {
    for (std::uint32_t n = 1; n <= largest; ++n) {
      const Topology topology(GetParam(), n);
      ASSERT_EQ(topology.islands(), n);
      for (std::uint32_t island = 0; island < n; ++island) {
        SCOPED_TRACE(testing::Message() << n << " islands, island " << island);
        check(topology, island);
      }
    }
  }
};

TEST_P(EveryTopology, HasAscendingTargetsWithoutTheIslandItself) {
  for_each_island([](const Topology& topology, std::uint32_t island) {
    const auto targets = list(topology.targets(island));
    EXPECT_TRUE(std::ranges::is_sorted(targets, std::ranges::less_equal()) || targets.size() < 2);
    EXPECT_EQ(std::ranges::adjacent_find(targets), targets.end());
    EXPECT_EQ(std::ranges::count(targets, island), 0);
    EXPECT_TRUE(std::ranges::all_of(targets, [&](std::uint32_t target) { return target < topology.islands(); }));
  });
}

TEST_P(EveryTopology, HasAsSourcesThoseThatTargetTheIsland) {
  for_each_island([](const Topology& topology, std::uint32_t island) {
    std::vector<std::uint32_t> expected;
    for (std::uint32_t other = 0; other < topology.islands(); ++other) {
      if (std::ranges::count(topology.targets(other), island) > 0) {
        expected.push_back(other);
      }
    }
    EXPECT_EQ(list(topology.sources(island)), expected);
  });
}

TEST_P(EveryTopology, SendsNothingFromASingleIsland) {
  EXPECT_THAT(list(Topology(GetParam(), 1).targets(0)), IsEmpty());
}

TEST_P(EveryTopology, HasANameThatReadsBack) { EXPECT_EQ(parse_topology(to_text(GetParam())), GetParam()); }

INSTANTIATE_TEST_SUITE_P(Kinds, EveryTopology, testing::ValuesIn(all_kinds),
                         [](const auto& tested) { return std::string(to_text(tested.param)); });

class MigratingTopology : public EveryTopology {};

TEST_P(MigratingTopology, LeavesTwoIslandsOneNeighbourEach) {
  const Topology topology(GetParam(), 2);
  EXPECT_THAT(list(topology.targets(0)), ElementsAre(1U));
  EXPECT_THAT(list(topology.targets(1)), ElementsAre(0U));
}

TEST_P(MigratingTopology, LeadsFromEachIslandToAll) {
  for_each_island([](const Topology& topology, std::uint32_t island) {
    std::vector<bool> reached(topology.islands(), false);
    std::vector<std::uint32_t> open{island};
    reached[island] = true;
    while (!open.empty()) {
      const std::uint32_t next = open.back();
      open.pop_back();
      for (const std::uint32_t target : topology.targets(next)) {
        if (!reached[target]) {
          reached[target] = true;
          open.push_back(target);
        }
      }
    }
    EXPECT_EQ(std::ranges::count(reached, false), 0);
  });
}

INSTANTIATE_TEST_SUITE_P(Kinds, MigratingTopology, testing::ValuesIn(all_kinds + 1, all_kinds + std::size(all_kinds)),
                         [](const auto& tested) { return std::string(to_text(tested.param)); });

TEST(Ring, SendsToTheNextIsland) {
  for (std::uint32_t n = 2; n <= largest; ++n) {
    const Topology ring(TopologyKind::ring, n);
    for (std::uint32_t island = 0; island < n; ++island) {
      EXPECT_THAT(list(ring.targets(island)), ElementsAre((island + 1) % n));
    }
  }
}

TEST(TwoWayRing, SendsToBothSides) {
  for (std::uint32_t n = 3; n <= largest; ++n) {
    const Topology ring(TopologyKind::two_way_ring, n);
    for (std::uint32_t island = 0; island < n; ++island) {
      EXPECT_THAT(list(ring.targets(island)), testing::UnorderedElementsAre((island + 1) % n, (island + n - 1) % n));
    }
  }
}

TEST(Torus, HasTheFourNeighboursOfAGrid) {
  // 0  1  2  3
  // 4  5  6  7
  // 8  9 10 11
  const Topology torus(TopologyKind::torus, 12);
  EXPECT_THAT(list(torus.targets(5)), ElementsAre(1U, 4U, 6U, 9U));
  EXPECT_THAT(list(torus.targets(0)), ElementsAre(1U, 3U, 4U, 8U));
  EXPECT_THAT(list(torus.targets(11)), ElementsAre(3U, 7U, 8U, 10U));
}

TEST(Torus, IsSymmetric) {
  for (std::uint32_t n = 1; n <= largest; ++n) {
    const Topology torus(TopologyKind::torus, n);
    for (std::uint32_t island = 0; island < n; ++island) {
      EXPECT_EQ(list(torus.targets(island)), list(torus.sources(island))) << n << " islands, island " << island;
    }
  }
}

TEST(Torus, OfAPrimeNumberOfIslandsIsATwoWayRing) {
  const Topology torus(TopologyKind::torus, 7);
  const Topology ring(TopologyKind::two_way_ring, 7);
  for (std::uint32_t island = 0; island < 7; ++island) {
    EXPECT_EQ(list(torus.targets(island)), list(ring.targets(island)));
  }
}

TEST(FullyConnected, SendsToAllOthers) {
  const Topology topology(TopologyKind::fully_connected, 4);
  EXPECT_THAT(list(topology.targets(2)), ElementsAre(0U, 1U, 3U));
}

TEST(NoTopology, SendsNothing) {
  const Topology topology(TopologyKind::none, 5);
  for (std::uint32_t island = 0; island < 5; ++island) {
    EXPECT_THAT(list(topology.targets(island)), IsEmpty());
  }
}

TEST(ParsingATopology, RefusesUnknownNames) {
  EXPECT_EQ(parse_topology("star"), std::nullopt);
  EXPECT_EQ(parse_topology(""), std::nullopt);
}

TEST(DealingOutIslands, GivesContiguousBlocksThatDifferByOneAtMost) {
  for (std::uint32_t islands = 1; islands <= largest; ++islands) {
    for (int ranks = 1; ranks <= static_cast<int>(largest) + 2; ++ranks) {
      std::uint32_t next = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const IslandRange range = islands_of_rank(islands, ranks, rank);
        EXPECT_EQ(range.first, next);
        EXPECT_LE(range.count, islands_of_rank(islands, ranks, 0).count);
        EXPECT_GE(range.count + 1, islands_of_rank(islands, ranks, 0).count);
        next += range.count;
      }
      EXPECT_EQ(next, islands) << islands << " islands on " << ranks << " ranks";
    }
  }
}

TEST(DealingOutIslands, FindsTheRankOfEachIsland) {
  for (std::uint32_t islands = 1; islands <= largest; ++islands) {
    for (int ranks = 1; ranks <= static_cast<int>(largest) + 2; ++ranks) {
      for (std::uint32_t island = 0; island < islands; ++island) {
        const IslandRange range = islands_of_rank(islands, ranks, rank_of_island(islands, ranks, island));
        EXPECT_TRUE(island >= range.first && island < range.first + range.count)
            << "island " << island << " of " << islands << " on " << ranks << " ranks";
      }
    }
  }
}

}  // namespace
}  // namespace zcmpi
