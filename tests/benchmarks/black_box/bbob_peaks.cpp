#include <numeric>

#include "tests/benchmarks/black_box/bbob_formula.hpp"

namespace foundation::benchmarks {

namespace {

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

}  // namespace

Made many_peaks(const Instance& instance) {
  return std::make_unique<Peaks>(
      instance, Peaks::Shape{.count = 101, .best_condition = std::sqrt(1000), .spread = 10});
}
Made few_peaks(const Instance& instance) {
  return std::make_unique<Peaks>(instance,
                                 Peaks::Shape{.count = 21, .best_condition = 1000, .spread = 9.8});
}

}  // namespace foundation::benchmarks
