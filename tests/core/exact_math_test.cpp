#include "core/exact_math.hpp"

#include <array>
#include <cfloat>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash.hpp"
#include "core/random.hpp"

namespace foundation::core {
namespace {

using Wide = long double;
using Function = std::function<double(double)>;
using Reference = std::function<Wide(Wide)>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr int draws = 200'000;

/// Distance from the exact value in units of its last place as a double.
double error_in_ulp(double got, Wide exact) {
  const auto nearest = static_cast<double>(exact);
  if (got == nearest) return 0;
  const double next = std::nextafter(std::fabs(nearest), infinity);
  const double ulp = next - std::fabs(nearest);
  return static_cast<double>(std::fabs(static_cast<Wide>(got) - exact) / static_cast<Wide>(ulp));
}

double uniform_between(Stream& stream, double low, double high) {
  return low + stream.uniform() * (high - low);
}

/// A double of any magnitude in 2^[low, high], either sign.
double any_magnitude(Stream& stream, int low, int high) {
  const double mantissa = 1 + stream.uniform();
  const double sign = stream.chance(0.5) ? -1 : 1;
  return sign * std::ldexp(mantissa, static_cast<int>(stream.between(low, high)));
}

double worst_error(const Function& function, const Reference& reference,
                   const std::function<double(Stream&)>& draw) {
  Stream stream{7, Purpose::simulate};
  double worst = 0;
  for (int i = 0; i < draws; ++i) {
    const double x = draw(stream);
    worst = std::max(worst, error_in_ulp(function(x), reference(x)));
  }
  return worst;
}

TEST(ExactMath, exp_is_within_one_ulp) {
  const Reference reference = [](Wide x) { return std::exp(x); };
  EXPECT_LT(
      worst_error(exact::exp, reference, [](Stream& s) { return uniform_between(s, -708, 709.7); }),
      1.0);
  EXPECT_LT(worst_error(exact::exp, reference, [](Stream& s) { return any_magnitude(s, -60, 3); }),
            1.0);
  EXPECT_LE(
      worst_error(exact::exp, reference, [](Stream& s) { return uniform_between(s, -745, -708); }),
      1.0);
}

TEST(ExactMath, exp_of_each_is_within_one_ulp) {
  const Function one_of_many = [](double x) {
    std::array values{0.0, x, -1.0};
    exact::exp_of_each(values);
    return values[1];
  };
  const Reference reference = [](Wide x) { return std::exp(x); };
  EXPECT_LT(
      worst_error(one_of_many, reference, [](Stream& s) { return uniform_between(s, -708, 709); }),
      1.0);
  EXPECT_LT(worst_error(one_of_many, reference, [](Stream& s) { return any_magnitude(s, -60, 3); }),
            1.0);
  EXPECT_EQ(one_of_many(0), 1);
  EXPECT_EQ(one_of_many(-1e300), exact::exp(-708));
  EXPECT_EQ(one_of_many(-infinity), exact::exp(-708));
}

TEST(ExactMath, log_is_within_one_ulp) {
  const Reference reference = [](Wide x) { return std::log(x); };
  EXPECT_LT(worst_error(exact::log, reference,
                        [](Stream& s) { return std::fabs(any_magnitude(s, -1074, 1022)); }),
            1.0);
  EXPECT_LT(
      worst_error(exact::log, reference, [](Stream& s) { return uniform_between(s, 0.5, 2); }),
      1.0);
  EXPECT_LT(
      worst_error(exact::log, reference, [](Stream& s) { return 1 + any_magnitude(s, -50, -5); }),
      1.0);
}

TEST(ExactMath, sin_and_cos_are_within_one_ulp) {
  const Reference sine = [](Wide x) { return std::sin(x); };
  const Reference cosine = [](Wide x) { return std::cos(x); };
  for (const double limit : {1.0, 100.0, 0x1.0p20}) {
    const auto draw = [limit](Stream& s) { return uniform_between(s, -limit, limit); };
    EXPECT_LT(worst_error(exact::sin, sine, draw), 1.0) << limit;
    EXPECT_LT(worst_error(exact::cos, cosine, draw), 1.0) << limit;
  }
}

TEST(ExactMath, sin_and_cos_keep_their_bits_near_zeros) {
  constexpr Wide pi = 3.141592653589793238462643383279502884L;
  for (int n = 1; n < 600'000; n += 37) {
    const auto x = static_cast<double>(pi / 2 * n);
    const double value = n % 2 == 0 ? exact::sin(x) : exact::cos(x);
    const Wide reference =
        n % 2 == 0 ? std::sin(static_cast<Wide>(x)) : std::cos(static_cast<Wide>(x));
    EXPECT_LT(error_in_ulp(value, reference), 2.0) << n;
  }
}

TEST(ExactMath, pow_is_within_one_ulp) {
  Stream stream{8, Purpose::simulate};
  double worst = 0;
  for (int i = 0; i < draws; ++i) {
    const double base =
        std::fabs(any_magnitude(stream, i % 2 == 0 ? -1000 : -1, i % 2 == 0 ? 1000 : 1));
    const double limit = 700 / std::max(1e-3, std::fabs(std::log(base)));
    const double exponent = uniform_between(stream, -limit, limit);
    const Wide reference = std::pow(static_cast<Wide>(base), static_cast<Wide>(exponent));
    worst = std::max(worst, error_in_ulp(exact::pow(base, exponent), reference));
  }
  EXPECT_LT(worst, 1.0);
}

TEST(ExactMath, pow_is_exact_where_the_result_is_a_double) {
  double power = 1;
  for (int n = 0; n <= 22; ++n, power *= 10) EXPECT_EQ(exact::pow(10, n), power) << n;
  for (int n = -1074; n < 1024; ++n) EXPECT_EQ(exact::pow(2, n), std::ldexp(1.0, n)) << n;
  for (int n = 1; n < 94'906'265; n += 9'973) {
    const double root = n;
    EXPECT_EQ(exact::pow(root, 2), root * root) << n;
    EXPECT_EQ(exact::pow(root * root, 0.5), root) << n;
  }
}

TEST(ExactMath, normal_cdf_is_within_three_ulp) {
  const Reference reference = [](Wide x) { return std::erfc(-x / std::sqrt(2.0L)) / 2; };
  struct Range {
    double low;
    double high;
  };
  for (const Range range : {Range{-1, 1}, Range{-4, 4}, Range{-1.8, -1.1}, Range{-8, -1},
                            Range{-37, -8}, Range{0, 9}}) {
    const auto draw = [range](Stream& s) { return uniform_between(s, range.low, range.high); };
    EXPECT_LT(worst_error(exact::normal_cdf, reference, draw), 3.0) << range.low;
  }
}

/// The quantile by Newton's method on erfc, from a double's starting point.
Wide reference_quantile(double p, double start) {
  Wide x = start;
  for (int i = 0; i < 4; ++i) {
    const Wide density = std::exp(-x * x / 2) / std::sqrt(8 * std::atan(1.0L));
    const Wide excess = x < 0 ? std::erfc(-x / std::sqrt(2.0L)) / 2 - static_cast<Wide>(p)
                              : (1 - static_cast<Wide>(p)) - std::erfc(x / std::sqrt(2.0L)) / 2;
    x -= excess / density;
  }
  return x;
}

TEST(ExactMath, normal_quantile_is_within_eight_ulp) {
  Stream stream{9, Purpose::simulate};
  double worst = 0;
  for (int i = 0; i < draws; ++i) {
    double p = stream.uniform();
    if (i % 3 == 0) p = std::fabs(any_magnitude(stream, -1000, -2));
    if (p <= 0 || p >= 1) continue;
    const double x = exact::normal_quantile(p);
    worst = std::max(worst, error_in_ulp(x, reference_quantile(p, x)));
  }
  EXPECT_LT(worst, 8.0);
}

TEST(ExactMath, special_values_are_those_of_c) {
  EXPECT_EQ(exact::exp(0), 1);
  EXPECT_EQ(exact::exp(infinity), infinity);
  EXPECT_EQ(exact::exp(-infinity), 0);
  EXPECT_EQ(exact::exp(710), infinity);
  EXPECT_EQ(exact::exp(-746), 0);
  EXPECT_TRUE(std::isnan(exact::exp(nan)));
  EXPECT_EQ(exact::log(1), 0);
  EXPECT_EQ(exact::log(0.0), -infinity);
  EXPECT_EQ(exact::log(-0.0), -infinity);
  EXPECT_EQ(exact::log(infinity), infinity);
  EXPECT_TRUE(std::isnan(exact::log(-1)));
  EXPECT_TRUE(std::isnan(exact::log(nan)));
  EXPECT_TRUE(std::signbit(exact::sin(-0.0)));
  EXPECT_EQ(exact::cos(0), 1);
  EXPECT_TRUE(std::isnan(exact::sin(infinity)));
  EXPECT_TRUE(std::isnan(exact::cos(nan)));
  EXPECT_TRUE(std::isnan(exact::sin(0x1.1p20)));
  EXPECT_EQ(exact::normal_cdf(0), 0.5);
  EXPECT_EQ(exact::normal_cdf(-infinity), 0);
  EXPECT_EQ(exact::normal_cdf(infinity), 1);
  EXPECT_TRUE(std::isnan(exact::normal_cdf(nan)));
  EXPECT_EQ(exact::normal_quantile(0.5), 0);
  EXPECT_EQ(exact::normal_quantile(0), -infinity);
  EXPECT_EQ(exact::normal_quantile(1), infinity);
  EXPECT_TRUE(std::isnan(exact::normal_quantile(-0.1)));
  EXPECT_TRUE(std::isnan(exact::normal_quantile(nan)));
}

TEST(ExactMath, pow_has_the_special_values_of_c) {
  const std::vector<double> values{0.0,  -0.0,     1.0,      -1.0,      2.0,    -2.0,     3.0,
                                   -3.0, 0.5,      -0.5,     2.5,       -2.5,   infinity, -infinity,
                                   nan,  0x1.0p53, 0x1.0p70, -0x1.0p70, 1e-310, 1e308,    -1e308};
  for (const double base : values) {
    for (const double exponent : values) {
      const double expected = std::pow(base, exponent);
      const double got = exact::pow(base, exponent);
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(got)) << base << " ^ " << exponent;
      } else {
        EXPECT_LE(error_in_ulp(got, expected), 1.0) << base << " ^ " << exponent;
        EXPECT_EQ(std::signbit(got), std::signbit(expected)) << base << " ^ " << exponent;
      }
    }
  }
}

