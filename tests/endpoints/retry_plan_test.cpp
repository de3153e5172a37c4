#include "endpoints/detail/retry_plan.hpp"

#include <algorithm>

#include <gmock/gmock.h>

namespace foundation::endpoints::detail {
namespace {

using core::Duration;
using std::chrono::minutes;
using std::chrono::seconds;

RetryPlan plan_of(std::uint64_t seed = 1, Duration deadline = minutes{10}) {
  return RetryPlan{core::Stream{seed, core::Purpose::backoff}, deadline};
}

Trouble trouble(TroubleKind kind) { return {.kind = kind, .message = "x", .retry_after = {}}; }

/// Times the request is sent in all when it always ends like this and takes no time.
int tries(TroubleKind kind) {
  RetryPlan plan = plan_of();
  Duration elapsed{0};
  int sent = 1;
  while (const auto wait = plan.next(trouble(kind), elapsed)) {
    elapsed += *wait;
    ++sent;
  }
  return sent;
}

TEST(RetryPlan, what_cannot_get_better_is_not_tried_again) {
  for (const TroubleKind kind : {TroubleKind::refused, TroubleKind::bad_output, TroubleKind::denied,
                                 TroubleKind::not_found, TroubleKind::untrusted})
    EXPECT_EQ(tries(kind), 1);
}

TEST(RetryPlan, the_rest_is_limited_by_kind_or_by_the_deadline) {
  EXPECT_EQ(tries(TroubleKind::timeout), 2);
  EXPECT_EQ(tries(TroubleKind::server_error), 3);
  EXPECT_EQ(tries(TroubleKind::unusable), 3);
  EXPECT_EQ(tries(TroubleKind::no_contact), 8);
  EXPECT_EQ(tries(TroubleKind::cut), 8);
  EXPECT_GT(tries(TroubleKind::limited), 20);
  EXPECT_GT(tries(TroubleKind::overloaded), 20);
}

TEST(RetryPlan, waits_at_random_below_a_ceiling_that_doubles) {
  Duration longest_first{0};
  Duration longest_fourth{0};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RetryPlan plan = plan_of(seed);
    for (int i = 1; i <= 4; ++i) {
      const Duration wait = *plan.next(trouble(TroubleKind::overloaded), Duration{0});
      EXPECT_GE(wait.count(), 0);
      if (i == 1) longest_first = std::max(longest_first, wait);
      if (i == 4) longest_fourth = std::max(longest_fourth, wait);
    }
  }
  EXPECT_NEAR(static_cast<double>(longest_first.count()), 0.5e9, 0.02e9);
  EXPECT_NEAR(static_cast<double>(longest_fourth.count()), 4e9, 0.2e9);
}

TEST(RetryPlan, never_asks_before_retry_after) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Trouble limited = trouble(TroubleKind::limited);
    limited.retry_after = seconds{7};
    EXPECT_GE(*plan_of(seed).next(limited, Duration{0}), seconds{7});
  }
}

TEST(RetryPlan, gives_up_at_once_what_could_only_be_asked_after_the_deadline) {
  Trouble limited = trouble(TroubleKind::limited);
  limited.retry_after = minutes{11};
  EXPECT_FALSE(plan_of().next(limited, Duration{0}).has_value());
  EXPECT_FALSE(plan_of().next(trouble(TroubleKind::cut), minutes{10}).has_value());
}

TEST(RetryPlan, is_the_same_for_the_same_request) {
  RetryPlan one = plan_of(5);
  RetryPlan other = plan_of(5);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(one.next(trouble(TroubleKind::cut), Duration{0}),
              other.next(trouble(TroubleKind::cut), Duration{0}));
  EXPECT_EQ(one.retries(), 5U);
}

}  // namespace
}  // namespace foundation::endpoints::detail
