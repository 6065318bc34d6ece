#include "zcmpi/nas/tnb101.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::refusal;

const SearchSpace& micro() { return find_space("tnb101-micro"); }
const SearchSpace& macro() { return find_space("tnb101-macro"); }

TEST(Tnb101MicroCells, HaveKeysInTheOrderOfTheirStrings) {
  // The example of the benchmark's own documentation.
  const Tnb101MicroCell cell = parse_tnb101_micro_cell("64-41414-1_02_333");
  EXPECT_EQ(to_key(cell), "(1, 0, 2, 3, 3, 3)");
  EXPECT_EQ(to_text(parse_tnb101_micro_cell("[1, 0, 2, 3, 3, 3]")), "64-41414-1_02_333");
  EXPECT_EQ(cell.operation(0, 1), Tnb101Operation::skip_connect);
  EXPECT_EQ(cell.operation(0, 2), Tnb101Operation::none);
  EXPECT_EQ(cell.operation(1, 2), Tnb101Operation::conv_1x1);
}

TEST(Tnb101Micro, HasEighteenNeighboursOfEachCell) {
  for (std::uint64_t i = 0; i < micro().size(); i += 61) {
    EXPECT_EQ(micro().neighbours(micro().at(i)).size(), 18U);
  }
}

bool is_same_micro(const char* a, const char* b) {
  return micro().canonical(micro().parse(a)) == micro().canonical(micro().parse(b));
}

TEST(ClassesOfTnb101Micro, SeeThroughSkipConnectionsBetweenInnerNodes) {
  EXPECT_TRUE(is_same_micro("64-41414-3_00_010", "64-41414-0_30_001"));
  EXPECT_TRUE(is_same_micro("64-41414-3_01_001", "64-41414-0_00_300"));
}

TEST(ClassesOfTnb101Micro, TakeASkipConnectionFromTheInputForAnOperation) {
  // Where the cell changes resolution it is a strided convolution.
  EXPECT_FALSE(is_same_micro("64-41414-3_00_010", "64-41414-1_00_030"));
}

TEST(ClassesOfTnb101Micro, DoNotDependOnWhatIsThereForNothing) {
  EXPECT_TRUE(is_same_micro("64-41414-2_30_001", "64-41414-0_30_001"));
  EXPECT_TRUE(is_same_micro("64-41414-0_30_021", "64-41414-0_30_001"));
}

TEST(ClassesOfTnb101Micro, TellALayerUsedTwiceFromTwoEqualLayers) {
  EXPECT_FALSE(is_same_micro("64-41414-3_01_011", "64-41414-3_30_011"));
  EXPECT_FALSE(is_same_micro("64-41414-3_02_021", "64-41414-3_30_022"));
}