TEST(ExactMath, quantile_interpolates_as_type_seven) {
  const std::vector<double> sorted{1, 2, 4, 8};
  EXPECT_EQ(exact::quantile(sorted, 0), 1);
  EXPECT_EQ(exact::quantile(sorted, 1), 8);
  EXPECT_EQ(exact::quantile(sorted, 0.5), 3);
  EXPECT_DOUBLE_EQ(exact::quantile(sorted, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(exact::quantile(sorted, 0.9), 6.8);
  EXPECT_EQ(exact::quantile(std::vector<double>{5}, 0.3), 5);
}

/// The bits of 100,000 results: no compiler, flag or processor may change one of them.
TEST(ExactMath, bits_never_change) {
  Stream stream{10, Purpose::simulate};
  Hasher hasher;
  for (int i = 0; i < 100'000 / 8; ++i) {
    const double x = stream.uniform();
    const double wide = (x - 0.5) * 1400;
    hasher.add(exact::exp(wide)).add(exact::log(x + 0x1.0p-60)).add(exact::log(1 + x));
    hasher.add(exact::pow(1 + x, wide)).add(exact::sin(wide * 700)).add(exact::cos(wide * 700));
    hasher.add(exact::normal_cdf(wide / 100)).add(exact::normal_quantile(x + 0x1.0p-60));
  }
  EXPECT_EQ(hasher.digest().hex(), "8b75f416eec9fac9ccb47ff5b7d032cb");
}

}  // namespace
}  // namespace foundation::core
