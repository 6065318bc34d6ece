#include "zcmpi/gp/duplicates.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace zcmpi {
namespace {

TEST(FormulaIndex, FindsWhatWasAddedAndNothingElse) {
  std::vector<Formula> formulas;
  for (std::uint16_t i = 0; i < 500; ++i) {
    formulas.push_back(completed({Node::make_terminal(i), Node::make_primitive(Op::neg)}));
  }
  FormulaIndex index(500);
  for (std::uint32_t i = 0; i < 500; ++i) {
    const auto place = index.find(formulas[i]);
    EXPECT_FALSE(place.tag);
    index.add(place, formulas[i], i);
  }
  for (std::uint32_t i = 0; i < 500; ++i) {
    const Formula equal = formulas[i];
    EXPECT_EQ(index.find(equal).tag, i);
  }
  EXPECT_FALSE(index.find(Formula{Node::make_terminal(0)}).tag);
}

TEST(FormulaIndex, IsEmptyAfterClear) {
  const Formula formula{Node::make_constant(1.0F)};
  FormulaIndex index(1);
  index.add(index.find(formula), formula, 0);
  index.clear();
  EXPECT_FALSE(index.find(formula).tag);
}

}  // namespace
}  // namespace zcmpi
