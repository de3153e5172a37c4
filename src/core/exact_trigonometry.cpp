// sin and cos, within 1 ulp for |x| <= 2^20; NaN beyond, where the reduction would lose bits.
#include <cmath>
#include <limits>

#include "core/detail/double_double.hpp"
#include "core/exact_math.hpp"

namespace foundation::core::exact {
namespace {

using detail::DoubleDouble;

constexpr double largest_argument = 0x1.0p20;

struct Reduced {
  DoubleDouble angle;  ///< in [-pi/4, pi/4]
  unsigned quadrant;   ///< multiples of pi/2 taken away, modulo 4
};

// Cody and Waite: x - n pi/2 with pi/2 in three parts of 33 bits and a rest (fdlibm's constants);
// n < 2^20, so that the products with the parts are exact.
Reduced reduce(double x) {
  constexpr double two_over_pi = 6.36619772367581382433e-01;
  constexpr double part_1 = 1.57079632673412561417e+00;
  constexpr double part_2 = 6.07710050630396597660e-11;
  constexpr double part_3 = 2.02226624871116645580e-21;
  constexpr double rest = 8.47842766036889956997e-32;
  const auto n = static_cast<int>(x * two_over_pi + (x < 0 ? -0.5 : 0.5));
  const auto multiple = static_cast<double>(n);
  const DoubleDouble first = detail::two_sum(x, -(multiple * part_1));
  const DoubleDouble second = detail::two_sum(first.high, -(multiple * part_2));
  const DoubleDouble third = detail::two_sum(second.high, -(multiple * part_3));
  const double low = first.low + second.low + third.low - multiple * rest;
  return {detail::quick_two_sum(third.high, low), static_cast<unsigned>(n) & 3U};
}

// fdlibm's k_sin.c and k_cos.c (Sun Microsystems 1993), |x| <= pi/4.
double sin_kernel(DoubleDouble angle) {
  constexpr double first = -1.66666666666666324348e-01;
  constexpr double coefficients[] = {8.33333333332248946124e-03, -1.98412698298579493134e-04,
                                     2.75573137070700676789e-06, -2.50507602534068634195e-08,
                                     1.58969099521155010221e-10};
  const double x = angle.high;
  const double z = x * x;
  const double cube = z * x;
  const double rest = detail::horner(coefficients, z);
  return x - ((z * (0.5 * angle.low - cube * rest) - angle.low) - cube * first);
}

double cos_kernel(DoubleDouble angle) {
  constexpr double coefficients[] = {4.16666666666666019037e-02, -1.38888888888741095749e-03,
                                     2.48015872894767294178e-05, -2.75573143513906633035e-07,
                                     2.08757232129817482790e-09, -1.13596475577881948265e-11};
  const double x = angle.high;
  const double z = x * x;
  const double rest = z * detail::horner(coefficients, z);
  const double half = 0.5 * z;
  const double head = 1.0 - half;
  return head + (((1.0 - head) - half) + (z * rest - x * angle.low));
}

bool is_reducible(double x) { return std::fabs(x) <= largest_argument; }  // false for NaN

}  // namespace

double sin(double x) noexcept {
  if (!is_reducible(x)) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return x;  // keeps the sign of zero
  const Reduced reduced = reduce(x);
  const double value =
      reduced.quadrant % 2 == 0 ? sin_kernel(reduced.angle) : cos_kernel(reduced.angle);
  return reduced.quadrant >= 2 ? -value : value;
}

double cos(double x) noexcept {
  if (!is_reducible(x)) return std::numeric_limits<double>::quiet_NaN();
  const Reduced reduced = reduce(x);
  const double value =
      reduced.quadrant % 2 == 0 ? cos_kernel(reduced.angle) : sin_kernel(reduced.angle);
  return reduced.quadrant == 1 || reduced.quadrant == 2 ? -value : value;
}

}  // namespace foundation::core::exact
