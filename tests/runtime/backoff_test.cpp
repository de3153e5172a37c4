#include "runtime/backoff.hpp"

#include <gtest/gtest.h>

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;

/// Lets a backoff run for this long on a clock of its own; returns how often it looked.
int looks_during(Backoff& backoff, core::Time& now, core::Duration span, core::Duration look) {
  int looks = 0;
  for (const core::Time end = now + span; now < end; ++looks) now = now + look + backoff.next(now);
  return looks;
}

TEST(Backoff, spins_first) {
  Backoff backoff;
  core::Time now{1'000};
  for (; now < core::Time{1'000} + 50us; now = now + 1us)
    EXPECT_EQ(backoff.next(now), core::Duration{0});
  EXPECT_GT(backoff.next(now), core::Duration{0});
}

TEST(Backoff, sleeps_longer_and_longer_up_to_8_ms) {
  Backoff backoff;
  core::Time now{0};
  core::Duration longest{0};
  core::Duration before{0};
  for (int i = 0; i < 1000; ++i) {
    const core::Duration span = backoff.next(now);
    EXPECT_GE(span, before);
    if (now < core::Time{0} + 90ms) {
      EXPECT_LE(span, 1ms);
    }
    before = span;
    longest = std::max(longest, span);
    now = now + 1us + span;
  }
  EXPECT_EQ(longest, 8ms);
}

TEST(Backoff, an_idle_second_takes_less_than_a_percent_of_a_core) {
  Backoff backoff;
  core::Time now{0};
  const auto look = 2us;
  looks_during(backoff, now, 1s, look);
  EXPECT_LT(looks_during(backoff, now, 1s, look) * look, 10ms);
}

TEST(Backoff, outlasts_the_first_sleep_of_a_peer_while_messages_come_densely) {
  Backoff backoff;
  for (int message = 0; message < 100; ++message) backoff.reset();
  core::Time now{0};
  for (; now < core::Time{0} + 200us; now = now + 1us)
    EXPECT_EQ(backoff.next(now), core::Duration{0});
  EXPECT_GT(backoff.next(now), core::Duration{0});
  backoff.reset();  // one message after a sleep is not dense
  EXPECT_EQ(backoff.next(now), core::Duration{0});
  EXPECT_GT(backoff.next(now + 60us), core::Duration{0});
}

TEST(Backoff, spins_again_after_a_message) {
  Backoff backoff;
  core::Time now{0};
  looks_during(backoff, now, 1s, 2us);
  backoff.reset();
  EXPECT_EQ(backoff.next(now), core::Duration{0});
  EXPECT_EQ(backoff.next(now + 10us), core::Duration{0});
}

}  // namespace
}  // namespace foundation::runtime
