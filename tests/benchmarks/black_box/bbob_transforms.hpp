#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "tests/benchmarks/black_box/bbob_random.hpp"

/// The transformations of RR-6829, section 0.2, that its functions are put together from.
namespace foundation::benchmarks {

/// i / (d - 1) for i = 0 .. d - 1.
inline double share(std::size_t i, std::size_t dimension) {
  return static_cast<double>(i) / static_cast<double>(dimension - 1);
}

/// T_osz for one number.
inline double oscillated(double x) {
  if (x == 0) return 0;
  const double log = std::log(std::fabs(x));
  const double first = x > 0 ? 10 : 5.5;
  const double second = x > 0 ? 7.9 : 3.1;
  return std::copysign(std::exp(log + 0.049 * (std::sin(first * log) + std::sin(second * log))), x);
}

inline Vector oscillated(Vector x) {
  for (double& entry : x) entry = oscillated(entry);
  return x;
}

/// T_asy^beta
inline Vector asymmetric(Vector x, double beta) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] > 0) x[i] = std::pow(x[i], 1 + beta * share(i, x.size()) * std::sqrt(x[i]));
  }
  return x;
}

/// Lambda^alpha x
inline Vector conditioned(Vector x, double alpha) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= std::pow(alpha, 0.5 * share(i, x.size()));
  return x;
}

inline Vector rotated(const Rows& rotation, const Vector& x) {
  Vector result;
  for (const Vector& row : rotation) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += row[i] * x[i];
    result.push_back(sum);
  }
  return result;
}

inline Vector difference(std::span<const double> x, const Vector& from) {
  Vector result;
  for (std::size_t i = 0; i < from.size(); ++i) result.push_back(x[i] - from[i]);
  return result;
}

/// f_pen: the squared distance to [-5, 5]^d.
inline double penalty(std::span<const double> x) {
  double sum = 0;
  for (const double entry : x) {
    const double outside = std::fabs(entry) - 5;
    if (outside > 0) sum += outside * outside;
  }
  return sum;
}

}  // namespace foundation::benchmarks
