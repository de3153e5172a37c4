#include "optimize/detail/evolution.hpp"

#include <algorithm>
#include <cmath>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"

namespace foundation::optimize::detail {
namespace {

/// Standard deviations shrink by this much at most.
constexpr double smallest_ratio = 1e-11;
constexpr double largest_condition = 1e14;
/// Distance the mean may be out of the cube: of a real axis one mirror image.
constexpr double most_outside = 1;

double normal(core::Stream& stream) {
  const double uniform = (static_cast<double>(stream.next() >> 11) + 0.5) * 0x1.0p-53;
  return core::exact::normal_quantile(uniform);
}

double length_of(const std::vector<double>& vector) {
  double sum = 0;
  for (const double entry : vector) sum += entry * entry;
  return std::sqrt(sum);
}

/// [0, 1] as it is; up to `band` beyond a bound that bound; then the interval mirrored.
double folded(double coordinate, double band) {
  const bool is_low = coordinate < 0;
  const double beyond = std::max(0.0, (is_low ? -coordinate : coordinate - 1) - band);
  const double rest = beyond - 2 * std::floor(beyond / 2);
  const double depth = rest <= 1 ? rest : 2 - rest;
  return is_low ? depth : 1 - depth;
}

}  // namespace

Evolution::Evolution(EvolutionStart start)
    : population_{start.population},
      rates_{start.mean.size(), start.population},
      cells_{std::move(start.cells)},
      mean_{std::move(start.mean)},
      step_{start.step},
      start_step_{start.step},
      covariance_{Matrix::identity(mean_.size())},
      eigen_{.values = std::vector<double>(mean_.size(), 1), .vectors = covariance_},
      scales_(mean_.size(), 1),
      step_path_(mean_.size()),
      shape_path_(mean_.size()) {
  EXPECTS(population_ >= 4 && step_ > 0 && cells_.size() == mean_.size());
  if (stretch_counted_axes()) decompose();
}

std::vector<double> Evolution::sample(core::Stream& stream, double widening) const {
  std::vector<double> place(dimension());
  for (double& entry : place) entry = normal(stream) * widening;
  return unwhitened(place);
}

std::vector<double> Evolution::unwhitened(const std::vector<double>& place) const {
  std::vector<double> point(dimension());
  for (std::size_t k = 0; k < dimension(); ++k) {
    const double along = place[k] * scales_[k] * step_;
    const double* vector = eigen_.vectors.row(k);
    for (std::size_t i = 0; i < dimension(); ++i) point[i] += along * vector[i];
  }
  for (std::size_t i = 0; i < dimension(); ++i) point[i] += mean_[i];
  return point;
}

std::vector<double> Evolution::whitened(const std::vector<double>& point) const {
  return step_to({.point = point, .is_current = true}, false).whitened;
}

std::vector<double> Evolution::inside(std::vector<double> point) const {
  for (std::size_t i = 0; i < dimension(); ++i) {
    if (point[i] >= 0 && point[i] <= 1) continue;
    point[i] =
        cells_[i] > 0 ? std::clamp(point[i], 0.0, 1.0) : folded(point[i], conditional_deviation(i));
  }
  return point;
}

double Evolution::longest_foreign_step() const noexcept {
  const auto n = static_cast<double>(dimension());
  return std::sqrt(n) + 2 * n / (n + 2);
}

void Evolution::update(std::span<const SampledPoint> best_first) {
  EXPECTS(best_first.size() == population_);
  if (dimension() == 0) {
    ++generation_;
    return;
  }
  std::vector<Step> steps;
  steps.reserve(population_);
  for (std::size_t rank = 0; rank < best_first.size(); ++rank) {
    steps.push_back(step_to(best_first[rank], rates_.weights[rank] > 0));
  }
  ++generation_;
  move_mean(steps);
  follow_paths(steps);
  adapt_shape(steps);
  const double excess = length_of(step_path_) / rates_.mean_length - 1;
  step_ *= core::exact::exp(std::min(1.0, rates_.path_step / rates_.damping * excess));
  keep_in_bounds();
  const bool is_stretched = stretch_counted_axes();
  if (is_stretched || generation_ >= decomposed_ + rates_.lazy_gap) decompose();
}

void Evolution::widen() {
  step_ *= core::exact::exp(0.2 + rates_.path_step / rates_.damping);
  keep_in_bounds();
}

Evolution::Step Evolution::step_to(const SampledPoint& sampled, bool is_selected) const {
  Step step{.shift = std::vector<double>(dimension()), .whitened = step_path_, .length = 0};
  for (std::size_t i = 0; i < dimension(); ++i) {
    const double coordinate = sampled.point[i];
    const double target = is_selected ? target_of(coordinate, i) : coordinate;
    step.shift[i] = (target - mean_[i]) / step_;
  }
  for (std::size_t k = 0; k < dimension(); ++k) {
    const double* vector = eigen_.vectors.row(k);
    double along = 0;
    for (std::size_t i = 0; i < dimension(); ++i) along += vector[i] * step.shift[i];
    step.whitened[k] = along / scales_[k];
  }
  step.length = length_of(step.whitened);
  if (sampled.is_current) return step;
  const double longest = longest_foreign_step();
  if (step.length > longest) {
    const double factor = longest / step.length;
    for (double& entry : step.shift) entry *= factor;
    for (double& entry : step.whitened) entry *= factor;
    step.length = longest;
  }
  return step;
}

/// Of a counted axis the centre of the cell, if it is not the mean's.
double Evolution::target_of(double coordinate, std::size_t axis) const {
  if (cells_[axis] == 0) return coordinate;
  const auto cells = static_cast<double>(cells_[axis]);
  const auto cell_at = [cells](double place) {
    return std::floor(std::clamp(place, 0.0, 1.0) * cells);
  };
  const double cell = std::min(cell_at(coordinate), cells - 1);
  return cell == std::min(cell_at(mean_[axis]), cells - 1) ? coordinate : (cell + 0.5) / cells;
}

void Evolution::move_mean(std::span<const Step> steps) {
  for (std::size_t i = 0; i < dimension(); ++i) {
    double shift = 0;
    for (std::size_t rank = 0; rank < population_ / 2; ++rank) {
      shift += rates_.weights[rank] * steps[rank].shift[i];
    }
    mean_[i] += step_ * shift;
  }
}

void Evolution::follow_paths(std::span<const Step> steps) {
  const double stay = 1 - rates_.path_step;
  const double gain = std::sqrt(rates_.path_step * (2 - rates_.path_step) * rates_.mu_eff);
  for (double& entry : step_path_) entry *= stay;
  for (std::size_t k = 0; k < dimension(); ++k) {
    double along = 0;
    for (std::size_t rank = 0; rank < population_ / 2; ++rank) {
      along += rates_.weights[rank] * steps[rank].whitened[k];
    }
    const double* vector = eigen_.vectors.row(k);
    for (std::size_t i = 0; i < dimension(); ++i) step_path_[i] += gain * along * vector[i];
  }
  const double usual =
      std::sqrt(1 - core::exact::pow(stay, 2.0 * (generation_ + 1))) * rates_.mean_length;
  const auto n = static_cast<double>(dimension());
  is_stalled_ = length_of(step_path_) >= (1.4 + 2 / (n + 1)) * usual;
  const double shape_stay = 1 - rates_.path_shape;
  const double shape_gain =
      is_stalled_ ? 0 : std::sqrt(rates_.path_shape * (2 - rates_.path_shape) * rates_.mu_eff);
  for (std::size_t i = 0; i < dimension(); ++i) {
    double shift = 0;
    for (std::size_t rank = 0; rank < population_ / 2; ++rank) {
      shift += rates_.weights[rank] * steps[rank].shift[i];
    }
    shape_path_[i] = shape_stay * shape_path_[i] + shape_gain * shift;
  }
}

void Evolution::adapt_shape(std::span<const Step> steps) {
  const std::size_t n = dimension();
  const double lost = is_stalled_ ? rates_.path_shape * (2 - rates_.path_shape) : 0;
  const double stay = 1 - rates_.rank_one * (1 - lost) - rates_.rank_mu * rates_.weight_sum;
  for (std::size_t i = 0; i < n; ++i) {
    double* row = covariance_.row(i);
    for (std::size_t j = 0; j <= i; ++j) {
      row[j] = stay * row[j] + rates_.rank_one * shape_path_[i] * shape_path_[j];
    }
  }
  for (std::size_t rank = 0; rank < population_; ++rank) {
    const Step& step = steps[rank];
    double weight = rates_.rank_mu * rates_.weights[rank];
    if (weight < 0) weight *= static_cast<double>(n) / (step.length * step.length + 1e-12);
    for (std::size_t i = 0; i < n; ++i) {
      const double factor = weight * step.shift[i];
      double* row = covariance_.row(i);
      for (std::size_t j = 0; j <= i; ++j) row[j] += factor * step.shift[j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) covariance_(j, i) = covariance_(i, j);
  }
}

void Evolution::keep_in_bounds() {
  double widest = 0;
  for (std::size_t i = 0; i < dimension(); ++i) widest = std::max(widest, deviation(i));
  if (widest > 1) step_ /= widest;
  for (std::size_t i = 0; i < dimension(); ++i) {
    const double outside = cells_[i] > 0 ? 0 : most_outside;
    mean_[i] = std::clamp(mean_[i], -outside, 1 + outside);
  }
}

bool Evolution::stretch_counted_axes() {
  bool any = false;
  for (std::size_t i = 0; i < dimension(); ++i) {
    if (cells_[i] == 0) continue;
    const double factor = least_deviation(i) / deviation(i);
    if (factor <= 1) continue;
    for (std::size_t j = 0; j < dimension(); ++j) covariance_(i, j) *= factor;
    for (std::size_t j = 0; j < dimension(); ++j) covariance_(j, i) *= factor;
    any = true;
  }
  return any;
}

/// With which a step leaves a cell, from its middle, with the probability 1 / (d lambda).
double Evolution::least_deviation(std::size_t axis) const {
  const double chance = 1 / (static_cast<double>(dimension()) * population_);
  const double width = 1 / static_cast<double>(cells_[axis]);
  return width / 2 / core::exact::normal_quantile(1 - chance / 2);
}

void Evolution::decompose() {
  eigen_ = eigensystem_of(covariance_, eigen_.vectors);
  const double largest = *std::ranges::max_element(eigen_.values);
  for (std::size_t k = 0; k < dimension(); ++k) {
    scales_[k] = std::sqrt(std::max(eigen_.values[k], largest / largest_condition));
  }
  decomposed_ = generation_;
}

double Evolution::deviation(std::size_t axis) const noexcept {
  return step_ * std::sqrt(covariance_(axis, axis));
}

double Evolution::conditional_deviation(std::size_t axis) const noexcept {
  double precision = 0;
  for (std::size_t k = 0; k < dimension(); ++k) {
    const double entry = eigen_.vectors(k, axis) / scales_[k];
    precision += entry * entry;
  }
  return step_ / std::sqrt(precision);
}

bool Evolution::has_collapsed() const {
  if (dimension() == 0) return false;
  const auto [low, high] = std::ranges::minmax_element(eigen_.values);
  if (*high > largest_condition * *low) return true;
  for (std::size_t i = 0; i < dimension(); ++i) {
    const double least = cells_[i] > 0 ? 1.001 * least_deviation(i) : smallest_ratio * start_step_;
    if (deviation(i) > least) return false;
  }
  return true;
}

}  // namespace foundation::optimize::detail
