#pragma once

/// Sums and products of doubles with their rounding errors (Dekker, "A floating-point technique
/// for extending the available precision", Numerische Mathematik 18, 1971; Knuth, TAOCP 2, 4.2.2).
/// Exact in IEEE double arithmetic as long as nothing overflows or underflows.
namespace foundation::core::detail {

/// The unevaluated sum high + low, |low| at most half an ulp of high: about 106 bits.
struct DoubleDouble {
  double high = 0;
  double low = 0;
};

/// a + b exactly.
constexpr DoubleDouble two_sum(double a, double b) noexcept {
  const double sum = a + b;
  const double b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

/// a + b exactly, for |a| >= |b| or a == 0.
constexpr DoubleDouble quick_two_sum(double a, double b) noexcept {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

/// Two halves of at most 26 bits each; |a| < 2^996.
constexpr DoubleDouble split(double a) noexcept {
  const double shifted = 0x1.0000002p27 * a;  // 2^27 + 1
  const double high = shifted - (shifted - a);
  return {high, a - high};
}

/// a * b exactly.
constexpr DoubleDouble two_product(double a, double b) noexcept {
  const double product = a * b;
  const DoubleDouble x = split(a);
  const DoubleDouble y = split(b);
  const double error =
      ((x.high * y.high - product) + x.high * y.low + x.low * y.high) + x.low * y.low;
  return {product, error};
}

constexpr DoubleDouble add(DoubleDouble a, DoubleDouble b) noexcept {
  const DoubleDouble high = two_sum(a.high, b.high);
  const DoubleDouble low = two_sum(a.low, b.low);
  const DoubleDouble first = quick_two_sum(high.high, high.low + low.high);
  return quick_two_sum(first.high, first.low + low.low);
}

constexpr DoubleDouble multiply(DoubleDouble a, DoubleDouble b) noexcept {
  const DoubleDouble product = two_product(a.high, b.high);
  return quick_two_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

constexpr DoubleDouble multiply(DoubleDouble a, double b) noexcept {
  const DoubleDouble product = two_product(a.high, b);
  return quick_two_sum(product.high, product.low + a.low * b);
}

/// a / b to about 2^-100.
constexpr DoubleDouble divide(DoubleDouble a, DoubleDouble b) noexcept {
  const double first = a.high / b.high;
  const DoubleDouble back = multiply(b, first);
  const DoubleDouble rest = add(a, {-back.high, -back.low});
  return quick_two_sum(first, rest.high / b.high);
}

/// Value of the polynomial with these coefficients, the constant first (Horner).
template <int count>
constexpr double horner(const double (&coefficients)[count], double x) noexcept {
  double value = coefficients[count - 1];
  for (int i = count - 2; i >= 0; --i) value = coefficients[i] + x * value;
  return value;
}

}  // namespace foundation::core::detail
