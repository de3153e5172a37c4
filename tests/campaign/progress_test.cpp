#include "campaign/progress.hpp"

#include <gtest/gtest.h>

namespace foundation::campaign {
namespace {

core::Time at(double seconds) { return {static_cast<std::int64_t>(seconds * 1e9)}; }
double seconds(core::Duration span) { return static_cast<double>(span.count()) * 1e-9; }

TEST(ProgressMeter, knows_nothing_at_first) {
  ProgressMeter meter;
  EXPECT_EQ(meter.rate(), 0);
  EXPECT_FALSE(meter.time_left(100));
  meter.sample(0, at(0));
  meter.sample(10, at(1));
  EXPECT_FALSE(meter.time_left(100));  // one sample has no spread
}

TEST(ProgressMeter, estimates_a_steady_rate_exactly) {
  ProgressMeter meter;
  for (int second = 0; second <= 20; ++second)
    meter.sample(static_cast<std::uint64_t>(50 * second), at(second));
  EXPECT_NEAR(meter.rate(), 50, 1e-9);
  const auto left = meter.time_left(500);
  ASSERT_TRUE(left);
  EXPECT_NEAR(seconds(left->likely), 10, 1e-6);
  EXPECT_NEAR(seconds(left->low), 10, 1e-6);
  EXPECT_NEAR(seconds(left->high), 10, 1e-6);
}

TEST(ProgressMeter, widens_the_interval_when_the_rate_varies) {
  ProgressMeter meter;
  std::uint64_t count = 0;
  for (int second = 0; second <= 40; ++second) {
    meter.sample(count, at(second));
    count += second % 2 == 0 ? 20 : 80;
  }
  const auto left = meter.time_left(1000);
  ASSERT_TRUE(left);
  EXPECT_LT(left->low, left->likely);
  EXPECT_GT(left->high, left->likely);
}

TEST(ProgressMeter, follows_a_change_of_rate) {
  ProgressMeter meter;
  std::uint64_t count = 0;
  for (int second = 0; second <= 30; ++second) {
    meter.sample(count, at(second));
    count += second < 10 ? 10 : 100;
  }
  EXPECT_GT(meter.rate(), 90);
}

TEST(ProgressMeter, starts_at_what_was_restored) {
  ProgressMeter meter;
  meter.sample(1'000'000, at(5));
  meter.sample(1'000'010, at(6));
  EXPECT_NEAR(meter.rate(), 10, 1e-9);
}

TEST(ProgressMeter, survives_standstill_and_repeated_times) {
  ProgressMeter meter;
  for (int i = 0; i < 5; ++i) meter.sample(7, at(3));
  for (int second = 4; second < 10; ++second) meter.sample(7, at(second));
  EXPECT_EQ(meter.rate(), 0);
  EXPECT_FALSE(meter.time_left(1));
}

}  // namespace
}  // namespace foundation::campaign
