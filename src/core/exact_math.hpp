#pragma once

#include <span>

/// Elementary functions whose results are the same bits on every IEEE 754 machine, whatever its
/// libm, FMA units or compiler optimisation: only + - * / sqrt in a fixed order. glibc's own
/// differ in the last bit between CPUs with and without FMA (measured), which would change
/// decisions. Accuracy: within 1 ulp (normal_cdf 3 ulp, normal_quantile 8 ulp), measured against
/// an 80-bit libm. Special values as in C's <math.h>.
namespace foundation::core::exact {

[[nodiscard]] double exp(double x) noexcept;
/// Each value, a number up to 709, replaced by its exponential; those below -708 by exp(-708). In a
/// form that compilers make vector instructions of.
void exp_of_each(std::span<double> values) noexcept;
[[nodiscard]] double log(double x) noexcept;
[[nodiscard]] double pow(double base, double exponent) noexcept;
/// |x| up to 2^20; NaN beyond.
[[nodiscard]] double sin(double x) noexcept;
[[nodiscard]] double cos(double x) noexcept;
/// Standard normal distribution function and its inverse (0 < p < 1).
[[nodiscard]] double normal_cdf(double x) noexcept;
[[nodiscard]] double normal_quantile(double p) noexcept;

/// The p-quantile (0 <= p <= 1) of sorted values by linear interpolation (type 7 of Hyndman and
/// Fan, 1996). `sorted` must not be empty.
[[nodiscard]] double quantile(std::span<const double> sorted, double p) noexcept;

}  // namespace foundation::core::exact