TEST(ClassesOfTnb101Micro, AreTheSameWithNodesExchangedThatDoNotFollowEachOther) {
  const std::size_t exchanged[] = {1, 0, 2, 3, 5, 4};
  std::size_t checked = 0;
  for (std::uint64_t i = 0; i < micro().size(); ++i) {
    const Architecture architecture = micro().at(i);
    if (architecture.genes[2] == static_cast<std::uint8_t>(Tnb101Operation::none)) {
      Architecture other = architecture;
      for (std::size_t edge = 0; edge < 6; ++edge) {
        other.genes[exchanged[edge]] = architecture.genes[edge];
      }
      ASSERT_EQ(micro().canonical(architecture), micro().canonical(other)) << micro().print(architecture);
      ++checked;
    }
  }
  EXPECT_EQ(checked, 1'024U);
}

TEST(ClassesOfTnb101Micro, HaveAsManyReachableConvolutionsEach) {
  // What the network has of convolutions, without those that lead nowhere.
  const auto convolutions = [](const Architecture& architecture) {
    std::array<std::size_t, 2> counts{};
    const OperationGraph graph = micro().graphs(architecture).front();
    for (const auto& edge : graph.edges) {
      Architecture without = architecture;
      without.genes[static_cast<std::size_t>(edge.to * (edge.to - 1) / 2 + edge.from)] = 0;
      // A reachable operation is one whose loss changes what is computed.
      if (edge.operation >= 2 && micro().canonical(without) != micro().canonical(architecture)) {
        ++counts[edge.operation - 2U];
      }
    }
    return counts;
  };
  for (std::uint64_t i = 0; i < micro().size(); ++i) {
    ASSERT_EQ(convolutions(micro().at(i)), convolutions(micro().canonical(micro().at(i))))
        << micro().print(micro().at(i));
  }
}

TEST(Tnb101Micro, RefusesOtherStrings) {
  EXPECT_THAT(refusal("tnb101-micro", "64-41414-1_02_33"), HasSubstr("7 characters after 64-41414-"));
  EXPECT_THAT(refusal("tnb101-micro", "64-41414-1_02_334"), HasSubstr("unexpected '4' at column 17"));
  EXPECT_THAT(refusal("tnb101-micro", "64-41414-1-02_333"), HasSubstr("unexpected '-' at column 11"));
  EXPECT_THAT(refusal("tnb101-micro", "(1, 0, 2, 3, 3)"), HasSubstr("5 operation ids"));
  EXPECT_THAT(refusal("tnb101-micro", "(1, 0, 2, 3, 3, 4)"), HasSubstr("no number of 0 to 3 at column 17"));
}

TEST(Tnb101MacroNetworks, AreReadFromEachOfTheirForms) {
  const Tnb101MacroNetwork network = parse_tnb101_macro_network("64-1234-basic");
  EXPECT_THAT(network.modules,
              ElementsAre(Tnb101Module::normal, Tnb101Module::double_channels, Tnb101Module::halve_resolution,
                          Tnb101Module::double_channels_and_halve_resolution));
  EXPECT_EQ(parse_tnb101_macro_network("(1, 2, 3, 4)"), network);
  EXPECT_EQ(parse_tnb101_macro_network("[1, 2, 3, 4, 0, 0]"), network);
  EXPECT_EQ(to_text(network), "64-1234-basic");
  EXPECT_EQ(to_key(network), "(1, 2, 3, 4)");
}

TEST(Tnb101Modules, DoubleChannelsWhenEvenAndHalveTheResolutionFromThree) {
  for (int digit = 1; digit <= 4; ++digit) {
    EXPECT_EQ(doubles_channels(static_cast<Tnb101Module>(digit)), digit % 2 == 0);
    EXPECT_EQ(halves_resolution(static_cast<Tnb101Module>(digit)), digit >= 3);
  }
}

/// Levenshtein's distance, by its definition.
std::size_t distance(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t best = std::min({row[j] + 1, row[j + 1] + 1, diagonal + (a[i] == b[j] ? 0U : 1U)});
      diagonal = std::exchange(row[j + 1], best);
    }
  }
  return row.back();
}

TEST(Tnb101Macro, HasAsNeighboursAllThatAreOneEditAway) {
  for (std::uint64_t i = 0; i < macro().size(); i += 101) {
    const Architecture architecture = macro().at(i);
    std::vector<Architecture> expected;
    for (std::uint64_t j = 0; j < macro().size(); ++j) {
      if (distance(architecture.genes, macro().at(j).genes) == 1) {
        expected.push_back(macro().at(j));
      }
    }
    std::ranges::sort(expected);
    EXPECT_EQ(macro().neighbours(architecture), expected) << macro().print(architecture);
  }
}

TEST(Tnb101Macro, RefusesOtherNumbersOfModulesDoublingsAndHalvings) {
  EXPECT_THAT(refusal("tnb101-macro", "(1, 2, 3)"), HasSubstr("3 modules"));
  EXPECT_THAT(refusal("tnb101-macro", "(1, 2, 3, 4, 1, 1, 1)"), HasSubstr("7 modules"));
  EXPECT_THAT(refusal("tnb101-macro", "64-1133-basic"), HasSubstr("the channels double 0 times"));
  EXPECT_THAT(refusal("tnb101-macro", "64-2244-basic"), HasSubstr("the channels double 4 times"));
  EXPECT_THAT(refusal("tnb101-macro", "64-1122-basic"), HasSubstr("the resolution halves 0 times"));
  EXPECT_THAT(refusal("tnb101-macro", "64-33334-basic"), HasSubstr("the resolution halves 5 times"));
}

TEST(Tnb101Macro, RefusesOtherDigits) {
  EXPECT_THAT(refusal("tnb101-macro", "64-1235-basic"), HasSubstr("unexpected '5' at column 7"));
  EXPECT_THAT(refusal("tnb101-macro", "(1, 2, 0, 4, 1, 1)"), HasSubstr("a 0 that does not pad the end to six"));
  EXPECT_THAT(refusal("tnb101-macro", "(1, 2, 3, 4, 0)"), HasSubstr("a 0 that does not pad the end to six"));
  EXPECT_THAT(refusal("tnb101-macro", "(1, 2, 3, 5)"), HasSubstr("no number of 0 to 4 at column 11"));
}

}  // namespace
}  // namespace zcmpi
