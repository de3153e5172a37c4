#include "optimize/detail/parzen.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"

namespace foundation::optimize::detail {
namespace {

constexpr double uniform_deviation = 0.28867513459481287;  // sqrt(1/12)
constexpr double half_log_two_pi = 0.91893853320467274;
/// Kernels this many times as wide as the good candidates are spread keep the search from
/// contracting before it has found the way; narrower ones stall on a slope.
constexpr double widening = 2.0;
/// Of fewer the spread says little.
constexpr std::size_t fewest_good = 4;
constexpr double narrowest = 1e-9;
constexpr double narrowest_in_cells = 0.4;
/// exp of anything lower changes no sum.
constexpr double negligible = -60;
/// Centres summed up at a time.
constexpr std::size_t block = 64;

struct Spread {
  double deviation = uniform_deviation;
  double count = 0;  ///< effective number of coordinates
};

/// Weighted standard deviation of the coordinates; that of the prior below two of them.
Spread spread_of(std::span<const double> good) {
  const std::size_t count = good.size();
  const std::vector<double> weights = rank_weights(count);
  double weight = 0;
  double mean = 0;
  double square = 0;
  double weight_squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double added = weights[i];
    weight += added;
    weight_squares += added * added;
    const double change = good[i] - mean;
    mean += change * added / weight;
    square += added * change * (good[i] - mean);
  }
  if (count < 2) return {uniform_deviation, static_cast<double>(count)};
  return {.deviation = std::sqrt(std::max(square, 0.0) / (weight - weight_squares / weight)),
          .count = weight * weight / weight_squares};
}

/// Scott's rule on top of the spread: the more candidates share the space, the narrower.
double scott_width(const Spread& spread, double axes) {
  const double count = std::max(spread.count, 1.0);
  return widening * spread.deviation * core::exact::pow(count, -1 / (axes + 4));
}

/// About half the distance between points that fill the space evenly: keeps them apart.
double spacing(const Spread& spread, double axes) {
  return spread.deviation * core::exact::pow(std::max(spread.count, 1.0), -1 / axes);
}

/// Logarithm of the height of a normal density of this width at its centre, on an axis of reals.
double log_peak_of_reals(double width) { return -core::exact::log(width) - half_log_two_pi; }

/// The same for values at the centres of cells, normalised over them, relative to the uniform
/// density. For wide kernels the sum is as good as the integral (Poisson's summation formula).
double log_peak_of_cells(double width, double cells) {
  const double deviation = width * cells;
  if (deviation > 3) return log_peak_of_reals(width);
  double sum = 1;
  for (int step = 1; step < 9 * deviation; ++step) {
    const double z = step / deviation;
    sum += 2 * core::exact::exp(-0.5 * z * z);
  }
  return core::exact::log(cells) - core::exact::log(sum);
}

/// Draws from the normal distribution within [0, 1], by rejection: at least a third of the draws
/// are within, since no kernel is wider than the interval.
double draw_normal_within(double centre, double width, core::Stream& stream) {
  for (;;) {
    const double x = centre + width * core::exact::normal_quantile(stream.uniform());
    if (x >= 0 && x <= 1) return x;
  }
}

/// The largest of some numbers. Four maxima side by side, because one would wait for each number.
double largest_of(std::span<const double> numbers) {
  const std::size_t fours = numbers.size() / 4 * 4;
  std::array<double, 4> largest{};
  largest.fill(-std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < fours; i += 4) {
    for (std::size_t j = 0; j < 4; ++j) {
      largest[j] = numbers[i + j] > largest[j] ? numbers[i + j] : largest[j];
    }
  }
  for (std::size_t i = fours; i < numbers.size(); ++i) {
    largest[0] = std::max(largest[0], numbers[i]);
  }
  return *std::ranges::max_element(largest);
}

/// Sum of weights[i] * exp(logs[i]), which are overwritten; four sums side by side, too.
double weighted_sum_of_exp(std::span<const double> weights, std::span<double> logs) {
  core::exact::exp_of_each(logs);
  const std::size_t fours = logs.size() / 4 * 4;
  std::array<double, 4> sums{};
  for (std::size_t i = 0; i < fours; i += 4) {
    for (std::size_t j = 0; j < 4; ++j) sums[j] += weights[i + j] * logs[i + j];
  }
  for (std::size_t i = fours; i < logs.size(); ++i) sums[0] += weights[i] * logs[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

std::size_t good_count(std::size_t told) noexcept {
  const auto root = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(told))));
  return std::min(told, std::max(root, fewest_good));
}

std::vector<double> rank_weights(std::size_t count) {
  std::vector<double> weights;
  weights.reserve(count);
  const double log_all = core::exact::log(static_cast<double>(count + 1));
  for (std::size_t place = 1; place <= count; ++place) {
    weights.push_back(log_all - core::exact::log(static_cast<double>(place)));
  }
  return weights;
}

