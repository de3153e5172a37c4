#include "optimize/detail/parzen.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

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

struct Spread {
  double deviation = uniform_deviation;
  double count = 0;  ///< effective number of coordinates
};

/// Weighted standard deviation of the coordinates; that of the prior below two of them.
Spread spread_of(std::span<const double> best_first) {
  const std::size_t count = good_count(best_first.size());
  double weight = 0;
  double mean = 0;
  double square = 0;
  double weight_squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double added = rank_weight(i, count);
    weight += added;
    weight_squares += added * added;
    const double change = best_first[i] - mean;
    mean += change * added / weight;
    square += added * change * (best_first[i] - mean);
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

/// Draws from the normal distribution within [0, 1], by inversion.
double draw_normal_within(double centre, double width, core::Stream& stream) {
  const double low = core::exact::normal_cdf(-centre / width);
  const double high = core::exact::normal_cdf((1 - centre) / width);
  const double z = core::exact::normal_quantile(low + stream.uniform() * (high - low));
  return std::clamp(centre + width * z, 0.0, 1.0);
}

}  // namespace

std::size_t good_count(std::size_t told) noexcept {
  const auto root = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(told))));
  return std::min(told, std::max(root, fewest_good));
}

double rank_weight(std::size_t place, std::size_t count) noexcept {
  return core::exact::log(static_cast<double>(count + 1)) -
         core::exact::log(static_cast<double>(place + 1));
}

AxisKernel::AxisKernel(const Axis& axis, std::span<const double> best_first,
                       std::size_t ordered_axes, std::size_t members)
    : is_ordered_{axis.is_ordered()} {
  Spread spread = spread_of(best_first);
  if (best_first.empty()) spread.count = static_cast<double>(members);
  const auto cells = static_cast<double>(axis.cells());
  if (!is_ordered_) {
    width_ = cells / (cells + spread.count);
    log_elsewhere_ = core::exact::log(width_);
    log_peak_ = core::exact::log(cells * (1 - width_) + width_);
    return;
  }
  const double least = axis.cells() == 0 ? narrowest : narrowest_in_cells / cells;
  const auto axes = static_cast<double>(ordered_axes);
  width_ = best_first.empty() ? spacing(spread, axes) : scott_width(spread, axes);
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

ParzenDensity::ParzenDensity(std::span<const AxisKernel> kernels,
                             std::span<const KernelCentre> centres, double prior_weight)
    : kernels_{kernels}, coordinates_(kernels.size() * centres.size()) {
  double total = 0;
  for (const KernelCentre& centre : centres) total += centre.weight;
  const auto count = static_cast<double>(centres.size());
  prior_ = prior_weight / (count + prior_weight);
  for (std::size_t i = 0; i < centres.size(); ++i) {
    weights_.push_back((1 - prior_) * centres[i].weight / total);
    log_weights_.push_back(core::exact::log(weights_.back()));
    for (std::size_t axis = 0; axis < kernels.size(); ++axis) {
      coordinates_[axis * centres.size() + i] = centres[i].point[axis];
    }
  }
}

std::span<const double> ParzenDensity::centres_on(std::size_t axis) const noexcept {
  return std::span{coordinates_}.subspan(axis * weights_.size(), weights_.size());
}

double ParzenDensity::log_density(std::span<const double> point) const {
  EXPECTS(point.size() == kernels_.size());
  std::vector<double> terms = log_weights_;
  for (std::size_t axis = 0; axis < kernels_.size(); ++axis) {
    if (!std::isnan(point[axis])) {
      kernels_[axis].add_log_densities(point[axis], centres_on(axis), terms);
    }
  }
  terms.push_back(core::exact::log(prior_));
  const double highest = *std::ranges::max_element(terms);
  double sum = 0;
  for (const double term : terms) {
    if (term - highest > negligible) sum += core::exact::exp(term - highest);
  }
  return highest + core::exact::log(sum);
}

ParzenDraw ParzenDensity::draw(core::Stream& stream) const {
  ParzenDraw drawn;
  double place = stream.uniform() - prior_;
  for (std::size_t i = 0; place >= 0 && i < weights_.size(); ++i) {
    drawn.centre = i;
    place -= weights_[i];
  }
  for (std::size_t axis = 0; axis < kernels_.size(); ++axis) {
    const double centre = drawn.centre ? centres_on(axis)[*drawn.centre] : absent;
    drawn.point.push_back(kernels_[axis].draw(centre, stream));
  }
  return drawn;
}

}  // namespace foundation::optimize::detail
