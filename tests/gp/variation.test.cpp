#include "zcmpi/gp/variation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

namespace zcmpi {
namespace {

constexpr std::size_t terminal_count = 4;

class VariationTest : public testing::Test {
 protected:
  VariationTest() {
    parameters.primitives = PrimitiveSet::parse("full");
    parameters.max_size = 20;
    parameters.max_depth = 6;
  }

  Formula random_formula(RandomStream& random) const {
    Formula formula;
    append_random_tree(source, TreeShape::grown, parameters.max_depth, parameters.max_size, random, formula);
    return formula;
  }

  /// Applies `change` to many random parents and checks the laws that hold for every variation.
  template <class Vary, class Check>
  void for_many(Vary vary, Check check) {
    for (std::uint32_t k = 0; k < 2000; ++k) {
      RandomStream random({.seed = 5, .index = k});
      const auto mother = random_formula(random);
      const auto father = random_formula(random);
      Formula child;
      vary(mother, father, random, child);
      ASSERT_TRUE(is_well_formed(child, terminal_count));
      check(mother, child);
    }
  }

  void make(FormulaView mother, const Change& change, Formula& child) {
    write(replace(mother, change.root, change.subtree, ancestors), child);
  }

  struct Shares {
    double undesired;
    double given_up;
  };
  /// Of many crossings the share that `is_undesired` holds for, and that in which vary() gives up: the child is the
  /// mother.
  template <class IsUndesired>
  Shares cross_often(const Formula& mother, const Formula& father, IsUndesired is_undesired) {
    constexpr int draws = 4000;
    int undesired = 0;
    int given_up = 0;
    for (std::uint32_t k = 0; k < draws; ++k) {
      RandomStream random({.seed = 3, .index = k});
      Formula child;
      make(mother, variator.cross(mother, father, random), child);
      undesired += is_undesired(child) ? 1 : 0;
      RandomStream again({.seed = 3, .index = k});
      write(variator.vary(Variation::crossover, mother, father, again), child);
      given_up += child == mother ? 1 : 0;
    }
    return {static_cast<double>(undesired) / draws, static_cast<double>(given_up) / draws};
  }

