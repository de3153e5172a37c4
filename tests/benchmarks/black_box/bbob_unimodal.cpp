/// Functions 1 to 14: separable, moderate and ill-conditioned ones.
#include "tests/benchmarks/black_box/bbob_formula.hpp"

namespace foundation::benchmarks {

Made sphere(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(optimum, instance,
                 [optimum](Point x) { return sum_of_squares(difference(x, optimum)); });
}

Made separable_ellipsoid(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(optimum, instance,
                 [optimum](Point x) { return ellipsoid(oscillated(difference(x, optimum))); });
}

Made separable_rastrigin(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(optimum, instance, [optimum](Point x) {
    return rastrigin(conditioned(asymmetric(oscillated(difference(x, optimum)), 0.2), 10));
  });
}

Made bueche_rastrigin(const Instance& instance) {
  Vector optimum = instance.optimum();
  for (std::size_t i = 0; i < optimum.size(); i += 2) optimum[i] = std::fabs(optimum[i]);
  return formula(optimum, instance, [optimum](Point x) {
    Vector z = oscillated(difference(x, optimum));
    for (std::size_t i = 0; i < z.size(); ++i) {
      const double skewed = z[i] > 0 && i % 2 == 0 ? 10 : 1;
      z[i] *= skewed * std::pow(10, 0.5 * share(i, z.size()));
    }
    return rastrigin(z) + 100 * penalty(x);
  });
}

Made linear_slope(const Instance& instance) {
  Vector optimum = instance.optimum();
  for (double& entry : optimum) entry = std::copysign(5, entry);
  return formula(optimum, instance, [optimum](Point x) {
    return sum_over(optimum, [&](double best, std::size_t i) {
      const double slope = std::copysign(std::pow(10, share(i, optimum.size())), best);
      const double z = best * x[i] < 25 ? x[i] : best;
      return 5 * std::fabs(slope) - slope * z;
    });
  });
}

Made attractive_sector(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(
      optimum, instance,
      [optimum, outer = instance.first_rotation(), inner = instance.second_rotation()](Point x) {
        const Vector z = rotated(outer, conditioned(rotated(inner, difference(x, optimum)), 10));
        const double sum = sum_over(z, [&](double entry, std::size_t i) {
          const double scaled = entry * optimum[i] > 0 ? 100 * entry : entry;
          return scaled * scaled;
        });
        return std::pow(oscillated(sum), 0.9);
      });
}

Made step_ellipsoid(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(
      optimum, instance,
      [optimum, outer = instance.first_rotation(), inner = instance.second_rotation()](Point x) {
        const Vector smooth = conditioned(rotated(inner, difference(x, optimum)), 10);
        Vector stepped;
        for (const double entry : smooth) {
          stepped.push_back(std::fabs(entry) > 0.5 ? std::floor(0.5 + entry)
                                                   : std::floor(0.5 + 10 * entry) / 10);
        }
        const Vector z = rotated(outer, stepped);
        const double sum = sum_over(z, [&](double entry, std::size_t i) {
          return std::pow(100, share(i, z.size())) * entry * entry;
        });
        return 0.1 * std::max(std::fabs(smooth[0]) / 1e4, sum) + penalty(x);
      });
}

Made original_rosenbrock(const Instance& instance) {
  Vector optimum = instance.optimum();
  for (double& entry : optimum) entry *= 0.75;
  return formula(optimum, instance, [optimum, stretch = instance.stretch()](Point x) {
    Vector z = difference(x, optimum);
    for (double& entry : z) entry = stretch * entry + 1;
    return rosenbrock(z);
  });
}
Made rotated_rosenbrock(const Instance& instance) {
  const Rows rotation = instance.second_rotation();
  const double stretch = instance.stretch();
  return formula(source_of(rotation, stretch, 0.5), instance, [rotation, stretch](Point x) {
    return rosenbrock(half_shifted(rotation, stretch, x));
  });
}

Made rotated_ellipsoid(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(optimum, instance, [optimum, rotation = instance.first_rotation()](Point x) {
    return ellipsoid(oscillated(rotated(rotation, difference(x, optimum))));
  });
}

Made discus(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(optimum, instance, [optimum, rotation = instance.first_rotation()](Point x) {
    const Vector z = oscillated(rotated(rotation, difference(x, optimum)));
    return 1e6 * z[0] * z[0] + sum_of_squares(z) - z[0] * z[0];
  });
}

Made bent_cigar(const Instance& instance) {
  const Vector optimum = random_optimum(instance.dimension, instance.seed + 1'000'000);
  return formula(optimum, instance, [optimum, rotation = instance.first_rotation()](Point x) {
    const Vector z = rotated(rotation, asymmetric(rotated(rotation, difference(x, optimum)), 0.5));
    double others = 0;
    for (std::size_t i = 1; i < z.size(); ++i) others += z[i] * z[i];
    return z[0] * z[0] + 1e6 * others;
  });
}

Made sharp_ridge(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(
      optimum, instance,
      [optimum, outer = instance.first_rotation(), inner = instance.second_rotation()](Point x) {
        const Vector z = rotated(outer, conditioned(rotated(inner, difference(x, optimum)), 10));
        double others = 0;
        for (std::size_t i = 1; i < z.size(); ++i) others += z[i] * z[i];
        return z[0] * z[0] + 100 * std::sqrt(others);
      });
}

Made different_powers(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(optimum, instance, [optimum, rotation = instance.first_rotation()](Point x) {
    const Vector z = rotated(rotation, difference(x, optimum));
    return std::sqrt(sum_over(z, [&](double entry, std::size_t i) {
      return std::pow(std::fabs(entry), 2 + 4 * share(i, z.size()));
    }));
  });
}

}  // namespace foundation::benchmarks
