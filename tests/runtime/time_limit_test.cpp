#include "runtime/time_limit.hpp"

#include <gtest/gtest.h>

namespace foundation::runtime {
namespace {

using core::Duration;
using namespace std::chrono_literals;

constexpr core::Time now{5'000'000'000};

TEST(TimeLimit, keeps_the_margin_for_slow_cells_and_the_last_view) {
  const TimeLimit limit = plan_time(1h, 60s, now);
  EXPECT_EQ(limit.deadline - now, Duration{59min});
  EXPECT_EQ(limit.last_moment - now, Duration{59min + 30s});
}

TEST(TimeLimit, keeps_at_most_a_quarter) {
  const TimeLimit limit = plan_time(40s, 60s, now);
  EXPECT_EQ(limit.deadline - now, Duration{30s});
  EXPECT_EQ(limit.last_moment - now, Duration{35s});
}

TEST(TimeLimit, has_come_when_nothing_is_left) {
  for (const Duration left : {Duration{0s}, Duration{-5s}}) {
    EXPECT_EQ(plan_time(left, 60s, now).deadline, now);
    EXPECT_EQ(plan_time(left, 60s, now).last_moment, now);
  }
}

}  // namespace
}  // namespace foundation::runtime
