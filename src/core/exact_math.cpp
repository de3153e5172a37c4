// exp, log and pow. Within 1 ulp where exp and log are finite and normal, pow within 1 ulp for
// normal results; results in the subnormal range are rounded twice (still within 1 ulp there).
#include "core/exact_math.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/detail/double_double.hpp"
#include "core/detail/exponential.hpp"

namespace foundation::core {
namespace {

using detail::DoubleDouble;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// ln 2 in two parts; the first has 32 bits, so that k * ln2_high is exact for every exponent k.
constexpr double ln2_high = 6.93147180369123816490e-01;
constexpr double ln2_low = 1.90821492927058770002e-10;

/// 2^exponent for exponents of normal numbers.
double power_of_two(int exponent) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

/// value * 2^exponent, rounded once; value is near 1.
double scale(double value, int exponent) {
  if (exponent > 1023) return value * 2.0 * power_of_two(exponent - 1);
  if (exponent < -1021) return value * power_of_two(exponent + 1000) * power_of_two(-1000);
  return value * power_of_two(exponent);
}

/// x = fraction * 2^exponent with fraction in [sqrt(1/2), sqrt(2)); x positive and finite.
struct Parts {
  double fraction;
  int exponent;
};

Parts parts_of(double x) {
  int exponent = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1.0p54;
    exponent = -54;
  }
  constexpr std::uint64_t root_half = 0x3FE6A09E00000000U;
  constexpr std::uint64_t one = 0x3FF0000000000000U;
  constexpr std::uint64_t mantissa = 0x000FFFFFFFFFFFFFU;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x) + (one - root_half);
  exponent += static_cast<int>(bits >> 52) - 1023;
  return {std::bit_cast<double>((bits & mantissa) + root_half), exponent};
}

/// ln x to about 2^-65 relative to it: ln f = 2 artanh(s) with s = (f - 1) / (f + 1) by its
/// Taylor series, the leading terms in double-double.
DoubleDouble log_in_double_double(double x) {
  using namespace detail;
  const Parts parts = parts_of(x);
  const DoubleDouble s = divide({parts.fraction - 1.0, 0}, two_sum(parts.fraction, 1.0));
  const DoubleDouble square = multiply(s, s);
  constexpr double tail_coefficients[] = {2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                                          2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19,
                                          2.0 / 21, 2.0 / 23, 2.0 / 25, 2.0 / 27};
  const double tail = square.high * horner(tail_coefficients, square.high);
  constexpr DoubleDouble two_thirds{0x1.5555555555555p-1, 0x1.5555555555555p-55};
  const DoubleDouble cubic = multiply(multiply(s, square), add(two_thirds, {tail, 0}));
  const DoubleDouble log_fraction = add({2 * s.high, 2 * s.low}, cubic);
  const auto k = static_cast<double>(parts.exponent);
  const DoubleDouble log_scale = two_sum(k * ln2_high, k * ln2_low);
  constexpr double ln2_rest = 0x1.cc01f97b57a08p-87;  // ln 2 - ln2_high - ln2_low
  return add(add(log_scale, {k * ln2_rest, 0}), log_fraction);
}

}  // namespace

namespace {

// Argument reduction x = k ln 2 + r, |r| <= ln(2)/2, and the rational approximation of fdlibm's
// e_exp.c (Sun Microsystems 1993; Remez on r (exp(r) + 1) / (exp(r) - 1)).

constexpr double inverse_ln2 = 1.44269504088896338700;

/// exp(high - low), |high - low| not much above ln(2)/2.
inline double exp_of_rest(double high, double low) {
  constexpr double coefficients[] = {1.66666666666666019037e-01, -2.77777777770155933842e-03,
                                     6.61375632143793436117e-05, -1.65339022054652515390e-06,
                                     4.13813679705723846039e-08};
  const double r = high - low;
  const double square = r * r;
  const double c = r - square * detail::horner(coefficients, square);
  return 1.0 - ((low - (r * c) / (2.0 - c)) - high);
}

}  // namespace

