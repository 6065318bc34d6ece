#include "formula_objective.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <string>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* one = "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|none~2|";
constexpr const char* other = "|none~0|+|nor_conv_3x3~0|none~1|+|none~0|nor_conv_3x3~1|none~2|";
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

FormulaObjective objective(const FormulaDefinition& definition) {
  return FormulaObjective(definition, find_space("nb201"), "t");
}
FormulaObjective objective(const std::string& formula) { return objective(definition_from_text(formula)); }

TEST(FormulaObjective, ComputesTheProxiesAndGraphFeaturesThatTheFormulaReads) {
  const auto made = objective("paths + flops * log(params) - paths");
  EXPECT_THAT(made.proxies(), ElementsAre(Proxy::flops, Proxy::params));
  EXPECT_THAT(made.terminals(), ElementsAre("flops", "params", "paths"));
  EXPECT_THAT(made.absent_terminals(), IsEmpty());
}

TEST(FormulaObjective, HasTheFormulasValues) {
  auto definition = definition_from_text("params - 10 * paths");
  definition.transform = Transform::raw;
  const auto made = objective(definition);
  const auto problem = made.make_problem({one, other}, {100.0, 200.0});
  EXPECT_EQ(problem.name(), "nb201/t");
  // Paths of operations: 0-1-2 and 0-2 end in no operation, 0-1-3 and 0-3 are left; of the other none.
  EXPECT_THAT(problem.features, ElementsAre(100.0, 200.0, 2.0, 0.0));
  EXPECT_THAT(made.values(problem), ElementsAre(80.0, 200.0));
  const auto transformed = objective("params").values(objective("params").make_problem({one}, {100.0}));
  EXPECT_NEAR(transformed.front(), std::log1p(100.0), 1e-12);
}

TEST(FormulaObjective, HasNoFiniteValueWhereATerminalHasNone) {
  const auto made = objective("params");
  EXPECT_FALSE(std::isfinite(made.values(made.make_problem({one}, {nan})).front()));
}

TEST(FormulaObjective, RefusesWhatCannotBeComputed) {
  EXPECT_THAT(input_error_of([] { objective("params + parmas"); }),
              AllOf(HasSubstr("'parmas'"), HasSubstr("did you mean 'params'?"), HasSubstr("nb201")));
  EXPECT_THAT(input_error_of([] { objective("1 + 2"); }), HasSubstr("the same for all architectures"));
}

TEST(FormulaObjective, TakesZeroForWhatOnlyTheRunsProblemsHad) {
  auto definition = definition_from_text("params + elsewhere");
  definition.transform = Transform::raw;
  definition.absent = AbsentTerminals::zero;
  const auto made = objective(definition);
  EXPECT_THAT(made.absent_terminals(), ElementsAre("elsewhere"));
  const TestFolder folder;
  EXPECT_EQ(
      warnings_of(folder.path(), [&] { EXPECT_THAT(made.values(made.make_problem({one}, {3.0})), ElementsAre(3.0)); }),
      "")
      << "said once, by whoever asks for the absent terminals";
  definition.missing = MissingPolicy::error;
  EXPECT_THAT(input_error_of([&] { objective(definition); }), HasSubstr("'elsewhere'"));
  definition = definition_from_text("elsewhere");
  definition.absent = AbsentTerminals::zero;
  EXPECT_THAT(input_error_of([&] { objective(definition); }), HasSubstr("the same for all architectures"));
}

TEST(AStandardisedObjective, TakesTheStandardsOfARunThatKnewTheProblem) {
  auto definition = definition_from_text("params");
  definition.transform = Transform::standardised;
  EXPECT_TRUE(objective(definition).needs_standards());
  definition.standards["nb201/t"] = {{.mean = 2.0, .deviation = 4.0}};
  const auto made = objective(definition);
  EXPECT_FALSE(made.needs_standards());
  EXPECT_NEAR(made.values(made.make_problem({one}, {std::expm1(6.0)})).front(), 1.0, 1e-12);
}

TEST(AStandardisedObjective, TakesTheRowsThatItIsGiven) {
  auto definition = definition_from_text("params + elsewhere");
  definition.transform = Transform::standardised;
  definition.absent = AbsentTerminals::zero;
  auto made = objective(definition);
  ASSERT_TRUE(made.needs_standards());
  // Signed logs of 1 and 5: mean 3, deviation 2. What is missing does not count.
  made.standardise_by(made.make_problem({one, other, "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"},
                                        {std::expm1(1.0), std::expm1(5.0), nan}));
  EXPECT_FALSE(made.needs_standards());
  const auto values = made.values(made.make_problem({one, other}, {std::expm1(5.0), std::expm1(2.0)}));
  EXPECT_NEAR(values[0], 1.0, 1e-12);
  EXPECT_NEAR(values[1], -0.5, 1e-12);
}

}  // namespace
}  // namespace zcmpi
