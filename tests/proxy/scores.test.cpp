#include "torch/scores.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

namespace zcmpi {
namespace {

using testing::HasSubstr;

at::Tensor matrix(const std::vector<double>& numbers, std::int64_t rows) {
  return at::tensor(numbers).view({rows, -1});
}

TEST(Scores, JacovOfUncorrelatedRowsIsThatOfOnes) {
  const auto score = jacov_score(matrix({1, -1, 1, -1, 1, 1, -1, -1}, 2));
  EXPECT_NEAR(score.value, -2.0 * (std::log(1.0 + 1e-5) + 1.0 / (1.0 + 1e-5)), 1e-9);
}

TEST(Scores, JacovOfEqualRowsHasAnEigenvalueOfZero) {
  const auto score = jacov_score(matrix({1, 2, 4, 1, 2, 4}, 2));
  EXPECT_NEAR(score.value, -(std::log(2.0) + 0.5 + std::log(1e-5) + 1e5), 1e-2);
}

TEST(Scores, ARowThatDoesNotVaryHasNoCorrelations) {
  const auto rows = matrix({1, 1, 1, 1, 2, 4}, 2);
  EXPECT_TRUE(std::isnan(jacov_score(rows).value));
  EXPECT_THAT(jacov_score(rows).reason, HasSubstr("no correlations"));
  EXPECT_THAT(epe_nas_score(rows, std::vector<std::uint32_t>{1, 1}, 10).reason, HasSubstr("no correlations"));
  EXPECT_THAT(epe_nas_score(rows, std::vector<std::uint32_t>{1, 2}, 10).reason, HasSubstr("no correlations"));
}

TEST(Scores, EpeNasSumsTheClassesUpToAHundred) {
  // Rows 0 and 2 are of one class and uncorrelated, row 1 is alone in its class.
  const auto rows = matrix({1, -1, 1, -1, 3, 1, 2, 9, 1, 1, -1, -1}, 3);
  const auto score = epe_nas_score(rows, std::vector<std::uint32_t>{4, 7, 4}, 100);
  const double pair = 2.0 * std::log(1.0 + 1e-5) + 2.0 * std::log(1e-5);
  EXPECT_NEAR(score.value, std::abs(pair) + std::log(1.0 + 1e-5), 1e-9);
}

TEST(Scores, EpeNasComparesTheClassesOfTwoAndMoreImagesAboveAHundred) {
  // Two uncorrelated rows, two equal ones, and one alone.
  const auto rows = matrix({1, -1, 1, -1, 1, 1, -1, -1, 1, 2, 3, 4, 1, 2, 3, 4, 5, 1, 1, 2}, 5);
  const auto score = epe_nas_score(rows, std::vector<std::uint32_t>{0, 0, 1, 1, 2}, 101);
  const double uncorrelated = std::log(1.0 + 1e-5) + std::log(1e-5);
  const double equal = 2.0 * std::log(1.0 + 1e-5);
  EXPECT_NEAR(score.value, 2.0 * std::abs(uncorrelated - equal) / 2.0, 1e-9);
  EXPECT_THAT(epe_nas_score(rows, std::vector<std::uint32_t>{0, 1, 2, 3, 4}, 101).reason, HasSubstr("two images"));
}

TEST(Scores, ASingularMatrixHasNoLogDeterminant) {
  EXPECT_NEAR(log_determinant(matrix({2, 0, 0, 3}, 2)).value, std::log(6.0), 1e-12);
  EXPECT_NEAR(log_determinant(matrix({0, 2, 3, 0}, 2)).value, std::log(6.0), 1e-12);
  EXPECT_FALSE(log_determinant(matrix({1, 1, 1, 1}, 2)).reason.empty());
}

TEST(Scores, AConditionNumberNeedsPositiveEigenvalues) {
  EXPECT_NEAR(condition_number(matrix({2, 0, 0, 8}, 2)).value, 4.0, 1e-12);
  EXPECT_FALSE(condition_number(matrix({-2, 0, 0, 8}, 2)).reason.empty());
  EXPECT_FALSE(condition_number(matrix({std::nan(""), 0, 0, 8}, 2)).reason.empty());
}

TEST(Scores, IsometryIsNoughtForAnOrthogonalMapAndMissingForTheIdentity) {
  const auto signs = matrix({1, 1, -1, 1, 1, -1, -1, -1}, 4).to(at::kFloat).view({4, 2, 1, 1});
  EXPECT_THAT(isometry(signs, signs).reason, HasSubstr("unchanged"));
  // The mean product of both channels with themselves is the identity, with one sign turned an orthogonal matrix.
  EXPECT_NEAR(isometry(-signs, signs).value, 0.0, 1e-5);
  // Two rows of four numbers against two of two, and against one of two.
  const auto wide = signs.view({1, 1, 2, 4});
  EXPECT_THAT(isometry(wide, signs.view({1, 2, 2, 2})).reason, HasSubstr("fraction"));
  EXPECT_TRUE(isometry(wide, signs.view({1, 4, 1, 2})).reason.empty());
}

TEST(Scores, AConstantBlockHasNoSpectralEntropy) {
  EXPECT_FALSE(spectral_entropy(at::ones({2, 3, 4, 4})).reason.empty());
  const auto signs = matrix({1, 1, -1, 1, 1, -1, -1, -1}, 4).to(at::kFloat).view({4, 2, 1, 1});
  EXPECT_NEAR(spectral_entropy(signs).value, std::log(2.0), 1e-6);
}

}  // namespace
}  // namespace zcmpi
