#include "zcmpi/data/problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class Change>
std::string flaw_after(Change&& change) {
  Problem problem = small_problem();
  change(problem);
  return message_of<InputError>([&] { validate(problem); });
}

TEST(Problem, AConsistentOneIsAccepted) { EXPECT_NO_THROW(validate(small_problem())); }

TEST(Problem, OneWithoutArchitecturesOrTerminalsIsAccepted) {
  Problem problem;
  problem.space = "a";
  problem.task = "b";
  EXPECT_NO_THROW(validate(problem));
}

TEST(Problem, FindsTerminalsByName) {
  EXPECT_EQ(small_problem().find_terminal("nwot"), 1U);
  EXPECT_EQ(small_problem().find_terminal("zen"), std::nullopt);
}

TEST(Problem, GivesTheAccuraciesOfTheTarget) {
  Problem problem = small_problem();
  problem.test_accuracy = {1.0, 2.0, 3.0};
  EXPECT_THAT(problem.accuracies(Target::val_accuracy), ElementsAre(90.0, 91.5, 89.25));
  EXPECT_THAT(problem.accuracies(Target::test_accuracy), ElementsAre(1.0, 2.0, 3.0));
}

TEST(Problem, WithoutTestAccuraciesSaysWhatToUse) {
  EXPECT_EQ(message_of<InputError>([] { static_cast<void>(small_problem().accuracies(Target::test_accuracy)); }),
            "the problem has no test accuracies (toy/task): use val_accuracy as the target");
}

TEST(Problem, EachBrokenRuleIsNamed) {
  EXPECT_EQ(flaw_after([](Problem& p) { p.architectures[1] = "a"; }),
            "the problem is inconsistent (toy/task): the architecture 'a' occurs twice");
  EXPECT_THAT(flaw_after([](Problem& p) { p.architectures[1] = ""; }), HasSubstr("an architecture is empty"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.terminals[1] = "flops"; }), HasSubstr("the terminal 'flops' occurs twice"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.terminals[0] = "2nd"; }), HasSubstr("'2nd' is no name for a terminal"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.terminals[0] = "a b"; }), HasSubstr("'a b' is no name for a terminal"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.terminals[0] = "val_accuracy"; }), HasSubstr("cannot be a terminal"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.space = "a/b"; }), HasSubstr("'a/b' is no name for a space or a task"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.space = "problems"; }), HasSubstr("cannot have the name 'problems'"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.task = ""; }), HasSubstr("'' is no name for a space or a task"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.features.pop_back(); }), HasSubstr("it has 5 feature values, expected 6"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.costs_seconds.clear(); }), HasSubstr("it has 0 costs, expected 2"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.val_accuracy.push_back(1.0); }),
              HasSubstr("it has 4 validation accuracies, expected 3"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.test_accuracy = {1.0}; }),
              HasSubstr("it has 1 test accuracies, expected 3"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.features[0] = std::numeric_limits<double>::infinity(); }),
              HasSubstr("a feature is infinite"));
  EXPECT_THAT(flaw_after([](Problem& p) { p.val_accuracy[2] = nan_value; }),
              HasSubstr("the val_accuracy of the architecture 'c' is missing or not finite"));
  EXPECT_THAT(flaw_after([](Problem& p) {
                p.test_accuracy = {1.0, nan_value, 3.0};
              }),
              HasSubstr("the test_accuracy of the architecture '(1, 2)' is missing or not finite"));
}

TEST(Problem, ItsDigestChangesWithEverythingThatCanChangeAResult) {
  const auto digest_after = [](auto&& change) {
    Problem problem = small_problem();
    change(problem);
    return problem.digest();
  };
  const auto digest = small_problem().digest();
  EXPECT_NE(digest, digest_after([](Problem& p) { p.space = "toys"; }));
  EXPECT_NE(digest, digest_after([](Problem& p) { p.task = "tasks"; }));
  EXPECT_NE(digest, digest_after([](Problem& p) { p.architectures[0] = "A"; }));
  EXPECT_NE(digest, digest_after([](Problem& p) { p.terminals[0] = "params"; }));
  EXPECT_NE(digest, digest_after([](Problem& p) { p.features[0] = std::nextafter(1.0, 2.0); }));
  EXPECT_NE(digest, digest_after([](Problem& p) { p.val_accuracy[0] = 90.5; }));
  EXPECT_NE(digest, digest_after([](Problem& p) { p.test_accuracy = {1.0, 2.0, 3.0}; }));
}

TEST(Problem, ItsDigestIgnoresCostsProvenanceAndTheBitsOfNan) {
  Problem problem = small_problem();
  problem.costs_seconds = {1.0, 2.0};
  problem.provenance["source"] = "elsewhere";
  problem.features[4] = -nan_value;
  EXPECT_EQ(problem.digest(), small_problem().digest());
}

}  // namespace
}  // namespace zcmpi
