#include "zcmpi/nas/nb101.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using testing_support::refusal;
using testing_support::stream;

const SearchSpace& space() { return find_space("nb101"); }

/// 49 entries of a matrix and 7 operations.
std::string key(std::initializer_list<std::pair<std::size_t, std::size_t>> edges,
                std::initializer_list<int> operations) {
  std::vector<int> numbers(56, 0);
  for (const auto& [from, to] : edges) {
    numbers[7 * from + to] = 1;
  }
  std::ranges::copy(operations, numbers.begin() + 49);
  std::string text = "(";
  for (const int number : numbers) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(number);
  }
  return text + ")";
}

TEST(Nb101Cells, AreReadFromTheBenchmarksOwnForm) {
  const Nb101Cell cell = parse_nb101_cell(
      "ModelSpec(matrix=[[0, 1, 1], [0, 0, 1], [0, 0, 0]], ops=['input', 'conv3x3-bn-relu', 'output'])");
  EXPECT_EQ(cell.vertices, 3U);
  EXPECT_EQ(cell.edges(), 3U);
  EXPECT_EQ(cell.operations[1], Nb101Operation::conv3x3);
  EXPECT_TRUE(cell.adjacency[0][1] && cell.adjacency[0][2] && cell.adjacency[1][2]);
  EXPECT_EQ(to_key(cell), key({{0, 1}, {0, 2}, {1, 2}}, {0, 4, 1}));
  const auto* const rows = "[[0, 1, 1], [0, 0, 1], [0, 0, 0]], ";
  const auto* const operations = "['input', 'conv3x3-bn-relu', 'output'])";
  EXPECT_EQ(parse_nb101_cell(std::string("ModelSpec(") + rows + operations), cell);
  EXPECT_EQ(parse_nb101_cell(std::string("ModelSpec(") + rows + "ops=" + operations), cell);
}

TEST(Nb101Cells, ArePaddedInTheirKeysAndMayComeWithout) {
  const Nb101Cell cell = parse_nb101_cell(key({{0, 1}, {0, 2}, {1, 2}}, {0, 4, 1}));
  EXPECT_EQ(cell.vertices, 3U);
  EXPECT_EQ(to_text(cell),
            "ModelSpec(matrix=[[0, 1, 1], [0, 0, 1], [0, 0, 0]], ops=['input', 'conv3x3-bn-relu', 'output'])");
  EXPECT_EQ(parse_nb101_cell("[0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 4, 1]"), cell);
}

TEST(Nb101Cells, KeepVerticesThatAreOnNoPathUntilTheyArePruned) {
  // 1 leads nowhere, 2 comes from nowhere.
  const Nb101Cell cell = parse_nb101_cell(key({{0, 1}, {0, 3}, {2, 4}, {3, 4}}, {0, 2, 3, 4, 1}));
  EXPECT_EQ(cell.vertices, 5U);
  const Nb101Cell pruned = prune(cell);
  EXPECT_EQ(pruned.vertices, 3U);
  EXPECT_EQ(pruned.operations[1], Nb101Operation::conv3x3);
  EXPECT_EQ(pruned.edges(), 2U);
  EXPECT_EQ(prune(pruned), pruned);
}

TEST(Nb101, CountsVerticesOnNoPathAsUnreachable) {
  const Architecture architecture = space().parse(key({{0, 1}, {0, 3}, {2, 4}, {3, 4}}, {0, 2, 3, 4, 1}));
  EXPECT_EQ(space().unreachable_operations(architecture), 2U);
  EXPECT_EQ(space().unreachable_operations(space().canonical(architecture)), 0U);
}

TEST(Nb101, AllowsMoreThanNineEdgesWhenNineAreOnPaths) {
  std::string text =
      key({{0, 1}, {0, 2}, {0, 3}, {0, 4}, {1, 6}, {2, 6}, {3, 6}, {4, 6}, {0, 6}, {0, 5}}, {0, 2, 3, 4, 2, 2, 1});
  EXPECT_EQ(prune(parse_nb101_cell(text)).edges(), 9U);
}

