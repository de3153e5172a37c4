#include "optimize/detail/acquisition.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/exact_math.hpp"

namespace foundation::optimize::detail {
namespace {

TEST(LogExpectedImprovement, goes_on_smoothly_where_the_improvement_underflows) {
  const auto at = [](double z) { return log_expected_improvement({-z * 0.5, 0.5}, 0); };
  EXPECT_NEAR(at(0), core::exact::log(0.5 * 0.39894228040143268), 1e-12);
  EXPECT_NEAR(at(-5.001), at(-4.999), 0.02);
  double last = at(3);
  for (double z = 2.5; z > -60; z -= 0.5) {
    EXPECT_LT(at(z), last);
    EXPECT_TRUE(std::isfinite(at(z)));
    last = at(z);
  }
}

TEST(LogProbabilityOfImprovement, goes_on_smoothly_where_the_probability_underflows) {
  const auto at = [](double z) { return log_probability_of_improvement({-z * 0.5, 0.5}, 0.01); };
  EXPECT_NEAR(at(0), core::exact::log(0.5), 1e-12);
  EXPECT_NEAR(at(1), core::exact::log(core::exact::normal_cdf(1)), 1e-12);
  EXPECT_NEAR(at(-5.0001), at(-4.9999), 0.0015);
  EXPECT_NEAR(at(-20), core::exact::log(core::exact::normal_cdf(-20)), 1e-7);
  double last = at(3);
  for (double z = 2.5; z > -60; z -= 0.5) {
    EXPECT_LT(at(z), last);
    EXPECT_TRUE(std::isfinite(at(z)));
    last = at(z);
  }
}

TEST(LogProbabilityOfImprovement, wants_more_than_a_hundredth) {
  EXPECT_LT(log_probability_of_improvement({-0.009, 1e-4}, 0), -10);
  EXPECT_GT(log_probability_of_improvement({-0.011, 1e-4}, 0), -0.01);
}

TEST(ConfidenceBound, weighs_the_deviation_by_the_theorem) {
  const double beta =
      2 * core::exact::log(200.0 * 25 * 25 * 3.14159265358979 * 3.14159265358979 / (6 * 0.1));
  EXPECT_NEAR(confidence_bound({0.3, 0.5}, 25, 200), 0.5 * std::sqrt(beta / 5) - 0.3, 1e-12);
  EXPECT_GT(confidence_bound({0, 1}, 100, 200), confidence_bound({0, 1}, 10, 200));
  EXPECT_EQ(confidence_bound({0, 1}, 0, 200), confidence_bound({0, 1}, 1, 200));
}

TEST(Promise, is_by_the_function_that_is_set) {
  const Prediction near{.mean = -0.1, .deviation = 0.05};
  const Prediction far{.mean = 0.5, .deviation = 1};
  const auto prefers_far = [&](Acquisition kind) {
    const AcquisitionSetting setting{.kind = kind, .best = 0, .told = 20, .points = 200};
    return promise_of(far, setting) > promise_of(near, setting);
  };
  EXPECT_TRUE(prefers_far(Acquisition::confidence_bound));
  EXPECT_TRUE(prefers_far(Acquisition::expected_improvement));
  EXPECT_FALSE(prefers_far(Acquisition::probability_of_improvement));
}

}  // namespace
}  // namespace foundation::optimize::detail