  GpParameters parameters;
  std::vector<Ancestor> ancestors;
  NodeSource source{parameters, terminal_count};
  Variator variator{parameters, terminal_count};
};

TEST_F(VariationTest, EveryKindKeepsTheLimits) {
  for (int kind = 0; kind < 7; ++kind) {
    for_many([&](FormulaView mother, FormulaView father, RandomStream& random,
                 Formula& child) { write(variator.vary(static_cast<Variation>(kind), mother, father, random), child); },
             [&](FormulaView, const Formula& child) {
               ASSERT_LE(child.size(), parameters.max_size);
               ASSERT_LE(depth(child), parameters.max_depth);
             });
  }
}

TEST_F(VariationTest, TheCanonicalFormOfAReplacementIsThatOfTheChildWritten) {
  Formula canonical_mother;
  Formula canonical_father;
  Formula fast;
  Formula whole;
  int taken = 0;
  for (std::uint32_t k = 0; k < 20'000; ++k) {
    RandomStream random({.seed = 6, .index = k});
    canonicalise(random_formula(random), canonical_mother);
    canonicalise(random_formula(random), canonical_father);
    const auto kind = static_cast<Variation>(k % 7);
    const auto replacement = variator.vary(kind, canonical_mother, canonical_father, random);
    taken += replacement.sign_before ? 1 : 0;
    Formula child;
    write(replacement, child);
    ASSERT_EQ(depth(replacement), depth(child));
    canonicalise(replacement, fast);
    canonicalise(child, whole);
    ASSERT_EQ(fast, whole) << "kind " << k % 7;
  }
  EXPECT_GT(taken, 5000);
}

TEST_F(VariationTest, ASingleLeafCanBeVariedInEveryWay) {
  const Formula leaf{Node::make_terminal(1)};
  for (int kind = 0; kind < 7; ++kind) {
    RandomStream random({.seed = 1});
    Formula child;
    write(variator.vary(static_cast<Variation>(kind), leaf, leaf, random), child);
    EXPECT_TRUE(is_well_formed(child, terminal_count)) << kind;
  }
}

TEST_F(VariationTest, PointMutationKeepsTheShape) {
  for_many(
      [&](FormulaView mother, FormulaView, RandomStream& random, Formula& child) {
        make(mother, variator.mutate_points(mother, random), child);
      },
      [](FormulaView mother, const Formula& child) {
        ASSERT_TRUE(std::ranges::equal(
            mother, child, {}, [](const Node& n) { return arity(n.op); }, [](const Node& n) { return arity(n.op); }));
      });
}

TEST_F(VariationTest, PointMutationChangesTheSmallestSubtreeThatHasThePoints) {
  int several_points = 0;
  for (std::uint32_t k = 0; k < 2000; ++k) {
    RandomStream random({.seed = 9, .index = k});
    const auto mother = random_formula(random);
    RandomStream same = random;
    const Change change = variator.mutate_points(mother, random);

    auto expected = mother;
    std::size_t first = same.below(static_cast<std::uint32_t>(mother.size()));
    std::size_t last = first;
    for (std::size_t i = 0, certain = first; i < expected.size(); ++i) {
      if (i == certain || same.chance(1.0 / static_cast<double>(mother.size()))) {
        const int operands = arity(expected[i].op);
        if (operands == 0) {
          expected[i] = source.leaf(same);
        } else {
          expected[i].op = source.primitive_of_arity(operands, same);
        }
        first = std::min(first, i);
        last = std::max(last, i);
      }
    }
    Formula child;
    make(mother, change, child);
    ASSERT_EQ(child, expected);
    // Subtrees that hold a node are found from the smallest on.
    std::size_t root = last;
    while (subtree_begin(mother, root) > first) {
      ++root;
    }
    ASSERT_EQ(change.root, root);
    several_points += first < last && root + 1 < mother.size() ? 1 : 0;
  }
  EXPECT_GT(several_points, 100);
}

TEST_F(VariationTest, CrossoverPrefersInnerNodesNineToOne) {
  Formula chain{Node::make_terminal(0)};
  for (int k = 0; k < 3; ++k) {
    append_operator(chain, Op::neg);
  }
  std::map<std::size_t, int> roots;
  std::map<std::size_t, int> donors;
  constexpr int draws = 20'000;
  for (std::uint32_t k = 0; k < draws; ++k) {
    RandomStream random({.seed = 4, .index = k});
    const Change change = variator.cross(chain, chain, random);
    ++roots[change.root];
    ++donors[change.donor_root];
  }
  for (const auto& counts : {roots, donors}) {
    EXPECT_NEAR(counts.at(0), draws * 0.1, 200);
    for (std::size_t inner = 1; inner <= 3; ++inner) {
      EXPECT_NEAR(counts.at(inner), draws * 0.3, 300);
    }
  }
}

TEST_F(VariationTest, HoistShortensWhatIsNotALeaf) {
  for_many([&](FormulaView mother, FormulaView, RandomStream& random,
               Formula& child) { make(mother, variator.hoist(mother, random), child); },
           [](FormulaView mother, const Formula& child) {
             if (mother.size() > 1) {
               ASSERT_LT(child.size(), mother.size());
             }
           });
}

TEST_F(VariationTest, InsertAddsOnePrimitiveAndAtMostOneLeaf) {
  for_many([&](FormulaView mother, FormulaView, RandomStream& random,
               Formula& child) { make(mother, variator.insert(mother, random), child); },
           [](FormulaView mother, const Formula& child) {
             ASSERT_GE(child.size(), mother.size() + 1);
             ASSERT_LE(child.size(), mother.size() + 2);
           });
}

TEST_F(VariationTest, DeleteShortensWhatIsNotALeaf) {
  for_many([&](FormulaView mother, FormulaView, RandomStream& random,
               Formula& child) { make(mother, variator.remove(mother, random), child); },
           [](FormulaView mother, const Formula& child) {
             if (mother.size() > 1) {
               ASSERT_LT(child.size(), mother.size());
             }
           });
}

TEST_F(VariationTest, ConstantMutationChangesExactlyOneConstant) {
  for_many([&](FormulaView mother, FormulaView, RandomStream& random,
               Formula& child) { make(mother, variator.mutate_constant(mother, random), child); },
           [](FormulaView mother, const Formula& child) {
             if (std::ranges::none_of(mother, [](const Node& n) { return n.op == Op::constant; })) {
               return;
             }
             ASSERT_EQ(mother.size(), child.size());
             int changed = 0;
             for (std::size_t i = 0; i < child.size(); ++i) {
               ASSERT_EQ(mother[i].op, child[i].op);
               changed += mother[i] == child[i] ? 0 : 1;
             }
             ASSERT_EQ(changed, 1);
           });
}

TEST_F(VariationTest, CrossoverTakesMaterialOfBothParents) {
  const Formula mother = completed({Node::make_terminal(0), Node::make_terminal(0), Node::make_primitive(Op::add),
                                    Node::make_terminal(0), Node::make_primitive(Op::mul)});
  const Formula father = completed({Node::make_terminal(1), Node::make_primitive(Op::exp)});
  int mixed = 0;
  for (std::uint32_t k = 0; k < 200; ++k) {
    RandomStream random({.seed = 2, .index = k});
    Formula child;
    make(mother, variator.cross(mother, father, random), child);
    const auto has = [&](std::uint16_t terminal) {
      return std::ranges::any_of(child, [&](const Node& n) { return n == Node::make_terminal(terminal); });
    };
    EXPECT_TRUE(has(1));
    mixed += has(0) ? 1 : 0;
  }
  EXPECT_GT(mixed, 50);
}

TEST_F(VariationTest, AChildThatBreaksALimitIsDrawnAgain) {
  // Both parents are as large as can be: a child fits where what it gets is no larger than what it gives.
  parameters.max_size = 9;
  const auto leaf = Node::make_terminal(0);
  const auto other = Node::make_terminal(1);
  const auto sum = Node::make_primitive(Op::add);
  const Formula mother = completed({leaf, leaf, sum, leaf, leaf, sum, sum, leaf, sum});
  const Formula father = completed({other, other, sum, other, other, sum, sum, other, sum});
  const auto [single, given_up] =
      cross_often(mother, father, [&](const Formula& child) { return child.size() > parameters.max_size; });
  // Four times in a row, by chance alone.
  ASSERT_GT(single, 0.2);
  EXPECT_NEAR(given_up, single * single * single * single, 0.02);
}

TEST_F(VariationTest, AChildThatIsTheMotherIsDrawnAgain) {
  // But for the root the parents are the same.
  const Formula mother = completed({Node::make_terminal(0), Node::make_terminal(0), Node::make_primitive(Op::add)});
  const Formula father = completed({Node::make_terminal(0), Node::make_terminal(0), Node::make_primitive(Op::mul)});
  const auto [single, given_up] = cross_often(mother, father, [&](const Formula& child) { return child == mother; });
  // Leaf for leaf: one time in a hundred.
  EXPECT_GT(single, 0.0025);
  EXPECT_EQ(given_up, 0.0);
}

TEST_F(VariationTest, TheSameStreamGivesTheSameChild) {
  RandomStream random({.seed = 9});
  const auto mother = random_formula(random);
  const auto father = random_formula(random);
  RandomStream first({.seed = 10});
  RandomStream second({.seed = 10});
  Formula a;
  Formula b;
  write(variator.vary(Variation::crossover, mother, father, first), a);
  write(variator.vary(Variation::crossover, mother, father, second), b);
  EXPECT_EQ(a, b);
}

TEST(VariationLottery, DrawsEveryKindByItsShare) {
  // In the order of the kinds.
  const std::vector<std::array<double, 7>> cases{
      {0.05, 0.1, 0.15, 0.2, 0.1, 0.3, 0.1}, {3, 1, 0, 0, 0, 0, 0}, {0, 0, 2, 0, 5, 0, 0}, {0, 0, 0, 0, 0, 0, 0.1}};
  constexpr int draws = 20'000;
  for (const auto& shares : cases) {
    const VariationLottery lottery({.crossover = shares[0],
                                    .subtree_mutation = shares[1],
                                    .point_mutation = shares[2],
                                    .hoist_mutation = shares[3],
                                    .insert_mutation = shares[4],
                                    .delete_mutation = shares[5],
                                    .constant_mutation = shares[6]});
    RandomStream random({.seed = 2});
    std::array<int, 7> counts{};
    for (int k = 0; k < draws; ++k) {
      ++counts.at(static_cast<std::size_t>(lottery.draw(random)));
    }
    const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (std::size_t kind = 0; kind < shares.size(); ++kind) {
      // Kinds of no share, and one that has it all, to the draw.
      const double share = shares[kind] / total;
      EXPECT_NEAR(counts[kind], draws * share, 5.0 * std::sqrt(draws * share * (1.0 - share))) << kind;
    }
  }
}

}  // namespace
}  // namespace zcmpi
