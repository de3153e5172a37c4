#include "optimize/detail/restarts.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"

namespace foundation::optimize::detail {
namespace {

constexpr double score_tolerance = 1e-10;
/// Scores that differ by less than this share of their size are alike: rounding.
constexpr double score_rounding = 0x1.0p-50;
constexpr std::uint32_t largest_population = 1U << 20;

double middle_of(std::span<const double> values) {
  std::vector<double> sorted{values.begin(), values.end()};
  std::ranges::sort(sorted);
  return core::exact::quantile(sorted, 0.5);
}

}  // namespace

RunPlan Restarts::next(std::uint64_t evaluations, core::Stream stream) {
  (was_small_ ? used_by_small_ : used_by_large_) += evaluations;
  was_small_ = used_by_small_ < used_by_large_;
  if (!was_small_) {
    large_ = std::min(2 * large_, largest_population);
    return {.population = large_, .step = first_.step};
  }
  const double smaller = stream.uniform();
  const double ratio = 0.5 * large_ / first_.population;
  const double population =
      first_.population * core::exact::pow(std::max(ratio, 1.0), smaller * smaller);
  const double step = first_.step * core::exact::pow(10, -2 * stream.uniform());
  return {.population = static_cast<std::uint32_t>(population), .step = step};
}

Progress::Progress(std::size_t dimension, std::uint32_t population) {
  const double generations = 10.0 * static_cast<double>(dimension) / population;
  window_ = 5 + static_cast<std::size_t>(std::ceil(generations));
  stagnation_ = 120 + static_cast<std::size_t>(std::ceil(3 * generations));
}

void Progress::add(const std::vector<double>& best_first) {
  EXPECTS(!best_first.empty());
  best_.push_back(best_first.front());
  median_.push_back(best_first[best_first.size() / 2]);
  spread_ = best_first.back() - best_first.front();
}

bool Progress::has_ended() const { return is_flat() || is_stagnating(); }

bool Progress::is_flat() const {
  if (best_.size() < window_) return false;
  const auto recent = std::span{best_}.last(window_);
  const auto [low, high] = std::ranges::minmax_element(recent);
  const double tolerance =
      std::max(score_tolerance, score_rounding * std::max(std::fabs(*low), std::fabs(*high)));
  return std::max(*high - *low, spread_) <= tolerance;
}

bool Progress::is_stagnating() const {
  const std::size_t count = std::min<std::size_t>(best_.size() - best_.size() / 5, 20'000);
  if (best_.size() < stagnation_ || count < stagnation_ / 5) return false;
  const std::size_t part = count * 3 / 10;
  const auto no_better = [&](std::span<const double> all) {
    const auto recent = all.last(count);
    return middle_of(recent.last(part)) >= middle_of(recent.first(part));
  };
  return no_better(best_) && no_better(median_);
}

}  // namespace foundation::optimize::detail
