#include "literal.hpp"

#include <gmock/gmock.h>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::message_of;

Literal parse(std::string_view text) { return parse_literal("toy", text, "something else"); }
std::string refusal(std::string_view text) {
  return message_of([&] { static_cast<void>(parse(text)); });
}

TEST(Literals, AreNumbersTextsAndSequences) {
  const Literal literal = parse("(-12, ['a b', \"c\"], ())");
  ASSERT_EQ(literal.kind, Literal::Kind::sequence);
  ASSERT_EQ(literal.items.size(), 3U);
  EXPECT_EQ(literal.items[0].number, -12);
  EXPECT_EQ(literal.items[1].items[0].text, "a b");
  EXPECT_EQ(literal.items[1].items[1].text, "c");
  EXPECT_TRUE(literal.items[2].items.empty());
}

TEST(Literals, AreCallsWithArgumentsByPositionAndByName) {
  const Literal literal = parse("Genotype(7, normal = [1], range_2=range(2, 6))");
  EXPECT_EQ(literal.kind, Literal::Kind::call);
  EXPECT_EQ(literal.text, "Genotype");
  EXPECT_THAT(literal.argument_names, ElementsAre("", "normal", "range_2"));
  ASSERT_NE(literal.argument("normal"), nullptr);
  EXPECT_EQ(literal.argument("normal")->items[0].number, 1);
  EXPECT_EQ(literal.argument("range_2")->text, "range");
  EXPECT_EQ(literal.argument("reduce"), nullptr);
}

TEST(Literals, KnowTheColumnWhereTheyStart) {
  EXPECT_EQ(parse("  [1, 22]").column, 3U);
  EXPECT_EQ(parse("  [1, 22]").items[1].column, 7U);
}

TEST(Literals, MayEndWithACommaInsideTheirBrackets) { EXPECT_EQ(parse("(1,)").items.size(), 1U); }

TEST(Literals, AreRefusedWhereTheyGoWrong) {
  EXPECT_EQ(refusal(""), "empty text (toy architecture ''): expected something else");
  EXPECT_EQ(refusal("(1, 2"), "unexpected end (toy architecture '(1, 2'): expected something else");
  EXPECT_THAT(refusal("(1 2)"), HasSubstr("unexpected '2' at column 4"));
  EXPECT_THAT(refusal("(1, 2]"), HasSubstr("unexpected ']' at column 6"));
  EXPECT_THAT(refusal("(1), 2"), HasSubstr("unexpected ',' at column 4"));
  EXPECT_THAT(refusal("(,)"), HasSubstr("unexpected ',' at column 2"));
  EXPECT_THAT(refusal("{1}"), HasSubstr("unexpected '{' at column 1"));
  EXPECT_THAT(refusal("name"), HasSubstr("unexpected end"));
  EXPECT_THAT(refusal("-"), HasSubstr("unexpected '-' at column 1"));
  EXPECT_THAT(refusal("99999999999999999999"), HasSubstr("unexpected '9' at column 1"));
  EXPECT_THAT(refusal("['a"), HasSubstr("unclosed quote at column 2"));
}

TEST(Literals, AreRefusedWhenNestedTooDeep) {
  EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("brackets nested too deep at column 18"));
}

TEST(RefusedArchitectures, AreCutShortInTheMessage) {
  const std::string message = refusal(std::string(10'000, 'x'));
  EXPECT_LT(message.size(), 300U);
  EXPECT_THAT(message, HasSubstr("xxx...'"));
}

TEST(Numbers, ArePrintedAsTheyAreRead) {
  EXPECT_EQ(print_tuple(parse_numbers("toy", "[1,2, 30]", 30, "")), "(1, 2, 30)");
}

}  // namespace
}  // namespace zcmpi
