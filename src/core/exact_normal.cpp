// The standard normal distribution: normal_cdf within 3 ulp for normal results, normal_quantile
// within 8 ulp; and quantiles of samples.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "core/detail/double_double.hpp"
#include "core/detail/exponential.hpp"
#include "core/exact_math.hpp"

namespace foundation::core::exact {
namespace {

using detail::DoubleDouble;
using detail::horner;

// The rational approximations of the error function are those of fdlibm's s_erf.c (Sun
// Microsystems 1993), one pair of polynomials a range.

/// erfc(u) for |u| < 0.84375.
double erfc_near_zero(double u) {
  constexpr double numerator[] = {1.28379167095512558561e-01, -3.25042107247001499370e-01,
                                  -2.84817495755985104766e-02, -5.77027029648944159157e-03,
                                  -2.37630166566501626084e-05};
  constexpr double denominator[] = {1.0,
                                    3.97917223959155352819e-01,
                                    6.50222499887672944485e-02,
                                    5.08130628187576562776e-03,
                                    1.32494738004321644526e-04,
                                    -3.96022827877536812320e-06};
  const double square = u * u;
  const double ratio = horner(numerator, square) / horner(denominator, square);
  if (u < 0.25) return 1.0 - (u + u * ratio);
  return 0.5 - (u * ratio + (u - 0.5));
}

/// erfc(u) for 0.84375 <= |u| < 1.25.
double erfc_near_one(double u) {
  constexpr double erf_of_one = 8.45062911510467529297e-01;  // to 24 bits
  constexpr double numerator[] = {-2.36211856075265944077e-03, 4.14856118683748331666e-01,
                                  -3.72207876035701323847e-01, 3.18346619901161753674e-01,
                                  -1.10894694282396677476e-01, 3.54783043256182359371e-02,
                                  -2.16637559486879084300e-03};
  constexpr double denominator[] = {1.0,
                                    1.06420880400844228286e-01,
                                    5.40397917702171048937e-01,
                                    7.18286544141962662868e-02,
                                    1.26171219808761642112e-01,
                                    1.36370839120290507362e-02,
                                    1.19844998467991074170e-02};
  const double s = std::fabs(u) - 1.0;
  const double ratio = horner(numerator, s) / horner(denominator, s);
  return u > 0 ? (1.0 - erf_of_one) - ratio : 1.0 + (erf_of_one + ratio);
}

/// ln(u erfc(u)) + u^2 + 0.5625 for u >= 1.25: small, so that its error hardly counts.
double log_tail(double u) {
  constexpr double numerator_a[] = {-9.86494403484714822705e-03, -6.93858572707181764372e-01,
                                    -1.05586262253232909814e+01, -6.23753324503260060396e+01,
                                    -1.62396669462573470355e+02, -1.84605092906711035994e+02,
                                    -8.12874355063065934246e+01, -9.81432934416914548592e+00};
  constexpr double denominator_a[] = {1.0,
                                      1.96512716674392571292e+01,
                                      1.37657754143519042600e+02,
                                      4.34565877475229228821e+02,
                                      6.45387271733267880336e+02,
                                      4.29008140027567833386e+02,
                                      1.08635005541779435134e+02,
                                      6.57024977031928170135e+00,
                                      -6.04244152148580987438e-02};
  constexpr double numerator_b[] = {-9.86494292470009928597e-03, -7.99283237680523006574e-01,
                                    -1.77579549177547519889e+01, -1.60636384855821916062e+02,
                                    -6.37566443368389627722e+02, -1.02509513161107724954e+03,
                                    -4.83519191608651397019e+02};
  constexpr double denominator_b[] = {1.0,
                                      3.03380607434824582924e+01,
                                      3.25792512996573918826e+02,
                                      1.53672958608443695994e+03,
                                      3.19985821950859553908e+03,
                                      2.55305040643316442583e+03,
                                      4.74528541206955367215e+02,
                                      -2.24409524465858183362e+01};
  const double s = 1.0 / (u * u);
  return u < 1.0 / 0.35 ? horner(numerator_a, s) / horner(denominator_a, s)
                        : horner(numerator_b, s) / horner(denominator_b, s);
}

/// -x^2 / 2, unrounded.
DoubleDouble minus_half_square(double x) {
  const DoubleDouble square = detail::two_product(x, x);
  return {-0.5 * square.high, -0.5 * square.low};
}

constexpr DoubleDouble root_half{0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55};  // sqrt(1/2)

/// P(X > x) for x > 0 with erfc's argument u = x / sqrt(2) >= 1.25. The rounding of u is made good
/// in the exponent: 1 / (u + e) is exp(-e / u) / u.
double upper_tail(double x, DoubleDouble u) {
  DoubleDouble exponent =
      detail::add(minus_half_square(x), detail::two_sum(-0.5625, log_tail(u.high)));
  exponent.low -= u.low / u.high;
  return 0.5 * (detail::exp(exponent) / u.high);
}

// Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
// Statistics 37 (1988), routine PPND16: one pair of polynomials a range.

/// Quantile of 1/2 + q for |q| <= 0.425.
double quantile_near_half(double q) {
  constexpr double numerator[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                  1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                  4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                  3.3430575583588128105e+4, 2.5090809287301226727e+3};
  constexpr double denominator[] = {1.0,
                                    4.2313330701600911252e+1,
                                    6.8718700749205790830e+2,
                                    5.3941960214247511077e+3,
                                    2.1213794301586595867e+4,
                                    3.9307895800092710610e+4,
                                    2.8729085735721942674e+4,
                                    5.2264952788528545610e+3};
  const double r = 0.180625 - q * q;
  return q * horner(numerator, r) / horner(denominator, r);
}

/// Quantile of 1 - exp(-r^2) for r <= 5.
double quantile_in_tail(double r) {
  constexpr double numerator[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                  5.76949722146069140550e0,  3.64784832476320460504e0,
                                  1.27045825245236838258e0,  2.41780725177450611770e-1,
                                  2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double denominator[] = {1.0,
                                    2.05319162663775882187e0,
                                    1.67638483018380384940e0,
                                    6.89767334985100004550e-1,
                                    1.48103976427480074590e-1,
                                    1.51986665636164571966e-2,
                                    5.47593808499534494600e-4,
                                    1.05075007164441684324e-9};
  return horner(numerator, r - 1.6) / horner(denominator, r - 1.6);
}

/// The same for r > 5.
double quantile_far_out(double r) {
  constexpr double numerator[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                  1.78482653991729133580e0,  2.96560571828504891230e-1,
                                  2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                  2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double denominator[] = {1.0,
                                    5.99832206555887937690e-1,
                                    1.36929880922735805310e-1,
                                    1.48753612908506148525e-2,
                                    7.86869131145613259100e-4,
                                    1.84631831751005468180e-5,
                                    1.42151175831644588870e-7,
                                    2.04426310338993978564e-15};
  return horner(numerator, r - 5) / horner(denominator, r - 5);
}

}  // namespace

double normal_cdf(double x) noexcept {
  if (std::isnan(x)) return x;
  if (std::fabs(x) > 40) return x < 0 ? 0.0 : 1.0;
  const DoubleDouble u = detail::multiply(root_half, -x);  // the probability is erfc(u) / 2
  if (u.high >= 1.25) return upper_tail(-x, u);
  if (u.high <= -1.25) return 1.0 - upper_tail(x, {-u.high, -u.low});
  const double erfc = std::fabs(u.high) < 0.84375 ? erfc_near_zero(u.high) : erfc_near_one(u.high);
  constexpr double slope_at_zero = 1.12837916709551257390;  // 2 / sqrt(pi)
  return 0.5 * (erfc - u.low * slope_at_zero * detail::exp(minus_half_square(x)));
}

double normal_quantile(double p) noexcept {
  if (!(p >= 0 && p <= 1)) return std::numeric_limits<double>::quiet_NaN();
  if (p == 0) return -std::numeric_limits<double>::infinity();
  if (p == 1) return std::numeric_limits<double>::infinity();
  const double q = p - 0.5;
  if (std::fabs(q) <= 0.425) return quantile_near_half(q);
  const double r = std::sqrt(-log(q < 0 ? p : 1.0 - p));
  const double magnitude = r <= 5 ? quantile_in_tail(r) : quantile_far_out(r);
  return q < 0 ? -magnitude : magnitude;
}

double quantile(std::span<const double> sorted, double p) noexcept {
  const double place = static_cast<double>(sorted.size() - 1) * p;
  const auto below = std::min(static_cast<std::size_t>(place), sorted.size() - 1);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double weight = place - static_cast<double>(below);
  return sorted[below] + weight * (sorted[above] - sorted[below]);
}

}  // namespace foundation::core::exact
