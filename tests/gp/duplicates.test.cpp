#include "zcmpi/gp/duplicates.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace zcmpi {
namespace {

TEST(FormulaIndex, FindsWhatWasAddedAndNothingElse) {
  std::vector<Formula> formulas;
  for (std::uint16_t i = 0; i < 500; ++i) {
    formulas.push_back({Node::make_terminal(i), Node::make_primitive(Op::neg)});
  }
  FormulaIndex index(500);
  for (std::uint32_t i = 0; i < 500; ++i) {
    EXPECT_FALSE(index.find_or_add(formulas[i], i));
  }
  for (std::uint32_t i = 0; i < 500; ++i) {
    const Formula equal = formulas[i];
    EXPECT_EQ(index.find(equal), i);
    EXPECT_EQ(index.find_or_add(equal, 1000 + i), i);
  }
  EXPECT_FALSE(index.find(Formula{Node::make_terminal(0)}));
}

TEST(FormulaIndex, IsEmptyAfterClear) {
  const Formula formula{Node::make_constant(1.0F)};
  FormulaIndex index(1);
  index.find_or_add(formula, 0);
  index.clear();
  EXPECT_FALSE(index.find(formula));
}

}  // namespace
}  // namespace zcmpi