double detail::exp(DoubleDouble x) noexcept {
  constexpr double overflow = 709.782712893383973096;
  constexpr double underflow = -745.133219101941108420;
  if (std::isnan(x.high)) return x.high;
  if (x.high > overflow) return infinity;
  if (x.high < underflow) return 0;
  const int k = static_cast<int>(inverse_ln2 * x.high + (x.high < 0 ? -0.5 : 0.5));
  return scale(exp_of_rest(x.high - k * ln2_high, k * ln2_low - x.low), k);
}

namespace exact {

double exp(double x) noexcept { return detail::exp({x, 0}); }

// Adding 1.5 * 2^52 rounds to a whole number, which is then in the lowest bits.
void exp_of_each(std::span<double> values) noexcept {
  double* const value = values.data();
  const std::size_t count = values.size();
  for (std::size_t i = 0; i < count; ++i) value[i] = value[i] > -708 ? value[i] : -708;
  for (std::size_t i = 0; i < count; ++i) {
    const double shifted = inverse_ln2 * value[i] + 0x1.8p52;
    const double k = shifted - 0x1.8p52;
    const std::uint64_t power = (std::bit_cast<std::uint64_t>(shifted) + 1023) << 52;
    value[i] = exp_of_rest(value[i] - k * ln2_high, k * ln2_low) * std::bit_cast<double>(power);
  }
}

// fdlibm's e_log.c (Sun Microsystems 1993): ln(1 + f) = f - (f^2/2 - s (f^2/2 + R(s^2))), with
// s = f / (2 + f) and R by Remez.
double log(double x) noexcept {
  constexpr double odd[] = {6.666666666666735130e-01, 2.857142874366239149e-01,
                            1.818357216161805012e-01, 1.479819860511658591e-01};
  constexpr double even[] = {3.999999999940941908e-01, 2.222219843214978396e-01,
                             1.531383769920937332e-01};
  if (std::isnan(x)) return x;
  if (x < 0) return nan;
  if (x == 0) return -infinity;
  if (x == infinity) return infinity;
  const Parts parts = parts_of(x);
  const double f = parts.fraction - 1.0;
  const double half_square = 0.5 * f * f;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double w = z * z;
  const double rest = z * detail::horner(odd, w) + w * detail::horner(even, w);
  const auto k = static_cast<double>(parts.exponent);
  return k * ln2_high - ((half_square - (s * (half_square + rest) + k * ln2_low)) - f);
}

namespace {

enum class Parity { fractional, even, odd };

Parity parity_of(double y) {
  const double magnitude = std::fabs(y);
  if (magnitude >= 0x1.0p53) return Parity::even;  // infinity among them
  const auto whole = static_cast<std::int64_t>(magnitude);
  if (static_cast<double>(whole) != magnitude) return Parity::fractional;
  return whole % 2 == 0 ? Parity::even : Parity::odd;
}

/// pow for a zero or infinite base: `grows` says whether the magnitude becomes infinite.
double extreme_power(bool grows, bool negative) {
  const double magnitude = grows ? infinity : 0.0;
  return negative ? -magnitude : magnitude;
}

/// base^exponent for a finite base > 0 other than 1 and any exponent but zero and NaN.
double positive_power(double base, double exponent) {
  if (std::fabs(exponent) > 0x1.0p65) {  // beyond any base's range, even that of 1 - 2^-53
    return extreme_power((base > 1) == (exponent > 0), false);
  }
  return detail::exp(detail::multiply(log_in_double_double(base), exponent));
}

}  // namespace

// exp(exponent * ln base) with the logarithm in double-double; special cases of C11 F.10.4.4.
double pow(double base, double exponent) noexcept {
  if (exponent == 0 || base == 1) return 1;
  if (std::isnan(base) || std::isnan(exponent)) return nan;
  if (base == -1 && std::isinf(exponent)) return 1;
  const Parity parity = parity_of(exponent);
  const bool negative = std::signbit(base) && parity == Parity::odd;
  if (base == 0 || std::isinf(base)) {
    return extreme_power((base == 0) == (exponent < 0), negative);
  }
  if (base < 0 && parity == Parity::fractional) return nan;
  if (base == -1) return negative ? -1 : 1;
  const double magnitude = positive_power(std::fabs(base), exponent);
  return negative ? -magnitude : magnitude;
}

}  // namespace exact
}  // namespace foundation::core
