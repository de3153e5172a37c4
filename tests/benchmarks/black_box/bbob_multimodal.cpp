/// Functions 15 to 20, 23 and 24: multi-modal ones, with and without a global structure.
#include "tests/benchmarks/black_box/bbob_formula.hpp"

namespace foundation::benchmarks {

Made rotated_rastrigin(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(
      optimum, instance,
      [optimum, first = instance.first_rotation(), second = instance.second_rotation()](Point x) {
        const Vector bent = asymmetric(oscillated(rotated(first, difference(x, optimum))), 0.2);
        return rastrigin(rotated(first, conditioned(rotated(second, bent), 10)));
      });
}

namespace {

/// sum over k < 12 of 2^-k cos(2 pi 3^k (z + 1/2))
double weierstrass_sum(double z) {
  double sum = 0, weight = 1, frequency = 1;
  for (int k = 0; k < 12; ++k) {
    sum += weight * std::cos(2 * pi * frequency * (z + 0.5));
    weight /= 2;
    frequency *= 3;
  }
  return sum;
}

}  // namespace

Made weierstrass(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(
      optimum, instance,
      [optimum, first = instance.first_rotation(), second = instance.second_rotation()](Point x) {
        const Vector bent = oscillated(rotated(first, difference(x, optimum)));
        const Vector z = rotated(first, conditioned(rotated(second, bent), 0.01));
        const auto d = static_cast<double>(z.size());
        const double mean =
            sum_over(z, [](double entry, std::size_t) { return weierstrass_sum(entry); }) / d;
        return 10 * std::pow(mean - weierstrass_sum(0), 3) + 10 / d * penalty(x);
      });
}

namespace {

Made schaffers(const Instance& instance, double condition) {
  const Vector optimum = instance.optimum();
  return formula(optimum, instance,
                 [optimum, condition, first = instance.first_rotation(),
                  second = instance.second_rotation()](Point x) {
                   const Vector bent = asymmetric(rotated(first, difference(x, optimum)), 0.5);
                   const Vector z = conditioned(rotated(second, bent), condition);
                   double sum = 0;
                   for (std::size_t i = 0; i + 1 < z.size(); ++i) {
                     const double s = std::sqrt(z[i] * z[i] + z[i + 1] * z[i + 1]);
                     const double wave = std::sin(50 * std::pow(s, 0.2));
                     sum += std::sqrt(s) * (1 + wave * wave);
                   }
                   const double mean = sum / static_cast<double>(z.size() - 1);
                   return mean * mean + 10 * penalty(x);
                 });
}

}  // namespace

Made mild_schaffers(const Instance& instance) { return schaffers(instance, 10); }
Made steep_schaffers(const Instance& instance) { return schaffers(instance, 1000); }

Made griewank_rosenbrock(const Instance& instance) {
  const Rows rotation = instance.second_rotation();
  const double stretch = instance.stretch();
  return formula(source_of(rotation, stretch, 0.5), instance, [rotation, stretch](Point x) {
    const Vector z = half_shifted(rotation, stretch, x);
    double sum = 0;
    for (std::size_t i = 0; i + 1 < z.size(); ++i) {
      const double s = rosenbrock({z[i], z[i + 1]});
      sum += s / 4000 - std::cos(s);
    }
    return 10 / static_cast<double>(z.size() - 1) * sum + 10;
  });
}

Made schwefel(const Instance& instance) {
  constexpr double place = 4.2096874637;  // twice the coordinate of the optimum
  Vector optimum = uniform_numbers(instance.dimension, instance.seed);
  for (double& entry : optimum) entry = entry < 0.5 ? -place / 2 : place / 2;
  return formula(optimum, instance, [optimum](Point x) {
    Vector z;
    for (std::size_t i = 0; i < optimum.size(); ++i) {
      const auto doubled = [&](std::size_t k) { return 2 * std::copysign(1, optimum[k]) * x[k]; };
      z.push_back(doubled(i) + (i > 0 ? 0.25 * (doubled(i - 1) - place) : 0) - place);
    }
    z = conditioned(std::move(z), 10);
    for (double& entry : z) entry += place;
    const double sum = sum_over(z, [](double entry, std::size_t) {
      return 100 * entry * std::sin(std::sqrt(std::fabs(100 * entry)));
    });
    const double mean = sum / static_cast<double>(z.size());
    return 4.189828872724339 - mean / 100 + 100 * penalty(z);
  });
}

Made katsuura(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(
      optimum, instance,
      [optimum, outer = instance.first_rotation(), inner = instance.second_rotation()](Point x) {
        const Vector z = rotated(outer, conditioned(rotated(inner, difference(x, optimum)), 100));
        const auto d = static_cast<double>(z.size());
        double product = 1;
        for (std::size_t i = 0; i < z.size(); ++i) {
          double sum = 0;
          for (double power = 2; power <= 0x1.0p32; power *= 2) {
            sum += std::fabs(power * z[i] - std::floor(power * z[i] + 0.5)) / power;
          }
          product *= 1 + static_cast<double>(i + 1) * sum;
        }
        return 10 / d / d * (std::pow(product, 10 / std::pow(d, 1.2)) - 1) + penalty(x);
      });
}

Made lunacek_bi_rastrigin(const Instance& instance) {
  constexpr double near = 2.5;  // mu_0
  Vector optimum = normal_numbers(instance.dimension, instance.seed);
  for (double& entry : optimum) entry = entry < 0 ? -near / 2 : near / 2;
  return formula(
      optimum, instance,
      [optimum, outer = instance.first_rotation(), inner = instance.second_rotation()](Point x) {
        const auto d = static_cast<double>(optimum.size());
        const double s = 1 - 1 / (2 * std::sqrt(d + 20) - 8.2);
        const double far = -std::sqrt((near * near - 1) / s);
        Vector from_near;
        double near_sum = 0, far_sum = 0;
        for (std::size_t i = 0; i < optimum.size(); ++i) {
          const double folded = 2 * std::copysign(1, optimum[i]) * x[i];
          from_near.push_back(folded - near);
          near_sum += (folded - near) * (folded - near);
          far_sum += (folded - far) * (folded - far);
        }
        const Vector z = rotated(outer, conditioned(rotated(inner, from_near), 100));
        const double cosines =
            sum_over(z, [](double entry, std::size_t) { return std::cos(2 * pi * entry); });
        return std::min(near_sum, d + s * far_sum) + 10 * (d - cosines) + 1e4 * penalty(x);
      });
}

}  // namespace foundation::benchmarks