TEST(Nb101, TakesTheCellAndItsPrunedFormForTheSame) {
  EXPECT_EQ(space().canonical(space().parse(key({{0, 1}, {0, 3}, {2, 4}, {3, 4}}, {0, 2, 3, 4, 1}))),
            space().canonical(space().parse(key({{0, 1}, {1, 2}}, {0, 4, 1}))));
}

/// Architectures of the keys, sorted.
std::vector<std::string> neighbour_keys(const std::string& text) {
  std::vector<std::string> keys;
  for (const Architecture& neighbour : space().neighbours(space().parse(text))) {
    keys.push_back(space().print(neighbour));
  }
  return keys;
}

TEST(NeighboursInNb101, OfTheSmallestCellAddOneVertexBesideTheEdge) {
  const std::initializer_list<std::pair<std::size_t, std::size_t>> edges{{0, 1}, {0, 2}, {1, 2}};
  EXPECT_THAT(neighbour_keys(key({{0, 1}}, {0, 1})),
              UnorderedElementsAre(key(edges, {0, 2, 1}), key(edges, {0, 3, 1}), key(edges, {0, 4, 1})));
}

TEST(NeighboursInNb101, OfOneVertexReplaceItAddAnEdgeOrAddAVertexInEachPlace) {
  const auto canonical = [](const std::string& text) { return space().print(space().canonical(space().parse(text))); };
  std::vector<std::string> expected{key({{0, 1}, {1, 2}}, {0, 2, 1}), key({{0, 1}, {1, 2}}, {0, 3, 1}),
                                    key({{0, 1}, {0, 2}, {1, 2}}, {0, 4, 1})};
  for (const int added : {2, 3, 4}) {
    // Before vertex 1 and beside the edge to it, after it and beside the edge from it, and beside it all.
    expected.push_back(canonical(key({{0, 1}, {1, 2}, {0, 2}, {2, 3}}, {0, added, 4, 1})));
    expected.push_back(canonical(key({{0, 1}, {1, 2}, {2, 3}, {1, 3}}, {0, 4, added, 1})));
    expected.push_back(canonical(key({{0, 1}, {1, 3}, {0, 2}, {2, 3}}, {0, 4, added, 1})));
  }
  EXPECT_THAT(neighbour_keys(key({{0, 1}, {1, 2}}, {0, 4, 1})), testing::UnorderedElementsAreArray(expected));
}

TEST(NeighboursInNb101, NeverExceedNineEdges) {
  const auto architecture =
      space().parse(key({{0, 1}, {0, 2}, {0, 3}, {0, 4}, {1, 5}, {2, 5}, {3, 5}, {4, 5}, {0, 5}}, {0, 2, 3, 4, 2, 1}));
  for (const Architecture& neighbour : space().neighbours(architecture)) {
    EXPECT_LE(to_nb101_cell(neighbour).edges(), 9U);
  }
}

TEST(Nb101, RefusesCellsWithoutAPath) {
  EXPECT_THAT(refusal("nb101", key({{0, 1}}, {0, 4, 1})), HasSubstr("no path from input to output"));
}

