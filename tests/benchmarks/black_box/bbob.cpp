#include "tests/benchmarks/black_box/bbob.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numbers>
#include <numeric>
#include <stdexcept>

#include "tests/benchmarks/black_box/bbob_transforms.hpp"

namespace foundation::benchmarks {
namespace {

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

double sum_of_squares(const Vector& z) {
  return sum_over(z, [](double entry, std::size_t) { return entry * entry; });
}

double ellipsoid(const Vector& z) {
  return sum_over(z, [&](double entry, std::size_t i) {
    return std::pow(1e6, share(i, z.size())) * entry * entry;
  });
}

double rastrigin(const Vector& z) {
  const double cosines =
      sum_over(z, [](double entry, std::size_t) { return std::cos(2 * pi * entry); });
  return 10 * (static_cast<double>(z.size()) - cosines) + sum_of_squares(z);
}

double rosenbrock(const Vector& z) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < z.size(); ++i) {
    const double bend = z[i] * z[i] - z[i + 1];
    sum += 100 * bend * bend + (z[i] - 1) * (z[i] - 1);
  }
  return sum;
}

/// The point that `stretch` * rotation turns into (value, value, ...).
Vector source_of(const Rows& rotation, double stretch, double value) {
  Vector source(rotation.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    for (const Vector& row : rotation) source[i] += row[i] * value / stretch;
  }
  return source;
}

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

/// stretch * rotation * x + 1/2
Vector half_shifted(const Rows& rotation, double stretch, Point x) {
  Vector z = rotated(rotation, Vector{x.begin(), x.end()});
  for (double& entry : z) entry = stretch * entry + 0.5;
  return z;
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

Made rotated_rastrigin(const Instance& instance) {
  const Vector optimum = instance.optimum();
  return formula(
      optimum, instance,
      [optimum, first = instance.first_rotation(), second = instance.second_rotation()](Point x) {
        const Vector bent = asymmetric(oscillated(rotated(first, difference(x, optimum))), 0.2);
        return rastrigin(rotated(first, conditioned(rotated(second, bent), 10)));
      });
}

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

/// Gallagher's Gaussian peaks (f21 and f22).
class Peaks final : public BlackBox {
 public:
  struct Shape {
    std::size_t count = 101;
    double best_condition = 0;  ///< of the highest peak
    double spread = 10;         ///< of the peaks' places
  };
  Peaks(const Instance& instance, const Shape& shape)
      : BlackBox{{}, instance.minimum}, rotation_{instance.second_rotation()} {
    const std::size_t d = instance.dimension;
    const std::vector<std::size_t> levels =
        order_of(uniform_numbers(shape.count - 1, instance.seed));
    const Vector places = uniform_numbers(d * shape.count, instance.seed);
    for (std::size_t i = 0; i < shape.count; ++i) {
      const double step = static_cast<double>(shape.count - 2);
      const double condition =
          i == 0 ? shape.best_condition : std::pow(1000, static_cast<double>(levels[i - 1]) / step);
      Vector place, scales;
      const auto order =
          order_of(uniform_numbers(d, instance.seed + 1000 * static_cast<std::int64_t>(i)));
      for (std::size_t k = 0; k < d; ++k) {
        const double coordinate = shape.spread * (places[i * d + k] - 0.5);
        place.push_back(i == 0 ? 0.8 * coordinate : coordinate);
        scales.push_back(std::pow(condition, share(order[k], d) - 0.5));
      }
      if (i == 0) optimum_ = place;
      peaks_.push_back({.height = i == 0 ? 10 : 1.1 + 8 * static_cast<double>(i - 1) / step,
                        .place = rotated(rotation_, place),
                        .scales = std::move(scales)});
    }
  }

  [[nodiscard]] double evaluate(Point x) override {
    const Vector z = rotated(rotation_, Vector{x.begin(), x.end()});
    double highest = 0;
    for (const Peak& peak : peaks_) {
      double distance = 0;
      for (std::size_t k = 0; k < z.size(); ++k) {
        distance += peak.scales[k] * (z[k] - peak.place[k]) * (z[k] - peak.place[k]);
      }
      const double fall = std::exp(-distance / (2 * static_cast<double>(z.size())));
      highest = std::max(highest, peak.height * fall);
    }
    const double depth = oscillated(10 - highest);
    return depth * depth + penalty(x) + minimum_;
  }

 private:
  struct Peak {
    double height = 0;
    Vector place;
    Vector scales;
  };

  /// Indices in the order of their values.
  static std::vector<std::size_t> order_of(const Vector& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
    return order;
  }

  Rows rotation_;
  std::vector<Peak> peaks_;
};

Made mild_schaffers(const Instance& instance) { return schaffers(instance, 10); }
Made steep_schaffers(const Instance& instance) { return schaffers(instance, 1000); }
Made many_peaks(const Instance& instance) {
  return std::make_unique<Peaks>(
      instance, Peaks::Shape{.count = 101, .best_condition = std::sqrt(1000), .spread = 10});
}
Made few_peaks(const Instance& instance) {
  return std::make_unique<Peaks>(instance,
                                 Peaks::Shape{.count = 21, .best_condition = 1000, .spread = 9.8});
}

struct Entry {
  std::string_view name;
  Made (*make)(const Instance& instance);
  std::size_t group = 0;
  std::uint32_t seed = 0;  ///< of another function whose optimum it shares; 0 for its own
};

constexpr std::array<Entry, function_count> table{{
    {"sphere", sphere, 0},
    {"separable ellipsoid", separable_ellipsoid, 0},
    {"separable Rastrigin", separable_rastrigin, 0},
    {"Bueche-Rastrigin", bueche_rastrigin, 0, 3},
    {"linear slope", linear_slope, 0},
    {"attractive sector", attractive_sector, 1},
    {"step ellipsoid", step_ellipsoid, 1},
    {"Rosenbrock", original_rosenbrock, 1},
    {"rotated Rosenbrock", rotated_rosenbrock, 1},
    {"ellipsoid", rotated_ellipsoid, 2},
    {"discus", discus, 2},
    {"bent cigar", bent_cigar, 2},
    {"sharp ridge", sharp_ridge, 2},
    {"different powers", different_powers, 2},
    {"Rastrigin", rotated_rastrigin, 3},
    {"Weierstrass", weierstrass, 3},
    {"Schaffers F7", mild_schaffers, 3},
    {"steep Schaffers F7", steep_schaffers, 3, 17},
    {"Griewank-Rosenbrock", griewank_rosenbrock, 3},
    {"Schwefel", schwefel, 4},
    {"101 peaks", many_peaks, 4},
    {"21 peaks", few_peaks, 4},
    {"Katsuura", katsuura, 4},
    {"Lunacek bi-Rastrigin", lunacek_bi_rastrigin, 4},
}};

}  // namespace

Made make_function(std::uint32_t number, std::size_t dimension, std::uint32_t instance) {
  if (number < 1 || number > function_count || dimension < 2 || instance < 1) {
    throw std::invalid_argument{"functions are 1 .. 24, dimensions from 2, instances from 1"};
  }
  const Entry& entry = table.at(number - 1);
  const std::int64_t family = entry.seed > 0 ? entry.seed : number;
  const std::int64_t seed = family + 10'000 * static_cast<std::int64_t>(instance);
  return entry.make({.dimension = dimension, .seed = seed, .minimum = random_minimum(seed)});
}

std::string_view function_name(std::uint32_t number) { return table.at(number - 1).name; }
std::size_t group_of(std::uint32_t number) { return table.at(number - 1).group; }

}  // namespace foundation::benchmarks
