#include "zcmpi/core/timing.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <set>
#include <stdexcept>

namespace zcmpi {
namespace {

using TimePoint = PhaseClock::Clock::time_point;
using Seconds = std::array<double, phase_count>;

/// Sums of differences are rounded; far below the nanosecond that the clock counts in.
constexpr double rounding_seconds = 1e-12;

TimePoint now() { return PhaseClock::Clock::now(); }

double between(TimePoint begin, TimePoint end) { return std::chrono::duration<double>(end - begin).count(); }

double part(const Seconds& seconds, Phase phase) { return seconds[static_cast<std::size_t>(phase)]; }

double sum(const Seconds& seconds) { return std::accumulate(seconds.begin(), seconds.end(), 0.0); }

/// A stretch of time, seen from inside. Every test encloses what the clock measures between two stretches taken around
/// it and within it, so that it holds on a machine of any load.
struct Stretch {
  TimePoint begin;
  TimePoint end;

  [[nodiscard]] double seconds() const { return between(begin, end); }
};

/// Lets time pass without sleeping: long against the few calls around it.
Stretch pass_time() {
  constexpr auto long_enough = std::chrono::milliseconds(2);
  const auto begin = now();
  auto end = now();
  while (end - begin < long_enough) {
    end = now();
  }
  return {begin, end};
}

TEST(PhaseNames, FollowTheEnumeration) {
  const auto name = [](Phase phase) { return phase_names[static_cast<std::size_t>(phase)]; };
  EXPECT_EQ(name(Phase::evaluation), "evaluation");
  EXPECT_EQ(name(Phase::ranking), "ranking");
  EXPECT_EQ(name(Phase::variation), "variation");
  EXPECT_EQ(name(Phase::migration), "migration");
  EXPECT_EQ(name(Phase::migration_wait), "migration_wait");
  EXPECT_EQ(name(Phase::checkpoint), "checkpoint");
  EXPECT_EQ(name(Phase::rest), "rest");
  EXPECT_EQ(static_cast<std::size_t>(Phase::rest) + 1, phase_count);
}

TEST(PhaseClock, ThePartsAddUpToTheTimeThatPassed) {
  const auto before = now();
  PhaseClock clock;
  const auto started = now();
  for (const auto phase : {Phase::evaluation, Phase::ranking, Phase::evaluation, Phase::checkpoint, Phase::rest}) {
    clock.switch_to(phase);
    pass_time();
    clock.seconds();
  }
  const auto ended = now();
  const auto seconds = clock.seconds();
  const auto after = now();
  EXPECT_GE(sum(seconds), between(started, ended) - rounding_seconds);
  EXPECT_LE(sum(seconds), between(before, after) + rounding_seconds);
}

TEST(PhaseClock, TimeBelongsToRestUntilAPhaseIsEntered) {
  PhaseClock clock;
  const auto stretch = pass_time();
  const auto seconds = clock.seconds();
  EXPECT_GE(part(seconds, Phase::rest), stretch.seconds() - rounding_seconds);
  EXPECT_EQ(part(seconds, Phase::rest), sum(seconds));
}

TEST(PhaseClock, EachPhaseGetsTheTimeThatPassedInIt) {
  for (std::size_t i = 0; i < phase_count; ++i) {
    const auto phase = static_cast<Phase>(i);
    const auto other = phase == Phase::ranking ? Phase::evaluation : Phase::ranking;
    PhaseClock clock;
    const auto before = now();
    clock.switch_to(phase);
    const auto stretch = pass_time();
    clock.switch_to(other);
    const auto after = now();
    pass_time();
    const auto in_phase = part(clock.seconds(), phase);
    EXPECT_GE(in_phase, stretch.seconds() - rounding_seconds) << phase_names[i];
    if (phase != Phase::rest) {
      EXPECT_LE(in_phase, between(before, after) + rounding_seconds) << phase_names[i];
    }
  }
}

TEST(PhaseClock, APhaseEnteredAgainGoesOnCounting) {
  PhaseClock clock;
  clock.switch_to(Phase::ranking);
  const auto first = pass_time();
  clock.switch_to(Phase::evaluation);
  clock.switch_to(Phase::ranking);
  const auto second = pass_time();
  EXPECT_GE(part(clock.seconds(), Phase::ranking), first.seconds() + second.seconds() - rounding_seconds);
}

TEST(PhaseClock, SwitchingTellsThePhaseBefore) {
  PhaseClock clock;
  EXPECT_EQ(clock.switch_to(Phase::checkpoint), Phase::rest);
  EXPECT_EQ(clock.switch_to(Phase::checkpoint), Phase::checkpoint);
  EXPECT_EQ(clock.switch_to(Phase::variation), Phase::checkpoint);
}

TEST(PhaseClock, ReadingEntersNoPhase) {
  PhaseClock clock;
  clock.switch_to(Phase::ranking);
  clock.seconds();
  EXPECT_EQ(clock.switch_to(Phase::rest), Phase::ranking);
}

TEST(ScopedPhase, ItsTimeBelongsToItsPhase) {
  PhaseClock clock;
  Stretch stretch;
  {
    const ScopedPhase scope(&clock, Phase::checkpoint);
    stretch = pass_time();
  }
  EXPECT_GE(part(clock.seconds(), Phase::checkpoint), stretch.seconds() - rounding_seconds);
}

TEST(ScopedPhase, TimeInAnInnerScopeIsChargedToTheInnerPhaseOnly) {
  PhaseClock clock;
  const auto before = now();
  Stretch inner;
  {
    const ScopedPhase outer_scope(&clock, Phase::variation);
    const ScopedPhase inner_scope(&clock, Phase::evaluation);
    inner = pass_time();
  }
  const auto after = now();
  const auto seconds = clock.seconds();
  EXPECT_GE(part(seconds, Phase::evaluation), inner.seconds() - rounding_seconds);
  EXPECT_LE(part(seconds, Phase::variation),
            between(before, inner.begin) + between(inner.end, after) + rounding_seconds);
}

TEST(ScopedPhase, AfterAnInnerScopeTimeBelongsToTheOuterOneAgain) {
  PhaseClock clock;
  {
    const ScopedPhase outer(&clock, Phase::variation);
    { const ScopedPhase inner(&clock, Phase::evaluation); }
    const auto rest_of_outer = pass_time();
    EXPECT_GE(part(clock.seconds(), Phase::variation), rest_of_outer.seconds() - rounding_seconds);
  }
  EXPECT_EQ(clock.switch_to(Phase::rest), Phase::rest);
}

TEST(ScopedPhase, AScopeOfTheSamePhaseLeavesThePhaseAsItIs) {
  PhaseClock clock;
  const ScopedPhase outer(&clock, Phase::ranking);
  { const ScopedPhase inner(&clock, Phase::ranking); }
  EXPECT_EQ(clock.switch_to(Phase::ranking), Phase::ranking);
}

TEST(ScopedPhase, AnExceptionEndsItToo) {
  PhaseClock clock;
  const auto fail = [&] {
    const ScopedPhase scope(&clock, Phase::checkpoint);
    throw std::runtime_error("the disk is full");
  };
  EXPECT_THROW(fail(), std::runtime_error);
  EXPECT_EQ(clock.switch_to(Phase::rest), Phase::rest);
}

TEST(ScopedPhase, WithoutAClockItMeasuresNothing) {
  EXPECT_NO_THROW({ const ScopedPhase scope(nullptr, Phase::checkpoint); });
}

}  // namespace
}  // namespace zcmpi
