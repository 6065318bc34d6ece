#include "zcmpi/nas/nb301.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::HasSubstr;
using testing_support::chi_square_deviation;
using testing_support::refusal;
using testing_support::stream;

const SearchSpace& space() { return find_space("nb301"); }

// DARTS, second order, as its authors published it.
constexpr const char* darts_v2 =
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=range(2, 6), "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=range(2, 6))";

constexpr const char* darts_v2_key =
    "(((0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)), "
    "((0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)))";

TEST(DartsNetworks, AreReadFromGenotypesAndKeys) {
  const DartsNetwork network = parse_darts_network(darts_v2);
  EXPECT_EQ(to_key(network), darts_v2_key);
  EXPECT_EQ(to_text(parse_darts_network(darts_v2_key)), darts_v2);
  EXPECT_EQ(network.normal.edges[7].input, 2);
  EXPECT_EQ(network.normal.edges[7].operation, DartsOperation::dil_conv_3x3);
}

TEST(DartsNetworks, AreReadFromGenotypesWithoutNames) {
  std::string text = darts_v2;
  for (const std::string name : {"normal=", "normal_concat=", "reduce=", "reduce_concat="}) {
    text.erase(text.find(name), name.size());
  }
  EXPECT_EQ(parse_darts_network(text), parse_darts_network(darts_v2));
  EXPECT_THAT(refusal("nb301", "Genotype([], range(2, 6))"), HasSubstr("no Genotype with normal and reduce"));
}

TEST(DartsNetworks, AreReadFromListsOfTuplesAndOfLists) {
  std::string lists = darts_v2_key;
  std::ranges::replace(lists, '(', '[');
  std::ranges::replace(lists, ')', ']');
  EXPECT_EQ(parse_darts_network(lists), parse_darts_network(darts_v2_key));
  const std::string mixed =
      "[[(0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)], "
      "[(0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)]]";
  EXPECT_EQ(parse_darts_network(mixed), parse_darts_network(darts_v2_key));
}

TEST(DartsNetworks, BecomeArchitecturesAndBack) {
  auto random = stream(30);
  for (int i = 0; i < 1'000; ++i) {
    const Architecture architecture = sample(space(), random);
    ASSERT_EQ(to_architecture(to_darts_network(architecture)), architecture);
  }
}

TEST(Nb301, SamplesOperationsAndPairsOfInputsUniformly) {
  std::array<std::vector<std::uint64_t>, 16> operations;
  operations.fill(std::vector<std::uint64_t>(7, 0));
  // Of the last node of each cell, which has five inputs and so ten pairs.
  std::array<std::vector<std::uint64_t>, 2> pairs;
  pairs.fill(std::vector<std::uint64_t>(25, 0));
  auto random = stream(31);
  for (int i = 0; i < 20'000; ++i) {
    const DartsNetwork network = to_darts_network(sample(space(), random));
    for (std::size_t c = 0; c < 2; ++c) {
      const DartsCell& cell = c == 0 ? network.normal : network.reduction;
      for (std::size_t e = 0; e < 8; ++e) {
        ++operations[8 * c + e][static_cast<std::size_t>(cell.edges[e].operation)];
      }
      ++pairs[c][5U * cell.edges[6].input + cell.edges[7].input];
    }
  }
  for (const auto& counts : operations) {
    EXPECT_LT(chi_square_deviation(counts), 5.0);
  }
  for (auto& counts : pairs) {
    std::erase(counts, 0U);
    ASSERT_EQ(counts.size(), 10U);
    EXPECT_LT(chi_square_deviation(counts), 5.0);
  }
}

TEST(Nb301, NumbersItsFirstAndItsLastArchitecture) {
  EXPECT_EQ(space().print(space().at(0)),
            "(((0, 0), (1, 0), (0, 0), (1, 0), (0, 0), (1, 0), (0, 0), (1, 0)), "
            "((0, 0), (1, 0), (0, 0), (1, 0), (0, 0), (1, 0), (0, 0), (1, 0)))");
  EXPECT_EQ(space().print(space().at(space().size() - 1)),
            "(((0, 6), (1, 6), (1, 6), (2, 6), (2, 6), (3, 6), (3, 6), (4, 6)), "
            "((0, 6), (1, 6), (1, 6), (2, 6), (2, 6), (3, 6), (3, 6), (4, 6)))");
}

TEST(Nb301, NumbersAllPairsOfInputsOfANode) {
  std::set<std::string> reductions;
  // The lowest digits: operations of the last node (49), then its ten pairs of inputs.
  for (std::uint64_t i = 0; i < 490; ++i) {
    reductions.insert(space().print(space().at(i)));
  }
  EXPECT_EQ(reductions.size(), 490U);
  const DartsCell next = to_darts_network(space().at(490)).reduction;
  EXPECT_EQ(next.edges[5].operation, DartsOperation::avg_pool_3x3);
}

TEST(Nb301, HasA120NeighboursOfEachNetwork) {
  // 16 edges with 6 other operations; of inputs, nodes 0 to 3 have 0, 1, 2 and 3 others for each of two edges.
  auto random = stream(32);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(space().neighbours(sample(space(), random)).size(), 120U);
  }
}

/// The cell with its nodes in another order and the edges of each node exchanged at random, if edges still lead
/// forward.
bool relabel(DartsCell& cell, RandomStream& random) {
  std::array<std::uint8_t, 4> place{0, 1, 2, 3};
  shuffle(std::span<std::uint8_t>(place), random);
  DartsCell relabelled;
  for (std::size_t node = 0; node < 4; ++node) {
    const bool exchange = random.below(2) == 1;
    for (std::size_t i = 0; i < 2; ++i) {
      DartsEdge edge = cell.edges[2 * node + i];
      if (edge.input >= 2) {
        edge.input = static_cast<std::uint8_t>(2 + place[edge.input - 2U]);
        if (edge.input >= 2 + place[node]) {
          return false;
        }
      }
      relabelled.edges[2U * place[node] + (exchange ? 1 - i : i)] = edge;
    }
  }
  cell = relabelled;
  return true;
}

