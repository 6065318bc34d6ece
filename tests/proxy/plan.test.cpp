#include "plan.hpp"

#include <gmock/gmock.h>

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PlanPasses, ProxiesOfTheLossGradientShareOneForwardAndOneBackwardPass) {
  EXPECT_THAT(plan_passes(std::vector{Proxy::snip, Proxy::fisher, Proxy::plain, Proxy::grad_norm, Proxy::nwot}),
              ElementsAre(Pass::forward, Pass::loss_gradient));
}

TEST(PlanPasses, WhatIsCountedNeedsNone) {
  EXPECT_THAT(plan_passes(std::vector{Proxy::params, Proxy::flops, Proxy::l2_norm}), IsEmpty());
  EXPECT_THAT(plan_passes({}), IsEmpty());
}

TEST(PlanPasses, NasBenchSuiteZerosThirteenNeedSix) {
  EXPECT_THAT(plan_passes(parse_proxies("nbsz")),
              ElementsAre(Pass::forward, Pass::loss_gradient, Pass::scale_derivative, Pass::input_gradient,
                          Pass::saliency, Pass::gaussian_pair));
}

TEST(PlanPasses, AllTogetherNeedEachPassOnce) { EXPECT_EQ(plan_passes(parse_proxies("all")).size(), pass_count); }

}  // namespace
}  // namespace zcmpi
