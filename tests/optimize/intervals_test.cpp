#include "optimize/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "core/exact_math.hpp"
#include "core/random.hpp"

namespace foundation::optimize {
namespace {

AggregateOf mean_of(const std::vector<double>& values) {
  return [&values](std::span<const std::uint32_t> positions) {
    double sum = 0;
    for (const std::uint32_t position : positions) sum += values[position];
    return sum / static_cast<double>(positions.size());
  };
}

std::vector<double> normal_sample(std::uint32_t seed, std::uint32_t size, double centre) {
  core::Stream stream{seed, core::Purpose::simulate};
  std::vector<double> values(size);
  for (double& value : values) {
    value = centre + core::exact::normal_quantile(stream.uniform() + 0x1.0p-54);
  }
  return values;
}

TEST(Intervals, bootstrap_covers_the_mean_as_often_as_promised) {
  int covered = 0;
  constexpr int simulations = 400;
  for (std::uint32_t seed = 0; seed < simulations; ++seed) {
    const auto values = normal_sample(seed, 60, 3);
    const Interval interval = bootstrap_interval(mean_of(values), 60, seed, 0.9, 400);
    covered += interval.low <= 3 && 3 <= interval.high ? 1 : 0;
    EXPECT_LE(interval.low, interval.estimate);
    EXPECT_GE(interval.high, interval.estimate);
  }
  EXPECT_NEAR(covered / double{simulations}, 0.9, 0.05);
}

TEST(Intervals, pairing_removes_what_both_have_in_common) {
  const auto common = normal_sample(1, 200, 0);
  const auto noise = normal_sample(2, 200, 0);
  std::vector<double> better(200);
  for (std::size_t i = 0; i < better.size(); ++i) better[i] = common[i] + 0.1 + 0.1 * noise[i];
  const Interval paired = paired_bootstrap_interval(mean_of(better), mean_of(common), 200, 1);
  EXPECT_GT(paired.low, 0.05);
  EXPECT_LT(paired.high, 0.15);
  const Interval alone = bootstrap_interval(mean_of(better), 200, 1);
  EXPECT_GT(alone.high - alone.low, 5 * (paired.high - paired.low));
}

TEST(Intervals, paired_covers_the_difference_as_often_as_promised) {
  int covered = 0;
  constexpr int simulations = 300;
  for (std::uint32_t seed = 0; seed < simulations; ++seed) {
    const auto a = normal_sample(seed, 80, 1);
    const auto b = normal_sample(seed + 10'000, 80, 0.5);
    const Interval interval =
        paired_bootstrap_interval(mean_of(a), mean_of(b), 80, seed, 0.95, 400);
    covered += interval.low <= 0.5 && 0.5 <= interval.high ? 1 : 0;
  }
  EXPECT_NEAR(covered / double{simulations}, 0.95, 0.04);
}

TEST(Intervals, bootstrap_is_reproducible) {
  const auto values = normal_sample(3, 50, 0);
  const Interval first = bootstrap_interval(mean_of(values), 50, 7);
  const Interval again = bootstrap_interval(mean_of(values), 50, 7);
  const Interval other = bootstrap_interval(mean_of(values), 50, 8);
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  EXPECT_NE(first.low, other.low);
}

TEST(Intervals, bootstrap_has_its_golden_values) {
  std::vector<double> values(100);
  std::iota(values.begin(), values.end(), 0.0);
  const Interval interval = bootstrap_interval(mean_of(values), 100, 1);
  EXPECT_EQ(interval.estimate, 49.5);
  EXPECT_EQ(interval.low, 43.849499999999999);
  EXPECT_EQ(interval.high, 55.170000000000002);
}

TEST(Intervals, resamples_without_a_value_are_left_out) {
  const AggregateOf undefined_without_first = [](std::span<const std::uint32_t> positions) {
    return std::ranges::count(positions, 0U) == 0 ? std::nan("") : 1.0;
  };
  const Interval interval = bootstrap_interval(undefined_without_first, 5, 1);
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 1);
  const AggregateOf never = [](std::span<const std::uint32_t>) { return std::nan(""); };
  EXPECT_TRUE(std::isnan(bootstrap_interval(never, 5, 1).high));
}

// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine
// 17 (1998), table I, method 3.
TEST(Intervals, wilson_gives_the_published_values) {
  const auto check = [](std::uint64_t successes, std::uint64_t trials, double low, double high) {
    const Interval interval = wilson_interval(successes, trials);
    EXPECT_NEAR(interval.low, low, 5e-5) << successes << "/" << trials;
    EXPECT_NEAR(interval.high, high, 5e-5) << successes << "/" << trials;
  };
  check(81, 263, 0.2553, 0.3662);
  check(15, 148, 0.0624, 0.1605);
  check(0, 20, 0, 0.1611);
  check(1, 29, 0.0061, 0.1718);
}

TEST(Intervals, wilson_stays_within_zero_and_one) {
  EXPECT_EQ(wilson_interval(0, 0).low, 0);
  EXPECT_EQ(wilson_interval(0, 0).high, 1);
  EXPECT_EQ(wilson_interval(0, 7).low, 0);
  EXPECT_EQ(wilson_interval(7, 7).high, 1);
  EXPECT_LT(wilson_interval(7, 7).low, 1);
}

TEST(Intervals, wilson_covers_a_proportion_as_often_as_promised) {
  int covered = 0;
  constexpr int simulations = 4'000;
  for (std::uint32_t seed = 0; seed < simulations; ++seed) {
    core::Stream stream{seed, core::Purpose::simulate, 1};
    std::uint64_t successes = 0;
    for (int i = 0; i < 50; ++i) successes += stream.chance(0.3) ? 1U : 0U;
    const Interval interval = wilson_interval(successes, 50);
    covered += interval.low <= 0.3 && 0.3 <= interval.high ? 1 : 0;
  }
  EXPECT_NEAR(covered / double{simulations}, 0.95, 0.02);
}

}  // namespace
}  // namespace foundation::optimize
