#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <span>

#include "tests/benchmarks/black_box/bbob.hpp"
#include "tests/benchmarks/black_box/bbob_transforms.hpp"

/// What the functions are put together from, and one maker for each of them.
namespace foundation::benchmarks {

using std::numbers::pi;
using Point = std::span<const double>;

/// What an instance is drawn from: optima, offsets and rotations.
struct Instance {
  std::size_t dimension = 0;
  std::int64_t seed = 0;
  double minimum = 0;

  [[nodiscard]] Vector optimum() const { return random_optimum(dimension, seed); }
  [[nodiscard]] Rows first_rotation() const { return random_rotation(dimension, seed + 1'000'000); }
  [[nodiscard]] Rows second_rotation() const { return random_rotation(dimension, seed); }
  /// max(1, sqrt(d) / 8)
  [[nodiscard]] double stretch() const {
    return std::max(1.0, std::sqrt(static_cast<double>(dimension)) / 8);
  }
};

/// A function as its formula without the offset.
class Formula final : public BlackBox {
 public:
  using Body = std::function<double(Point)>;
  Formula(Vector optimum, double minimum, Body body)
      : BlackBox{std::move(optimum), minimum}, body_{std::move(body)} {}
  [[nodiscard]] double evaluate(Point x) override { return body_(x) + minimum_; }

 private:
  Body body_;
};

using Made = std::unique_ptr<BlackBox>;

template <class Body>
Made formula(Vector optimum, const Instance& instance, Body body) {
  return std::make_unique<Formula>(std::move(optimum), instance.minimum, std::move(body));
}

template <class Term>
double sum_over(const Vector& z, Term term) {
  double sum = 0;
  for (std::size_t i = 0; i < z.size(); ++i) sum += term(z[i], i);
  return sum;
}

inline double sum_of_squares(const Vector& z) {
  return sum_over(z, [](double entry, std::size_t) { return entry * entry; });
}

inline double ellipsoid(const Vector& z) {
  return sum_over(z, [&](double entry, std::size_t i) {
    return std::pow(1e6, share(i, z.size())) * entry * entry;
  });
}

inline double rastrigin(const Vector& z) {
  const double cosines =
      sum_over(z, [](double entry, std::size_t) { return std::cos(2 * pi * entry); });
  return 10 * (static_cast<double>(z.size()) - cosines) + sum_of_squares(z);
}

inline double rosenbrock(const Vector& z) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < z.size(); ++i) {
    const double bend = z[i] * z[i] - z[i + 1];
    sum += 100 * bend * bend + (z[i] - 1) * (z[i] - 1);
  }
  return sum;
}

/// The point that `stretch` * rotation turns into (value, value, ...).
inline Vector source_of(const Rows& rotation, double stretch, double value) {
  Vector source(rotation.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    for (const Vector& row : rotation) source[i] += row[i] * value / stretch;
  }
  return source;
}

/// stretch * rotation * x + 1/2
inline Vector half_shifted(const Rows& rotation, double stretch, Point x) {
  Vector z = rotated(rotation, Vector{x.begin(), x.end()});
  for (double& entry : z) entry = stretch * entry + 0.5;
  return z;
}

Made sphere(const Instance& instance);
Made separable_ellipsoid(const Instance& instance);
Made separable_rastrigin(const Instance& instance);
Made bueche_rastrigin(const Instance& instance);
Made linear_slope(const Instance& instance);
Made attractive_sector(const Instance& instance);
Made step_ellipsoid(const Instance& instance);
Made original_rosenbrock(const Instance& instance);
Made rotated_rosenbrock(const Instance& instance);
Made rotated_ellipsoid(const Instance& instance);
Made discus(const Instance& instance);
Made bent_cigar(const Instance& instance);
Made sharp_ridge(const Instance& instance);
Made different_powers(const Instance& instance);
Made rotated_rastrigin(const Instance& instance);
Made weierstrass(const Instance& instance);
Made mild_schaffers(const Instance& instance);
Made steep_schaffers(const Instance& instance);
Made griewank_rosenbrock(const Instance& instance);
Made schwefel(const Instance& instance);
Made many_peaks(const Instance& instance);
Made few_peaks(const Instance& instance);
Made katsuura(const Instance& instance);
Made lunacek_bi_rastrigin(const Instance& instance);

}  // namespace foundation::benchmarks
