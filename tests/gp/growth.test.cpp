#include "zcmpi/gp/growth.hpp"

#include <gtest/gtest.h>

#include <set>

namespace zcmpi {
namespace {

constexpr std::size_t terminal_count = 5;

GpParameters make_parameters() {
  GpParameters parameters;
  parameters.primitives = PrimitiveSet::parse("full");
  return parameters;
}

class Growth : public testing::Test {
 protected:
  RandomStream random_for(std::uint32_t index) const { return RandomStream({.seed = 3, .index = index}); }

  GpParameters parameters = make_parameters();
  NodeSource source{parameters, terminal_count};
};

TEST_F(Growth, TreesAreWellFormedAndWithinTheirLimits) {
  for (std::uint32_t k = 0; k < 3000; ++k) {
    auto random = random_for(k);
    const int max_depth = 1 + static_cast<int>(random.below(8));
    const std::size_t max_size = 1 + random.below(40);
    Formula formula;
    append_random_tree(source, k % 2 == 0 ? TreeShape::full : TreeShape::grown, max_depth, max_size, random, formula);
    ASSERT_TRUE(is_well_formed(formula, terminal_count));
    ASSERT_LE(depth(formula), max_depth);
    ASSERT_LE(formula.size(), max_size);
  }
}

TEST_F(Growth, AFullTreeWithRoomReachesItsDepthOnEveryBranch) {
  parameters.primitives = PrimitiveSet::parse("add,mul");
  for (std::uint32_t k = 0; k < 50; ++k) {
    auto random = random_for(k);
    Formula formula;
    append_random_tree(source, TreeShape::full, 4, 100, random, formula);
    EXPECT_EQ(formula.size(), 15U);
    EXPECT_EQ(depth(formula), 4);
  }
}

TEST_F(Growth, ATreeOfAnyDepthTakesNoMoreThanItsSize) {
  parameters.primitives = PrimitiveSet::parse("add,mul");
  for (const TreeShape shape : {TreeShape::full, TreeShape::grown}) {
    for (std::uint32_t k = 0; k < 20; ++k) {
      auto random = random_for(k);
      Formula formula;
      append_random_tree(source, shape, 1000, 31, random, formula);
      EXPECT_TRUE(is_well_formed(formula, terminal_count));
      EXPECT_LE(formula.size(), 31U);
      EXPECT_TRUE(shape == TreeShape::grown || formula.size() == 31U);
      // Room for what was given up would have been taken before.
      EXPECT_LE(formula.capacity(), 64U);
    }
  }
}

TEST_F(Growth, Ptc2ReachesTheSizeAskedFor) {
  for (std::uint32_t k = 0; k < 2000; ++k) {
    auto random = random_for(k);
    const std::size_t size = 1 + random.below(40);
    Formula formula;
    append_ptc2_tree(source, size, 100, 40, random, formula);
    ASSERT_TRUE(is_well_formed(formula, terminal_count));
    ASSERT_EQ(formula.size(), size);
  }
}

TEST_F(Growth, Ptc2WithBinaryPrimitivesOnlyMissesAnEvenSizeByOne) {
  parameters.primitives = PrimitiveSet::parse("add,mul");
  for (std::uint32_t k = 0; k < 200; ++k) {
    auto random = random_for(k);
    const std::size_t size = 1 + random.below(40);
    Formula formula;
    append_ptc2_tree(source, size, 100, 40, random, formula);
    ASSERT_TRUE(is_well_formed(formula, terminal_count));
    ASSERT_EQ(formula.size(), size % 2 == 1 ? size : size - 1);
  }
}

TEST_F(Growth, Ptc2KeepsTheDepthLimit) {
  for (std::uint32_t k = 0; k < 500; ++k) {
    auto random = random_for(k);
    Formula formula;
    append_ptc2_tree(source, 40, 4, 40, random, formula);
    ASSERT_TRUE(is_well_formed(formula, terminal_count));
    ASSERT_LE(depth(formula), 4);
  }
}

TEST_F(Growth, TheRampSpreadsDepths) {
  std::set<int> depths;
  for (std::uint32_t k = 0; k < 100; ++k) {
    auto random = random_for(k);
    Formula formula;
    make_initial_formula(source, parameters, k, 100, random, formula);
    ASSERT_TRUE(is_well_formed(formula, terminal_count));
    depths.insert(depth(formula));
  }
  for (int wanted = parameters.init_min_depth; wanted <= parameters.init_max_depth; ++wanted) {
    EXPECT_TRUE(depths.contains(wanted)) << wanted;
  }
}

TEST_F(Growth, AnInitialPopulationByPtc2CoversTheRangeOfSizes) {
  parameters.initialisation = Initialisation::ptc2;
  std::set<std::size_t> sizes;
  for (std::uint32_t k = 0; k < 200; ++k) {
    auto random = random_for(k);
    Formula formula;
    make_initial_formula(source, parameters, k, 200, random, formula);
    sizes.insert(formula.size());
  }
  EXPECT_EQ(*sizes.begin(), parameters.init_min_size);
  EXPECT_EQ(*sizes.rbegin(), parameters.init_max_size);
}

TEST_F(Growth, EveryTerminalAndPrimitiveIsDrawn) {
  std::set<std::uint16_t> terminals;
  std::set<Op> ops;
  auto random = random_for(0);
  for (int k = 0; k < 2000; ++k) {
    terminals.insert(source.terminal(random).number);
    ops.insert(source.primitive(random));
  }
  EXPECT_EQ(terminals.size(), terminal_count);
  EXPECT_EQ(ops.size(), op_count - 2);
}

}  // namespace
}  // namespace zcmpi
