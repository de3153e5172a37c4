#include "campaign/cost_histogram.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace foundation::campaign {
namespace {

using core::Duration;
using namespace std::chrono_literals;

TEST(CostHistogram, knows_nothing_at_first) { EXPECT_EQ(CostHistogram{}.quantile(0.99), 0ns); }

TEST(CostHistogram, is_never_below_a_cost_and_at_most_an_eighth_above) {
  for (const Duration cost : {Duration{1ns}, Duration{7ns}, Duration{8ns}, Duration{15ns},
                              Duration{16ns}, Duration{1us}, Duration{1234567ns}, Duration{1s},
                              Duration{17h}, Duration{std::numeric_limits<std::int64_t>::max()}}) {
    CostHistogram costs;
    costs.add(cost);
    EXPECT_GE(costs.quantile(0.5), cost);
    EXPECT_LE((costs.quantile(0.5) - cost).count(), cost.count() / 8);
  }
}

TEST(CostHistogram, orders_costs_of_all_sizes) {
  CostHistogram costs;
  for (int i = 1; i <= 100; ++i) costs.add(std::chrono::milliseconds{i});
  EXPECT_NEAR(static_cast<double>(costs.quantile(0.5).count()), 50e6, 50e6 / 8);
  EXPECT_GE(costs.quantile(0.99), 99ms);
  EXPECT_LT(costs.quantile(0.99), 99ms * 9 / 8);
  costs.add(1h);
  EXPECT_GE(costs.quantile(1.0), 1h);
  EXPECT_LT(costs.quantile(0.98), 1s);
}

TEST(CostHistogram, counts_what_took_no_time_as_the_least) {
  CostHistogram costs;
  costs.add(0ns);
  EXPECT_EQ(costs.quantile(1.0), 1ns);
}

}  // namespace
}  // namespace foundation::campaign