TEST(CanonicalFormsOfNb301, DoNotDependOnTheOrderOfNodesAndEdges) {
  auto random = stream(33);
  int relabelled = 0;
  for (int i = 0; i < 20'000; ++i) {
    const DartsNetwork network = to_darts_network(sample(space(), random));
    DartsNetwork other = network;
    if (relabel(other.normal, random) && relabel(other.reduction, random) && other != network) {
      ++relabelled;
      ASSERT_EQ(space().canonical(to_architecture(other)), space().canonical(to_architecture(network)))
          << to_key(network) << " and " << to_key(other);
    }
  }
  EXPECT_GT(relabelled, 100);
}

TEST(CanonicalFormsOfNb301, TellOtherOperationsAndTheTwoCellsApart) {
  auto random = stream(34);
  for (int i = 0; i < 200; ++i) {
    const DartsNetwork network = to_darts_network(sample(space(), random));
    DartsNetwork other = network;
    auto& operation = other.normal.edges[3].operation;
    operation = static_cast<DartsOperation>((static_cast<int>(operation) + 1) % 7);
    EXPECT_NE(space().canonical(to_architecture(other)), space().canonical(to_architecture(network)));
  }
  const DartsNetwork network = parse_darts_network(darts_v2);
  EXPECT_NE(space().canonical(to_architecture({network.reduction, network.normal})),
            space().canonical(to_architecture(network)));
}

TEST(Nb301, HasNoUnreachableOperations) {
  auto random = stream(35);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(space().unreachable_operations(sample(space(), random)), 0U);
  }
}

std::string with(std::string_view from, std::string_view to) {
  std::string text = darts_v2_key;
  return text.replace(text.find(from), from.size(), to);
}

TEST(Nb301, RefusesInputsThatANodeDoesNotHave) {
  EXPECT_THAT(refusal("nb301", with("(0, 3), (1, 3)", "(2, 3), (1, 3)")), HasSubstr("no input of 0 to 1 at column 4"));
  EXPECT_THAT(refusal("nb301", with("(2, 5)", "(5, 5)")), HasSubstr("no input of 0 to 4 at column 60"));
}

TEST(Nb301, RefusesTwoEdgesFromTheSameInput) {
  EXPECT_THAT(refusal("nb301", with("(0, 3), (1, 3)", "(1, 3), (1, 3)")),
              HasSubstr("both edges of node 0 come from input 1, column 11"));
}

TEST(Nb301, RefusesUnknownOperations) {
  EXPECT_THAT(refusal("nb301", with("(2, 5)", "(2, 7)")), HasSubstr("no operation id of 0 to 6 at column 63"));
  std::string genotype = darts_v2;
  genotype.replace(genotype.find("dil_conv_3x3"), 12, "dil_conv_3x5");
  EXPECT_THAT(refusal("nb301", genotype), HasSubstr("unknown operation 'dil_conv_3x5' at column 166, did you mean"));
}

TEST(Nb301, RefusesOperationsThatAreCalls) {
  std::string genotype = darts_v2;
  genotype.replace(genotype.find("'dil_conv_3x3'"), 14, "dil_conv_3x3(1)");
  EXPECT_THAT(refusal("nb301", genotype), HasSubstr("no operation at column"));
}

TEST(Nb301, RefusesArgumentsThatAGenotypeDoesNotHave) {
  const std::string genotype(darts_v2);
  const auto with_argument = [&](const std::string& argument) {
    std::string text = genotype;
    return refusal("nb301", text.insert(text.rfind(')'), ", " + argument));
  };
  EXPECT_THAT(with_argument("normal_cat=[4, 5]"), HasSubstr("unknown argument 'normal_cat' at column"));
  EXPECT_THAT(with_argument("5"), HasSubstr("more than 4 arguments at column"));
  EXPECT_THAT(refusal("nb301", "Genotype([], range(2, 6), [], normal=[])"), HasSubstr("a second normal at column 38"));
}

TEST(Nb301, RefusesCellsWhoseOutputLeavesOutNodes) {
  const auto with_output = [](std::string_view output) {
    std::string genotype = darts_v2;
    genotype.replace(genotype.find("range(2, 6)"), 11, output);
    return genotype;
  };
  EXPECT_EQ(parse_darts_network(with_output("[2, 3, 4, 5]")), parse_darts_network(darts_v2));
  for (const auto* output : {"range(4, 6)", "[3, 4, 5]", "range(6)", "(2, 6)", "list(2, 6)", "4"}) {
    EXPECT_THAT(refusal("nb301", with_output(output)), HasSubstr("neither range(2, 6) nor [2, 3, 4, 5] at column"));
  }
}

TEST(Nb301, RefusesOtherShapes) {
  EXPECT_THAT(refusal("nb301", "(1, 2, 3)"), HasSubstr("no two cells"));
  EXPECT_THAT(refusal("nb301", "((), ())"), HasSubstr("no cell of eight pairs at column 2"));
  EXPECT_THAT(refusal("nb301", with("(0, 3)", "(0, 3, 1)")), HasSubstr("no pair at column 3"));
  EXPECT_THAT(refusal("nb301", "Genotype(normal=[])"), HasSubstr("no Genotype with normal and reduce"));
  EXPECT_THAT(refusal("nb301", "Genotype(normal=[], reduce=[])"), HasSubstr("no cell of eight pairs at column 17"));
}

}  // namespace
}  // namespace zcmpi