TEST(Nb101, RefusesTenEdgesOnPaths) {
  EXPECT_THAT(refusal("nb101", key({{0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {1, 6}, {2, 6}, {3, 6}, {4, 6}, {5, 6}},
                                   {0, 2, 2, 2, 2, 2, 1})),
              HasSubstr("10 edges"));
}

TEST(Nb101, RefusesMatricesThatAreNotUpperTriangular) {
  EXPECT_THAT(refusal("nb101", key({{0, 1}, {1, 2}, {2, 1}}, {0, 4, 1})), HasSubstr("entry 1 in row 2, column 1"));
  EXPECT_THAT(refusal("nb101", key({{0, 1}, {1, 1}, {1, 2}}, {0, 4, 1})), HasSubstr("entry 1 in row 1, column 1"));
  EXPECT_THAT(refusal("nb101", key({{0, 1}, {1, 2}, {2, 4}}, {0, 4, 1})), HasSubstr("entry 1 in row 2, column 4"));
  EXPECT_THAT(refusal("nb101", "(0, 2, 0, 0, 0, 1)"), HasSubstr("entry 2 in row 0, column 1"));
}

TEST(Nb101, RefusesOperationsInTheWrongPlace) {
  EXPECT_THAT(refusal("nb101", key({{0, 1}, {1, 2}}, {4, 4, 1})),
              HasSubstr("operation conv3x3-bn-relu on vertex 0 of 3"));
  EXPECT_THAT(refusal("nb101", key({{0, 1}, {1, 2}}, {0, 1, 1})), HasSubstr("operation output on vertex 1 of 3"));
  EXPECT_THAT(refusal("nb101", key({{0, 1}, {1, 2}}, {0, 4, 4})),
              HasSubstr("operation conv3x3-bn-relu on vertex 2 of 3"));
  EXPECT_THAT(refusal("nb101", key({{0, 1}, {1, 3}}, {0, 0, 4, 1})), HasSubstr("operation input on vertex 1 of 4"));
}

TEST(Nb101, RefusesOtherNumbersOfNumbers) {
  EXPECT_THAT(refusal("nb101", "(0, 1, 1)"), HasSubstr("3 numbers"));
  EXPECT_THAT(refusal("nb101", "(" + std::string(72 * 2, '0').replace(1, 0, "") + ")"), HasSubstr("expected"));
  EXPECT_THAT(refusal("nb101", "(0, 1, 0, 0, 0, 5)"), HasSubstr("no number of 0 to 4 at column 17"));
}

TEST(Nb101, RefusesModelSpecsThatDoNotFit) {
  EXPECT_THAT(refusal("nb101", "ModelSpec(matrix=[[0, 1], [0, 0]])"), HasSubstr("no ModelSpec with a matrix and ops"));
  EXPECT_THAT(refusal("nb101", "ModelSpec(matrix=[[0, 1], [0, 0]], ops=['input', 'output'], nonsense=[1])"),
              HasSubstr("unknown argument 'nonsense' at column 70"));
  EXPECT_THAT(refusal("nb101", "ModelSpec(matrix=[[0, 1], [0, 0]], ops=['input'])"),
              HasSubstr("2 rows and 1 operations"));
  EXPECT_THAT(refusal("nb101", "ModelSpec(matrix=[[0, 1], [0]], ops=['input', 'output'])"),
              HasSubstr("no row of 2 numbers at column 27"));
  EXPECT_THAT(refusal("nb101", "ModelSpec(matrix=[[0, 3], [0, 0]], ops=['input', 'output'])"),
              HasSubstr("no 0 or 1 at column 23"));
  EXPECT_THAT(refusal("nb101", "ModelSpec(matrix=[[0, 1], [0, 0]], ops=['input', 'ouput'])"),
              HasSubstr("unknown operation 'ouput' at column 50, did you mean 'output'?"));
}

TEST(Nb101, RefusesModelSpecsThatSayTwoThings) {
  EXPECT_THAT(refusal("nb101", "ModelSpec(matrix=[[0, 1], [0, 0]], matrix=[[0, 1], [0, 0]], ops=['input', 'output'])"),
              HasSubstr("matrix is given twice"));
}

TEST(Nb101, RefusesGenesThatAreNoCell) {
  EXPECT_EQ(testing_support::message_of([] {
              space().validate({{1, 1}});
            }),
            "2 genes (nb101 architecture '(1, 1)'): expected 1, 4, 8, 13, 19 or 26");
  EXPECT_EQ(testing_support::message_of([] {
              space().validate({{1, 0, 2, 4}});
            }),
            "gene 2 is 2 (nb101 architecture '(1, 0, 2, 4)'): expected 0 or 1");
  EXPECT_EQ(testing_support::message_of([] {
              space().validate({{1, 0, 1, 1}});
            }),
            "gene 3 is 1 (nb101 architecture '(1, 0, 1, 1)'): expected 2, 3 or 4");
  EXPECT_THAT(testing_support::message_of([] {
                space().validate({{1, 0, 0, 4}});
              }),
              HasSubstr("no path from input to output"));
}

}  // namespace
}  // namespace zcmpi
