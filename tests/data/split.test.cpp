#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "support.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/dataset.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

DatasetProblem problem_of(std::size_t n, std::string name = "s/t") {
  DatasetProblem problem;
  problem.name = std::move(name);
  problem.accuracies.assign(n, 0.0);
  return problem;
}

std::string error_of(std::size_t n, const SplitOptions& options) {
  return message_of<InputError>([&] { make_split(problem_of(n), options); });
}

TEST(Split, PartsAreSortedDisjointAndTogetherAllRows) {
  for (const std::size_t n : {2U, 3U, 31U, 1000U}) {
    for (std::uint32_t train = 2; train <= n; train += 7) {
      for (const double share : {0.0, 0.25}) {
        if (share > 0.0 && train < 8) {
          continue;
        }
        const auto split = make_split(problem_of(n), {.train_architectures = train, .validation_share = share});
        std::vector<std::uint32_t> rows;
        for (const auto* part : {&split.train, &split.validation, &split.test}) {
          EXPECT_TRUE(std::ranges::is_sorted(*part));
          rows.insert(rows.end(), part->begin(), part->end());
        }
        std::ranges::sort(rows);
        ASSERT_EQ(rows.size(), n);
        for (std::uint32_t i = 0; i < n; ++i) {
          ASSERT_EQ(rows[i], i);
        }
        EXPECT_EQ(split.train.size() + split.validation.size(), train);
      }
    }
  }
}

TEST(Split, AllRowsTrainUnlessANumberIsAskedFor) {
  const auto split = make_split(problem_of(5), {});
  EXPECT_THAT(split.train, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_TRUE(split.test.empty());
}

TEST(Split, OneRowMayBeLeftForTest) {
  const auto split = make_split(problem_of(5), {.train_architectures = 4});
  EXPECT_EQ(split.train.size(), 4U);
  EXPECT_EQ(split.test.size(), 1U);
}

TEST(Split, TheValidationShareIsRoundedHalfUp) {
  const auto validation = [](std::uint32_t train, double share) {
    return make_split(problem_of(50), {.train_architectures = train, .validation_share = share}).validation.size();
  };
  EXPECT_EQ(validation(10, 0.25), 3U);
  EXPECT_EQ(validation(10, 0.24), 2U);
  EXPECT_EQ(validation(10, 0.0), 0U);
  EXPECT_EQ(validation(4, 0.4), 2U);
}

TEST(Split, AValidationShareLeavesTheTestRowsAlone) {
  const auto without = make_split(problem_of(100), {.train_architectures = 40});
  const auto with = make_split(problem_of(100), {.train_architectures = 40, .validation_share = 0.3});
  EXPECT_EQ(with.test, without.test);
  EXPECT_TRUE(std::ranges::includes(without.train, with.validation));
}

TEST(Split, IsAFunctionOfSeedAndName) {
  const SplitOptions options{.train_architectures = 20, .seed = 7};
  EXPECT_EQ(make_split(problem_of(100), options).train, make_split(problem_of(100), options).train);
  EXPECT_NE(make_split(problem_of(100, "s/t"), options).train, make_split(problem_of(100, "s/u"), options).train);
  EXPECT_NE(make_split(problem_of(100), options).train,
            make_split(problem_of(100), {.train_architectures = 20, .seed = 8}).train);
}

TEST(Split, IsIndependentOfTheOrderOfProblems) {
  Problem a = small_problem("a", "t");
  Problem b = small_problem("b", "t");
  const SplitOptions options{.train_architectures = 2};
  const auto forward = make_dataset(std::vector{a, b}, {});
  const auto backward = make_dataset(std::vector{b, a}, {});
  EXPECT_EQ(make_split(forward.problems[0], options).train, make_split(backward.problems[1], options).train);
  EXPECT_EQ(make_split(forward.problems[1], options).train, make_split(backward.problems[0], options).train);
}

TEST(Split, EveryRowTrainsEquallyOften) {
  constexpr int trials = 2000;
  std::vector<int> counts(10, 0);
  for (int seed = 0; seed < trials; ++seed) {
    for (const auto row :
         make_split(problem_of(10), {.train_architectures = 5, .seed = static_cast<std::uint64_t>(seed)}).train) {
      ++counts[row];
    }
  }
  // Binomial with p = 1/2: five deviations.
  const double bound = 5.0 * std::sqrt(trials * 0.25);
  for (const int count : counts) {
    EXPECT_NEAR(count, trials / 2, bound);
  }
}

TEST(Split, TheRowsOfASeedStayTheSame) {
  EXPECT_THAT(make_split(problem_of(12, "nb201/cifar10"), {.train_architectures = 4, .seed = 1}).train,
              ElementsAre(1, 4, 9, 10));
}

TEST(Split, ATooSmallProblemIsAnErrorThatAdvisesANumberThatLeavesSomeToTestOn) {
  EXPECT_EQ(error_of(60, {.train_architectures = 100}),
            "too few architectures to train on (s/t): data.train_architectures = 100, 60 are there; --set "
            "data.train_architectures=30 leaves about half of them to test on");
  EXPECT_THAT(error_of(3, {.train_architectures = 4}), HasSubstr("--set data.train_architectures=2 "));
  EXPECT_EQ(error_of(2, {.train_architectures = 100}),
            "too few architectures to train on (s/t): data.train_architectures = 100, 2 are there; give it more, or "
            "leave the problem out");
  EXPECT_EQ(error_of(1, {.train_architectures = 100}),
            "too few architectures to train on (s/t): 1 is there, expected at least 2; leave the problem out");
  EXPECT_THAT(error_of(1, {}), HasSubstr("1 is there"));
  EXPECT_THAT(error_of(0, {}), HasSubstr("0 are there, expected at least 2; leave the problem out"));
}

TEST(Split, ImpossibleRequestsAreErrors) {
  EXPECT_THAT(error_of(5, {.train_architectures = 1}), HasSubstr("expected at least 2 to be left"));
  EXPECT_THAT(error_of(5, {.train_architectures = 4, .validation_share = 0.75}),
              HasSubstr("(s/t): 4 less 3 for validation"));
  EXPECT_EQ(
      error_of(50, {.train_architectures = 40, .validation_share = 0.03}),
      "too few architectures for validation (s/t): a share of 0.03 of 40 is 1; expected at least 2, or the share 0");
  EXPECT_THAT(error_of(50, {.train_architectures = 40, .validation_share = 0.01}), HasSubstr("of 40 is 0"));
  EXPECT_THAT(error_of(5, {.validation_share = 1.0}), HasSubstr("the validation share is 1"));
  EXPECT_THAT(error_of(5, {.validation_share = -0.1}), HasSubstr("the validation share is -0.1"));
  EXPECT_THAT(error_of(5, {.validation_share = nan_value}), HasSubstr("the validation share is nan"));
}

}  // namespace
}  // namespace zcmpi
