#include "zcmpi/expr/primitive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string message_of(const char* set) {
  try {
    PrimitiveSet::parse(set);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

template <class T>
class PrimitiveRules : public testing::Test {
 protected:
  static constexpr T infinity = std::numeric_limits<T>::infinity();
  static constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  /// The least divisor that counts, and the next number below it.
  static constexpr T least_divisor = static_cast<T>(zero_divisor);
  static T below(T x) { return std::nextafter(x, T(0)); }
  /// Relative error that rounding explains.
  static constexpr T rounding = 4 * std::numeric_limits<T>::epsilon();
};
using NumberTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(PrimitiveRules, NumberTypes);

TYPED_TEST(PrimitiveRules, BinaryPrimitivesHoldAtTheirBoundaries) {
  using T = TypeParam;
  using F = PrimitiveRules<T>;
  struct Case {
    Op op;
    T a, b, expected;
  };
  const std::vector<Case> cases{
      {Op::add, 2, 3, 5},
      {Op::add, F::infinity, 1, F::infinity},
      {Op::sub, 2, 3, -1},
      {Op::mul, 2, -3, -6},
      {Op::div, 6, 3, 2},
      {Op::div, 6, 0, 1},
      {Op::div, 6, -T(0), 1},
      {Op::div, 0, 0, 1},
      {Op::div, F::infinity, 0, 1},
      {Op::div, 1, F::least_divisor, 1 / F::least_divisor},
      {Op::div, 1, -F::least_divisor, -1 / F::least_divisor},
      {Op::div, 5, F::below(F::least_divisor), 1},
      {Op::div, 5, -F::below(F::least_divisor), 1},
      {Op::div, 5, F::infinity, 0},
      {Op::aq, 3, 0, 3},
      {Op::aq, 4, std::sqrt(T(3)), 2},
      {Op::aq, 4, F::infinity, 0},
      {Op::min, 2, 3, 2},
      {Op::min, 3, 2, 2},
      {Op::min, -F::infinity, 2, -F::infinity},
      {Op::max, 2, 3, 3},
      {Op::max, 3, 2, 3},
      {Op::max, F::infinity, 2, F::infinity},
  };
  for (const Case& c : cases) {
    const T value = apply(c.op, c.a, c.b);
    SCOPED_TRACE(testing::Message() << primitive_info(c.op).name << "(" << c.a << ", " << c.b << ")");
    if (std::isinf(c.expected)) {
      EXPECT_EQ(value, c.expected);
    } else {
      EXPECT_NEAR(value, c.expected, std::abs(c.expected) * F::rounding);
    }
  }
}

TYPED_TEST(PrimitiveRules, UnaryPrimitivesHoldAtTheirBoundaries) {
  using T = TypeParam;
  using F = PrimitiveRules<T>;
  struct Case {
    Op op;
    T x, expected;
  };
  const T least_log = -40 * std::log(T(2));
  const std::vector<Case> cases{
      {Op::neg, 2, -2},
      {Op::neg, F::infinity, -F::infinity},
      {Op::abs, -2, 2},
      {Op::abs, -F::infinity, F::infinity},
      {Op::square, -3, 9},
      {Op::sqrt, 9, 3},
      {Op::sqrt, -9, 3},
      {Op::sqrt, 0, 0},
      {Op::sqrt, F::infinity, F::infinity},
      {Op::cbrt, 27, 3},
      {Op::cbrt, -27, -3},
      {Op::cbrt, 0, 0},
      {Op::log, 1, 0},
      {Op::log, -std::exp(T(1)), 1},
      {Op::log, 0, least_log},
      {Op::log, static_cast<T>(least_log_argument), least_log},
      {Op::log, F::below(static_cast<T>(least_log_argument)), least_log},
      {Op::log, -static_cast<T>(least_log_argument) / 2, least_log},
      {Op::log, 4 * static_cast<T>(least_log_argument), -38 * std::log(T(2))},
      {Op::log, F::infinity, F::infinity},
      {Op::exp, 0, 1},
      {Op::exp, 80, std::exp(T(80))},
      {Op::exp, 81, std::exp(T(80))},
      {Op::exp, F::infinity, std::exp(T(80))},
      {Op::exp, -80, std::exp(T(-80))},
      {Op::exp, -81, std::exp(T(-80))},
      {Op::exp, -F::infinity, std::exp(T(-80))},
      {Op::tanh, 0, 0},
      {Op::tanh, F::infinity, 1},
      {Op::tanh, -F::infinity, -1},
      {Op::tanh, T(0.5), std::tanh(T(0.5))},
      {Op::inv, 4, T(0.25)},
      {Op::inv, 0, 1},
      {Op::inv, -T(0), 1},
      {Op::inv, F::least_divisor, 1 / F::least_divisor},
      {Op::inv, -F::least_divisor, -1 / F::least_divisor},
      {Op::inv, F::below(F::least_divisor), 1},
      {Op::inv, -F::below(F::least_divisor), 1},
      {Op::inv, F::infinity, 0},
  };
  for (const Case& c : cases) {
    const T value = apply(c.op, c.x);
    SCOPED_TRACE(testing::Message() << primitive_info(c.op).name << "(" << c.x << ")");
    if (std::isinf(c.expected)) {
      EXPECT_EQ(value, c.expected);
    } else {
      EXPECT_NEAR(value, c.expected, std::abs(c.expected) * F::rounding);
    }
  }
}

TYPED_TEST(PrimitiveRules, NanInAnyOperandGivesNan) {
  using T = TypeParam;
  const T missing = PrimitiveRules<T>::nan;
  for (const PrimitiveInfo& info : primitives()) {
    SCOPED_TRACE(info.name);
    if (info.arity == 1) {
      EXPECT_TRUE(std::isnan(apply(info.op, missing)));
    }
    for (const T other : {T(0), T(1), T(-1e-9), PrimitiveRules<T>::infinity, missing}) {
      if (info.arity == 2) {
        EXPECT_TRUE(std::isnan(apply(info.op, missing, other)));
        EXPECT_TRUE(std::isnan(apply(info.op, other, missing)));
      }
    }
  }
}

TEST(Primitives, AreFoundByTheirNamesAlone) {
  for (const PrimitiveInfo& info : primitives()) {
    EXPECT_EQ(find_primitive(info.name), info.arity > 0 ? std::optional(info.op) : std::nullopt) << info.name;
    EXPECT_EQ(&primitive_info(info.op), &info);
  }
  EXPECT_EQ(find_primitive(""), std::nullopt);
  EXPECT_EQ(find_primitive("Add"), std::nullopt);
}

TEST(Primitives, HaveDifferentNamesAndAllStateTheirRule) {
  std::set<std::string_view> names;
  for (const PrimitiveInfo& info : primitives()) {
    names.insert(info.name);
    EXPECT_FALSE(info.rule.empty()) << info.name;
  }
  EXPECT_EQ(names.size(), op_count);
}

TEST(Primitives, AreCommutativeWhereTheySaySo) {
  for (const PrimitiveInfo& info : primitives()) {
    if (info.arity == 2) {
      EXPECT_EQ(apply(info.op, 2.0F, 3.0F) == apply(info.op, 3.0F, 2.0F), info.commutative) << info.name;
    }
  }
}

TEST(PrimitiveSet, KnowsTheNamedSets) {
  const auto arithmetic = PrimitiveSet::parse("arithmetic");
  EXPECT_THAT(arithmetic.binary(), ElementsAre(Op::add, Op::sub, Op::mul, Op::div));
  EXPECT_THAT(arithmetic.unary(), ElementsAre(Op::neg));
  const auto basic = PrimitiveSet::parse("basic");
  EXPECT_THAT(basic.binary(), ElementsAre(Op::add, Op::sub, Op::mul, Op::div));
  EXPECT_THAT(basic.unary(), ElementsAre(Op::neg, Op::abs, Op::square, Op::sqrt, Op::log));
  const auto full = PrimitiveSet::parse("full");
  EXPECT_EQ(full.binary().size() + full.unary().size() + 2, op_count);
}

TEST(PrimitiveSet, EveryNamedSetIsWhatItsListOfMembersSays) {
  for (const NamedPrimitiveSet& named : named_primitive_sets()) {
    const auto by_name = PrimitiveSet::parse(named.name);
    const auto by_members = PrimitiveSet::parse(named.members);
    EXPECT_TRUE(std::ranges::equal(by_name.unary(), by_members.unary())) << named.name;
    EXPECT_TRUE(std::ranges::equal(by_name.binary(), by_members.binary())) << named.name;
  }
}

TEST(PrimitiveSet, ReadsAListInAnyOrderWithBlanksAndRepetitions) {
  const auto set = PrimitiveSet::parse(" tanh, mul ,add,log, mul");
  EXPECT_THAT(set.binary(), ElementsAre(Op::add, Op::mul));
  EXPECT_THAT(set.unary(), ElementsAre(Op::log, Op::tanh));
}

TEST(PrimitiveSet, AddsPrimitivesToANamedSet) {
  const auto set = PrimitiveSet::parse("arithmetic,tanh");
  EXPECT_THAT(set.unary(), ElementsAre(Op::neg, Op::tanh));
  EXPECT_EQ(set.binary().size(), 4U);
}

TEST(PrimitiveSet, MayLackUnaryPrimitives) { EXPECT_THAT(PrimitiveSet::parse("add").unary(), IsEmpty()); }

TEST(PrimitiveSet, SuggestsTheNearestNameOrListsAll) {
  const std::string known =
      "expected one of arithmetic, basic, standard, full, add, sub, mul, div, aq, min, max, neg, abs, square, sqrt, "
      "cbrt, "
      "log, exp, "
      "tanh, inv";
  EXPECT_EQ(message_of("add,squar"),
            "unknown primitive or set of primitives 'squar' (in 'add,squar'): did you mean 'square'?");
  EXPECT_EQ(message_of("basics"),
            "unknown primitive or set of primitives 'basics' (in 'basics'): did you mean 'basic'?");
  EXPECT_EQ(message_of("convolution"),
            "unknown primitive or set of primitives 'convolution' (in 'convolution'): " + known);
}

TEST(PrimitiveSet, RefusesEmptyNames) {
  EXPECT_THAT(message_of(""), testing::StartsWith("unknown primitive or set of primitives '' (in '')"));
  EXPECT_THAT(message_of("add,"), testing::StartsWith("unknown primitive or set of primitives '' (in 'add,')"));
}

TEST(PrimitiveSet, NeedsAPrimitiveThatJoinsOperands) {
  EXPECT_EQ(message_of("neg,log"),
            "no primitive joins two operands (in 'neg,log'): formulas could read one terminal only; add one of add, "
            "sub, mul, div, aq, min, max");
}

}  // namespace
}  // namespace zcmpi
