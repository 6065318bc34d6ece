#include "plan.hpp"

#include <gmock/gmock.h>

#include <set>

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

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

TEST(InitialisationOf, IsThatOfThePasses) {
  EXPECT_EQ(initialisation_of(Proxy::params), std::nullopt);
  for (const Proxy proxy : {Proxy::l2_norm, Proxy::nwot, Proxy::grasp, Proxy::zico, Proxy::ntk_cond, Proxy::synflow}) {
    EXPECT_EQ(initialisation_of(proxy), Initialisation::standard) << to_text(proxy);
  }
  EXPECT_EQ(initialisation_of(Proxy::zen), Initialisation::gaussian);
  EXPECT_EQ(initialisation_of(Proxy::swap), Initialisation::gaussian);
  EXPECT_EQ(initialisation_of(Proxy::az_expressivity), Initialisation::kaiming);
  EXPECT_EQ(initialisation_of(Proxy::az_trainability), Initialisation::kaiming);
}

TEST(PlanPasses, AllTogetherNeedEachPassOnce) {
  const auto passes = plan_passes(parse_proxies("all"));
  EXPECT_THAT(passes, SizeIs(static_cast<std::size_t>(Pass::block_gradients) + 1));
  EXPECT_EQ(std::set(passes.begin(), passes.end()).size(), passes.size());
}

}  // namespace
}  // namespace zcmpi
