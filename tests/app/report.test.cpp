#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text_layout.hpp"
#include "zcmpi/app/progress.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(WrapWords, LinesAreAsLongAsTheyMayBe) {
  EXPECT_THAT(wrap_words("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap_words("one two three", 6), ElementsAre("one", "two", "three"));
}

TEST(WrapWords, ALongWordHasALineOfItsOwn) {
  EXPECT_THAT(wrap_words("a bbbbbbbb c", 3), ElementsAre("a", "bbbbbbbb", "c"));
}

TEST(WrapWords, NothingHasNoLines) { EXPECT_THAT(wrap_words("", 10), IsEmpty()); }

TEST(LayoutTable, ColumnsAreAlignedWithoutBlanksAtTheEnd) {
  EXPECT_EQ(layout_table({{"name", "n"}, {"x", "100"}, {"long name", ""}}, {Align::left, Align::right}),
            "name         n\n"
            "x          100\n"
            "long name\n");
}

TEST(LayoutTable, NoRowsAreNoText) { EXPECT_EQ(layout_table({}, {Align::left}), ""); }

RunResult example() {
  RunResult result;
  result.formula = "nwot + synflow * synflow";
  result.formula_simplified = "nwot + square(synflow)";
  result.size = 5;
  result.seed = 3;
  result.islands = 8;
  result.generations = 200;
  result.evaluations = 900;
  result.duplicates = 100;
  result.wall_seconds = 100.0;
  result.phase_seconds = {50.0, 25.0, 10.0, 2.0, 3.0, 0.0, 10.0};
  ProblemResult problem;
  problem.problem = "nb201/cifar10";
  problem.n_train = 100;
  problem.tau_train = 0.7123;
  problem.tau_train_low = 0.6;
  problem.tau_train_high = 0.8;
  problem.n_test = 4622;
  problem.tau_test = 0.7012;
  problem.tau_test_low = 0.69;
  problem.tau_test_high = 0.7123;
  problem.rho_test = 0.88;
  problem.best_terminal = "jacov";
  problem.best_terminal_tau_test = 0.632;
  result.problems.push_back(problem);
  return result;
}

TEST(Report, EachProblemHasItsTausBesideTheBestTerminal) {
  EXPECT_THAT(
      render_report(example(), {}),
      HasSubstr(
          "nb201/cifar10      100  0.712  [0.600, 0.800]    4622  0.701  [0.690, 0.712]  jacov            0.632"));
}

TEST(Report, ProblemsWithoutTestRowsHaveDashesAndDoNotEnterTheMean) {
  RunResult result = example();
  ProblemResult trained_on_all;
  trained_on_all.problem = "a/b";
  trained_on_all.n_train = 20;
  trained_on_all.tau_train = 0.5;
  result.problems.push_back(trained_on_all);
  const std::string report = render_report(result, {});
  EXPECT_THAT(report, HasSubstr("a/b                 20  0.500                       0      -"));
  EXPECT_THAT(report, HasSubstr("mean                    0.606                          0.701"));
}

TEST(Report, TheGainOverTheBestSingleTerminalIsSaidWhereThereIsOne) {
  RunResult result = example();
  EXPECT_THAT(render_report(result, {}), Not(HasSubstr("\ngain ")));
  result.best_single_terminal = {"nwot", 0.65};
  ReportContext context;
  context.width = 200;
  EXPECT_THAT(render_report(result, context),
              HasSubstr("gain        mean test tau 0.701; the best single terminal on all problems is nwot with 0.650: "
                        "+0.051\n"));
}

TEST(Report, TheTimeSplitIsInPercent) {
  ReportContext context;
  context.width = 200;
  EXPECT_THAT(render_report(example(), context),
              HasSubstr("1 min 40 s: evaluation 50.0 %, ranking 25.0 %, variation 10.0 %, migration 2.0 %, "
                        "migration wait 3.0 %"));
}

TEST(Report, TheShareOfKnownOffspringIsSaid) {
  EXPECT_THAT(render_report(example(), {}), HasSubstr("900 formulas; 10.0 % of those drawn"));
}

TEST(Report, ALongFormulaIsWrappedUnderItsLabel) {
  RunResult result = example();
  result.formula = "aaaaaaaaaa + bbbbbbbbbb + cccccccccc + dddddddddd";
  ReportContext context;
  context.width = 40;
  EXPECT_THAT(render_report(result, context), HasSubstr("formula     aaaaaaaaaa + bbbbbbbbbb +\n"
                                                        "            cccccccccc + dddddddddd\n"));
}

TEST(Report, TheCommandsAreShownWhenThereAreAny) {
  ReportContext context;
  context.resume_command = "zcmpi --resume";
  context.eval_command = "zcmpi eval @result.json";
  const std::string report = render_report(example(), context);
  EXPECT_THAT(report, HasSubstr("go on       zcmpi --resume\n"));
  EXPECT_THAT(report, HasSubstr("evaluate    zcmpi eval @result.json\n"));
  EXPECT_THAT(render_report(example(), {}), Not(HasSubstr("go on")));
}

}  // namespace
}  // namespace zcmpi
