#include "optimize/detail/betting.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"

namespace foundation::optimize::detail {
namespace {

/// The capital is spread over three gamblers, each with the stakes that would be best if the
/// decision fell at this share of the population.
constexpr std::array horizons{1.0, 0.25, 0.0625};
constexpr double most_of_the_capital = 0.9;  // staked at once: nobody is ever ruined

/// Mean and variance of what has been drawn, before the next number is: stakes may depend on
/// nothing else. The variance begins with that of numbers spread over a quarter of the range.
class Past {
 public:
  explicit Past(double range) : squares_{range * range / 16} {}
  void add(double number) noexcept {
    ++count_;
    sum_ += number;
    const double deviation = number - sum_ / (count_ + 1);
    squares_ += deviation * deviation;
  }
  [[nodiscard]] double sum() const noexcept { return sum_; }
  [[nodiscard]] double variance() const noexcept { return squares_ / (count_ + 1); }

 private:
  double count_ = 0;
  double sum_ = 0;
  double squares_;
};

}  // namespace

bool is_mean_above(double mean, std::span<const double> drawn, const Population& population,
                   double alpha) {
  EXPECTS(drawn.size() <= population.count && population.range > 0 && alpha > 0);
  const double total = mean * population.count;
  std::array<double, horizons.size()> capital;
  capital.fill(1.0 / static_cast<double>(horizons.size()));
  std::array<double, horizons.size()> stakes;
  for (std::size_t i = 0; i < horizons.size(); ++i)
    stakes[i] = std::sqrt(2 * core::exact::log(1 / alpha) / (horizons[i] * population.count));
  Past past{population.range};
  double left = population.count;
  for (const double number : drawn) {
    const double expected = (total - past.sum()) / left;  // of the next number, at most
    const double worst = expected + population.range;     // what can be lost of a stake of 1
    if (worst < 0) return true;                           // the rest cannot make up for it
    const double spread = std::sqrt(past.variance());
    const double limit = most_of_the_capital / worst;
    double sum = 0;
    for (std::size_t i = 0; i < capital.size(); ++i) {
      capital[i] *= 1 + std::min(stakes[i] / spread, limit) * (number - expected);
      sum += capital[i];
    }
    if (sum * alpha >= 1) return true;
    past.add(number);
    left -= 1;
  }
  return total - past.sum() < -population.range * left;
}

}  // namespace foundation::optimize::detail
