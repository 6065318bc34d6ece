// What training needs that knows no LibTorch.
#include <gmock/gmock.h>

#include <numeric>

#include "training.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

TEST(SgdStep, MovesByTheVelocity) {
  std::vector<float> values{1.0F, -2.0F};
  SgdParameters parameters{values};
  const TrainingSettings settings{.momentum = 0.5, .momentum_kind = Momentum::heavy_ball, .weight_decay = 0.0};
  take_step(parameters, std::vector{1.0F, 4.0F}, settings, 0.1);
  EXPECT_THAT(values, ElementsAre(FloatNear(0.9F, 1e-6F), FloatNear(-2.4F, 1e-6F)));
  take_step(parameters, std::vector{1.0F, 0.0F}, settings, 0.1);
  EXPECT_THAT(values, ElementsAre(FloatNear(0.75F, 1e-6F), FloatNear(-2.6F, 1e-6F)));
}

TEST(SgdStep, LooksAheadByNesterov) {
  std::vector<float> values{1.0F};
  SgdParameters parameters{values};
  take_step(parameters, std::vector{1.0F}, {.momentum = 0.5, .weight_decay = 0.0}, 0.1);
  EXPECT_THAT(values, ElementsAre(FloatNear(0.85F, 1e-6F)));
}

TEST(SgdStep, DecaysWhatHasNoGradient) {
  std::vector<float> values{2.0F};
  SgdParameters parameters{values};
  take_step(parameters, {}, {.momentum = 0.0, .weight_decay = 0.5}, 0.1);
  EXPECT_THAT(values, ElementsAre(FloatNear(1.9F, 1e-6F)));
}

TEST(CosineSchedule, FallsFromOneToNothing) {
  EXPECT_EQ(cosine_schedule(0, 10), 1.0);
  EXPECT_NEAR(cosine_schedule(5, 10), 0.5, 1e-12);
  EXPECT_NEAR(cosine_schedule(10, 10), 0.0, 1e-12);
}

}  // namespace
}  // namespace zcmpi