AxisKernel::AxisKernel(const Axis& axis, std::span<const double> good, std::size_t ordered_axes,
                       std::size_t members)
    : is_ordered_{axis.is_ordered()} {
  Spread spread = spread_of(good);
  if (good.empty()) spread.count = static_cast<double>(members);
  const auto cells = static_cast<double>(axis.cells());
  if (!is_ordered_) {
    width_ = cells / (cells + spread.count);
    log_elsewhere_ = core::exact::log(width_);
    log_peak_ = core::exact::log(cells * (1 - width_) + width_);
    return;
  }
  const double least = axis.cells() == 0 ? narrowest : narrowest_in_cells / cells;
  const auto axes = static_cast<double>(ordered_axes);
  width_ = good.empty() ? spacing(spread, axes) : scott_width(spread, axes);
  width_ = std::clamp(width_, least, 1.0);
  log_peak_ = axis.cells() == 0 ? log_peak_of_reals(width_) : log_peak_of_cells(width_, cells);
}

// The inner loops: plain pointers without checks and no branches, so that compilers vectorise.
void AxisKernel::add_log_densities(double x, std::span<const double> centres,
                                   std::span<double> sums) const noexcept {
  EXPECTS(centres.size() == sums.size());
  const std::size_t count = centres.size();
  const double* const centre = centres.data();
  double* const sum = sums.data();
  const double peak = log_peak_;
  if (is_ordered_) {
    const double scale = 1 / width_;
    for (std::size_t i = 0; i < count; ++i) {
      const double z = (x - centre[i]) * scale;
      const double term = peak - 0.5 * z * z;
      sum[i] += std::isnan(term) ? 0 : term;
    }
    return;
  }
  const double elsewhere = log_elsewhere_;
  for (std::size_t i = 0; i < count; ++i) {
    const double other = std::isnan(centre[i]) ? 0 : elsewhere;
    sum[i] += centre[i] == x ? peak : other;
  }
}

double AxisKernel::draw(double centre, core::Stream& stream) const {
  if (std::isnan(centre)) return stream.uniform();
  if (is_ordered_) return draw_normal_within(centre, width_, stream);
  const bool anywhere = stream.chance(width_);
  const double uniform = stream.uniform();
  return anywhere ? uniform : centre;
}

void PointTable::insert(std::size_t row, std::span<const double> point) {
  EXPECTS(point.size() == axes_.size());
  for (std::size_t axis = 0; axis < point.size(); ++axis) {
    std::vector<double>& coordinates = axes_[axis];
    coordinates.insert(coordinates.begin() + static_cast<std::ptrdiff_t>(row), point[axis]);
  }
}

ParzenDensity::ParzenDensity(std::span<const AxisKernel> kernels, const PointTable& points,
                             std::size_t first, std::vector<double> weights, double prior_weight)
    : kernels_{kernels}, weights_{std::move(weights)} {
  const auto count = static_cast<double>(weights_.size());
  prior_ = prior_weight / (count + prior_weight);
  log_prior_ = core::exact::log(prior_);
  double total = 0;
  for (const double weight : weights_) total += weight;
  for (double& weight : weights_) weight *= (1 - prior_) / total;
  for (std::size_t axis = 0; axis < kernels.size(); ++axis) {
    centres_.push_back(points.on(axis).subspan(first, weights_.size()));
  }
}

void ParzenDensity::extend(Sum& sum, std::span<const double> point) const {
  EXPECTS(point.size() == kernels_.size());
  const std::size_t first = sum.centres;
  const std::size_t count = std::min(block, weights_.size() - first);
  std::array<double, block> room{};
  const std::span logs{room.data(), count};
  for (std::size_t axis = 0; axis < kernels_.size(); ++axis) {
    if (std::isnan(point[axis])) continue;
    kernels_[axis].add_log_densities(point[axis], centres_[axis].subspan(first, count), logs);
  }
  sum.centres += count;
  const double highest = largest_of(logs);
  if (highest - sum.log_scale < negligible) return;
  if (highest > sum.log_scale) {
    sum.scaled *= core::exact::exp(sum.log_scale - highest);
    sum.log_scale = highest;
  }
  for (double& term : logs) term -= sum.log_scale;
  sum.scaled += weighted_sum_of_exp(std::span{weights_}.subspan(first, count), logs);
}

double ParzenDensity::log_of(const Sum& sum) noexcept {
  return sum.log_scale + core::exact::log(sum.scaled);
}

double ParzenDensity::log_density(std::span<const double> point) const {
  Sum sum = begin();
  while (!is_complete(sum)) extend(sum, point);
  return log_of(sum);
}

ParzenDraw ParzenDensity::draw(core::Stream& stream) const {
  ParzenDraw drawn;
  drawn.point.reserve(kernels_.size());
  double place = stream.uniform() - prior_;
  for (std::size_t i = 0; place >= 0 && i < weights_.size(); ++i) {
    drawn.centre = i;
    place -= weights_[i];
  }
  for (std::size_t axis = 0; axis < kernels_.size(); ++axis) {
    const double centre = drawn.centre ? centres_[axis][*drawn.centre] : absent;
    drawn.point.push_back(kernels_[axis].draw(centre, stream));
  }
  return drawn;
}

}  // namespace foundation::optimize::detail
