#include "optimize/detail/quadratic_model.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/contracts.hpp"
#include "optimize/detail/symmetric_eigen.hpp"

namespace foundation::optimize::detail {
namespace {

constexpr std::size_t largest_full_dimension = 10;
/// Weight of the best point; the worst one weighs 1.
constexpr double best_weight = 20;
/// Added to the diagonal of the normal equations, relative to it.
constexpr double ridge = 1e-12;

bool allows_full(std::size_t dimension) { return dimension <= largest_full_dimension; }
std::size_t full_terms(std::size_t n) { return (n + 1) * (n + 2) / 2; }
std::size_t plain_terms(std::size_t n) { return 2 * n + 1; }
/// Points for a number of terms.
std::size_t enough_for(std::size_t terms) { return terms + terms / 10 + 1; }

/// 1, u_i, u_i^2 and, in a full model, u_i u_j.
void write_terms(const std::vector<double>& u, bool is_full, std::vector<double>& terms) {
  terms.clear();
  terms.push_back(1);
  terms.insert(terms.end(), u.begin(), u.end());
  for (const double entry : u) terms.push_back(entry * entry);
  if (!is_full) return;
  for (std::size_t i = 0; i < u.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) terms.push_back(u[i] * u[j]);
  }
}

/// Solves a * x = b for a positive definite matrix (lower triangle) in place, by Cholesky; false if
/// it is not.
bool solve(Matrix& a, std::vector<double>& b) {
  const std::size_t n = a.size();
  for (std::size_t i = 0; i < n; ++i) {
    double* row = a.row(i);
    for (std::size_t j = 0; j <= i; ++j) {
      const double* other = a.row(j);
      double sum = row[j];
      for (std::size_t k = 0; k < j; ++k) sum -= row[k] * other[k];
      if (j < i) {
        row[j] = sum / other[j];
      } else if (sum > 0) {
        row[i] = std::sqrt(sum);
      } else {
        return false;
      }
    }
    for (std::size_t k = 0; k < i; ++k) b[i] -= row[k] * b[k];
    b[i] /= row[i];
  }
  for (std::size_t i = n; i-- > 0;) {
    b[i] /= a(i, i);
    for (std::size_t k = 0; k < i; ++k) b[k] -= a(i, k) * b[i];
  }
  return true;
}

/// Coefficients of the terms, or nothing.
std::vector<double> fit(std::span<const ModelPoint> points, bool is_full) {
  const std::size_t n = points.front().place.size();
  const std::size_t count = is_full ? full_terms(n) : plain_terms(n);
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return points[i].cost; });
  const double lowest = points[order.front()].cost;
  Matrix normal{count};
  std::vector<double> right(count);
  std::vector<double> terms;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const ModelPoint& point = points[order[rank]];
    const double place = static_cast<double>(rank) / static_cast<double>(order.size() - 1);
    const double weight = best_weight + (1 - best_weight) * place;
    write_terms(point.place, is_full, terms);
    for (std::size_t i = 0; i < count; ++i) {
      const double factor = weight * terms[i];
      double* row = normal.row(i);
      for (std::size_t j = 0; j <= i; ++j) row[j] += factor * terms[j];
      right[i] += factor * (point.cost - lowest);
    }
  }
  for (std::size_t i = 0; i < count; ++i) normal(i, i) *= 1 + ridge;
  if (!solve(normal, right)) return {};
  return right;
}

/// argmin of slope . u + sum of curvature_i u_i^2 / 2 with |u| <= radius: u_i = -slope_i /
/// (curvature_i + shift) for the least shift >= 0 that keeps it positive and inside.
std::vector<double> minimum_in_ball(const std::vector<double>& slope,
                                    const std::vector<double>& curvature, double radius) {
  const auto at = [&](double shift) {
    std::vector<double> u(slope.size());
    for (std::size_t i = 0; i < u.size(); ++i) u[i] = -slope[i] / (curvature[i] + shift);
    return u;
  };
  const auto is_inside = [&](const std::vector<double>& u) {
    double squares = 0;
    for (const double entry : u) squares += entry * entry;
    return squares <= radius * radius;
  };
  const double flattest = *std::ranges::min_element(curvature);
  double steepest = 0;
  for (const double entry : slope) steepest += std::fabs(entry);
  if (flattest > 0) {
    std::vector<double> inner = at(0);
    if (is_inside(inner)) return inner;
  }
  double low = std::max(0.0, -flattest);
  double high = low + steepest / radius + 1e-300;
  for (int halvings = 0; halvings < 60; ++halvings) {
    const double middle = low + (high - low) / 2;
    (is_inside(at(middle)) ? high : low) = middle;
  }
  return at(high);
}

std::vector<double> full_minimum(const std::vector<double>& coefficients, std::size_t n,
                                 double radius) {
  Matrix curvature{n};
  const double* mixed = coefficients.data() + 2 * n + 1;
  for (std::size_t i = 0; i < n; ++i) {
    curvature(i, i) = 2 * coefficients[1 + n + i];
    for (std::size_t j = 0; j < i; ++j) curvature(i, j) = curvature(j, i) = *mixed++;
  }
  const Eigensystem eigen = eigensystem_of(curvature, Matrix::identity(n));
  std::vector<double> slope(n);
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) slope[k] += eigen.vectors(k, i) * coefficients[1 + i];
  }
  const std::vector<double> along = minimum_in_ball(slope, eigen.values, radius);
  std::vector<double> minimum(n);
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) minimum[i] += along[k] * eigen.vectors(k, i);
  }
  return minimum;
}

std::vector<double> plain_minimum(const std::vector<double>& coefficients, std::size_t n,
                                  double radius) {
  const auto at = [&](std::size_t i) {
    return coefficients.begin() + static_cast<std::ptrdiff_t>(i);
  };
  std::vector<double> slope{at(1), at(1 + n)};
  std::vector<double> curvature{at(1 + n), at(1 + 2 * n)};
  for (double& entry : curvature) entry *= 2;
  return minimum_in_ball(slope, curvature, radius);
}

}  // namespace

std::size_t model_points_wanted(std::size_t dimension) {
  const std::size_t terms = allows_full(dimension) ? full_terms(dimension) : plain_terms(dimension);
  return 2 * terms;
}

std::optional<std::vector<double>> model_minimum(std::span<const ModelPoint> points,
                                                 double radius) {
  EXPECTS(radius > 0);
  if (points.empty()) return std::nullopt;
  const std::size_t n = points.front().place.size();
  if (n == 0 || points.size() < enough_for(plain_terms(n))) return std::nullopt;
  const bool is_full = allows_full(n) && points.size() >= enough_for(full_terms(n));
  const std::vector<double> coefficients = fit(points, is_full);
  if (coefficients.empty()) return std::nullopt;
  std::vector<double> minimum =
      is_full ? full_minimum(coefficients, n, radius) : plain_minimum(coefficients, n, radius);
  const bool is_finite =
      std::ranges::all_of(minimum, [](double entry) { return std::isfinite(entry); });
  if (!is_finite) return std::nullopt;
  return minimum;
}

}  // namespace foundation::optimize::detail
