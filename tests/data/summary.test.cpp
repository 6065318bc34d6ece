#include "zcmpi/data/summary.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <vector>

#include "support.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

TEST(Summary, OfNothingIsEmpty) { EXPECT_EQ(describe({}), ""); }

TEST(Summary, ShowsProblemsTerminalsCostsAndProvenance) {
  auto first = small_problem();
  first.provenance = {{"source", "x.csv"}};
  Problem second = small_problem("a", "b");
  second.architectures = {"one"};
  second.terminals = {"none"};
  second.features = {nan_value};
  second.costs_seconds = {0.001};
  second.val_accuracy = {-0.5};
  second.test_accuracy = {0.25};
  EXPECT_EQ(describe(std::vector{first, second}),
            fmt::format("toy/task: 3 architectures, 2 terminals, val_accuracy 89.25 to 91.5\n"
                        "  terminal  minimum  median  maximum  missing  seconds\n"
                        "  flops        -2.5       1    1e+10        0      0.5\n"
                        "  nwot         0.25     0.5     0.75        1        -\n"
                        "  missing: 1 of 6 values\n"
                        "  digest: {}\n"
                        "  source: x.csv\n"
                        "\n"
                        "a/b: 1 architecture, 1 terminal, val_accuracy -0.5 to -0.5, test_accuracy 0.25 to 0.25\n"
                        "  terminal  minimum  median  maximum  missing  seconds\n"
                        "  none            -       -        -        1    0.001\n"
                        "  missing: 1 of 1 values\n"
                        "  digest: {}\n",
                        digest_to_text(first.digest()), digest_to_text(second.digest())));
}

TEST(Summary, SaysWhyValuesAreMissingTheCommonestReasonFirst) {
  Problem problem = small_problem();
  problem.features = {nan_value, nan_value, 1.0, nan_value, nan_value, nan_value};
  problem.missing_reasons.add(0, 1, "no memory");
  problem.missing_reasons.add(0, 0, "no path");
  problem.missing_reasons.add(1, 0, "no path");
  problem.missing_reasons.add(1, 2, "no path");
  EXPECT_THAT(describe(std::span(&problem, 1)),
              testing::HasSubstr("  missing: 5 of 6 values, 1 of them without a reason\n"
                                 "    3: no path (flops, nwot)\n"
                                 "    1: no memory (flops)\n"));
}

}  // namespace
}  // namespace zcmpi
