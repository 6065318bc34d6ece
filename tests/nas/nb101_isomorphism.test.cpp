#include "nb101_isomorphism.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "support.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

using testing_support::stream;

const std::vector<Nb101Code>& all_codes() {
  static const auto codes = all_canonical_codes();
  return codes;
}

/// The graph with its inner vertices in another order, not necessarily one in which edges lead upwards.
VertexGraph relabel(const VertexGraph& graph, std::span<const std::size_t> place) {
  VertexGraph relabelled;
  relabelled.vertices = graph.vertices;
  for (std::size_t to = 0; to < graph.vertices; ++to) {
    relabelled.operations[place[to]] = graph.operations[to];
    for (std::size_t from = 0; from < graph.vertices; ++from) {
      if (graph.has_edge(from, to)) {
        relabelled.flip_edge(place[from], place[to]);
      }
    }
  }
  return relabelled;
}

/// The benchmark's graph hash, with a 64-bit digest in the place of MD5: as many rounds as there are vertices, in each
/// of which a vertex hashes its successors' and predecessors' hashes, sorted, and its own; then all of them, sorted.
std::uint64_t graph_hash(const VertexGraph& graph) {
  const std::size_t n = graph.vertices;
  std::array<std::uint64_t, VertexGraph::max_vertices> hashes{};
  for (std::size_t v = 0; v < n; ++v) {
    std::array<std::uint64_t, 3> start{0, 0, static_cast<std::uint64_t>(graph.operations[v])};
    for (std::size_t u = 0; u < n; ++u) {
      start[0] += graph.has_edge(v, u) ? 1U : 0U;
      start[1] += graph.has_edge(u, v) ? 1U : 0U;
    }
    hashes[v] = digest_bytes(std::as_bytes(std::span(start)));
  }
  for (std::size_t round = 0; round < n; ++round) {
    auto next = hashes;
    for (std::size_t v = 0; v < n; ++v) {
      std::vector<std::uint64_t> in;
      std::vector<std::uint64_t> out;
      for (std::size_t u = 0; u < n; ++u) {
        if (graph.has_edge(u, v)) {
          in.push_back(hashes[u]);
        }
        if (graph.has_edge(v, u)) {
          out.push_back(hashes[u]);
        }
      }
      std::ranges::sort(in);
      std::ranges::sort(out);
      in.push_back(0);
      in.insert(in.end(), out.begin(), out.end());
      in.push_back(0);
      in.push_back(hashes[v]);
      next[v] = digest_bytes(std::as_bytes(std::span(in)));
    }
    hashes = next;
  }
  std::sort(hashes.begin(), hashes.begin() + static_cast<std::ptrdiff_t>(n));
  return digest_bytes(std::as_bytes(std::span(hashes).first(n)));
}

TEST(CanonicalCodes, AreAsManyAsTheBenchmarkHasCellsForEachNumberOfVertices) {
  std::array<std::size_t, 8> counts{};
  for (const Nb101Code code : all_codes()) {
    ++counts[to_cell(code).vertices];
  }
  // Up to 2, 3, ... 7 vertices: 1, 7, 91, 2532, 64542, 423624.
  EXPECT_THAT(counts, testing::ElementsAre(0, 0, 1, 6, 84, 2'441, 62'010, 359'082));
}

TEST(CanonicalCodes, AscendAndAreThoseOfTheirOwnCells) {
  EXPECT_TRUE(std::ranges::is_sorted(all_codes(), std::less_equal()));
  for (std::size_t i = 0; i < all_codes().size(); i += 7) {
    ASSERT_EQ(canonical_code(to_graph(to_cell(all_codes()[i]))), all_codes()[i]);
  }
}

TEST(CanonicalCodes, DoNotDependOnTheNumberingOfTheVertices) {
  auto random = stream(40);
  for (int i = 0; i < 20'000; ++i) {
    const Nb101Code code = all_codes()[random.below(static_cast<std::uint32_t>(all_codes().size()))];
    const VertexGraph graph = to_graph(to_cell(code));
    std::vector<std::size_t> place(graph.vertices);
    std::iota(place.begin(), place.end(), std::size_t{0});
    shuffle(std::span(place).subspan(1, graph.vertices - 2), random);
    ASSERT_EQ(canonical_code(relabel(graph, place)), code);
  }
}

TEST(Nb101, SamplesItsClassesUniformly) {
  // Counted in as many blocks of classes as divide their number.
  constexpr std::size_t blocks = 456;
  ASSERT_EQ(all_codes().size() % blocks, 0U);
  const SearchSpace& space = find_space("nb101");
  std::vector<std::uint64_t> counts(blocks, 0);
  auto random = stream(42);
  for (int i = 0; i < 50'000; ++i) {
    const Nb101Code code = canonical_code(to_graph(to_nb101_cell(sample(space, random))));
    const auto found = std::ranges::lower_bound(all_codes(), code);
    ASSERT_TRUE(found != all_codes().end() && *found == code);
    ++counts[static_cast<std::size_t>(found - all_codes().begin()) / (all_codes().size() / blocks)];
  }
  EXPECT_LT(testing_support::chi_square_deviation(counts), 5.0);
}

TEST(CanonicalCodes, OfSmallCellsAreEqualExactlyForIsomorphicOnes) {
  // Every cell of four vertices against every other, by trying the two numberings of the inner vertices.
  std::vector<VertexGraph> graphs;
  for (unsigned matrix = 0; matrix < 64; ++matrix) {
    for (int operations = 0; operations < 9; ++operations) {
      VertexGraph graph;
      graph.vertices = 4;
      unsigned bits = matrix;
      for (std::size_t to = 1; to < 4; ++to) {
        for (std::size_t from = 0; from < to; ++from, bits >>= 1) {
          if ((bits & 1U) != 0) {
            graph.flip_edge(from, to);
          }
        }
      }
      graph.operations = {Nb101Operation::input, static_cast<Nb101Operation>(2 + operations / 3),
                          static_cast<Nb101Operation>(2 + operations % 3), Nb101Operation::output};
      if (graph.is_connected()) {
        graphs.push_back(graph);
      }
    }
  }
  const auto same = [](const VertexGraph& a, const VertexGraph& b) {
    return a.predecessors == b.predecessors && a.operations == b.operations;
  };
  constexpr std::array<std::size_t, 4> exchanged{0, 2, 1, 3};
  for (const VertexGraph& a : graphs) {
    for (const VertexGraph& b : graphs) {
      ASSERT_EQ(canonical_code(a) == canonical_code(b), same(a, b) || same(relabel(a, exchanged), b));
    }
  }
}

TEST(CanonicalCodes, AndTheBenchmarksGraphHashTellTheSameCellsApart) {
  // The hash is equal for isomorphic cells, so as many hashes as classes mean that both have the same classes.
  auto random = stream(41);
  std::set<std::uint64_t> hashes;
  for (const Nb101Code code : all_codes()) {
    const VertexGraph graph = to_graph(to_cell(code));
    const std::uint64_t hash = graph_hash(graph);
    hashes.insert(hash);
    if (random.below(50) == 0) {
      std::vector<std::size_t> place(graph.vertices);
      std::iota(place.begin(), place.end(), std::size_t{0});
      shuffle(std::span(place).subspan(1, graph.vertices - 2), random);
      ASSERT_EQ(graph_hash(relabel(graph, place)), hash);
    }
  }
  EXPECT_EQ(hashes.size(), 423'624U);
}

}  // namespace
}  // namespace zcmpi
