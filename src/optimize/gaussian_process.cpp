#include "optimize/detail/gaussian_process.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"

namespace foundation::optimize::detail {
namespace {

using core::exact::exp;
using core::exact::log;

/// Normal distribution of a parameter's logarithm, and where it is cut off.
struct LogPrior {
  double mean = 0;
  double deviation = 1;
  double low = 0;
  double high = 0;
};

constexpr LogPrior signal_prior{0, 1, -3, 4};
constexpr LogPrior noise_prior{-9, 3, -16, 0};

/// Lengths grow with the root of the number of features, as distances do (Hvarfner, Hellsten and
/// Nardi, "Vanilla Bayesian optimization performs great in high dimensions", ICML 2024).
LogPrior length_prior(std::size_t features) {
  return {-1.0 + 0.5 * log(static_cast<double>(std::max<std::size_t>(features, 1))), 1, -5, 4};
}

LogPrior prior_of(std::size_t parameter, std::size_t features) {
  if (parameter < features) return length_prior(features);
  return parameter == features ? signal_prior : noise_prior;
}

constexpr double root_five = 2.2360679774997896964;
constexpr double log_two_pi = 1.8378770664093454836;

/// Covariance of the data, with noise and a little more on the diagonal.
SquareMatrix covariance(const Kernel& kernel, const TrainingData& data, double jitter) {
  SquareMatrix matrix{data.size()};
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::span<double> row = matrix.row(i);
    for (std::size_t j = 0; j < i; ++j) row[j] = kernel(data.between(i, j));
    row[i] = kernel.signal() * (1 + jitter) + kernel.noise() * data.noise_factors[i];
  }
  return matrix;
}

/// Candidates that nearly coincide take a little more on the diagonal.
Cholesky factorise(const Kernel& kernel, const TrainingData& data) {
  for (double jitter = 1e-10;; jitter *= 100) {
    ASSERT(jitter < 10);
    if (auto factor = Cholesky::factorise(covariance(kernel, data, jitter))) return *factor;
  }
}

struct Posterior {
  double value = 0;
  std::vector<double> gradient;
};

/// Log marginal likelihood plus log prior, and its derivatives by the logarithms of parameters:
/// the trace of (alpha alpha^T - K^-1) dK, over two.
Posterior posterior_of(const TrainingData& data, const KernelParameters& parameters) {
  const Kernel kernel{parameters};
  const Cholesky factor = factorise(kernel, data);
  const std::vector<double> alpha = factor.solve(data.values);
  Posterior posterior{parameters.log_prior(), parameters.log_prior_gradient()};
  posterior.value -= 0.5 * (dot(data.values, alpha) + factor.log_determinant() +
                            static_cast<double>(data.size()) * log_two_pi);
  const SquareMatrix inverse = factor.inverse();
  const std::size_t features = parameters.features();
  std::vector<double>& gradient = posterior.gradient;
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Distances distances = data.between(i, j);
      const double outer = alpha[i] * alpha[j] - inverse.row(i)[j];
      const double slope = outer * kernel.slope(distances);
      for (std::size_t f = 0; f < features; ++f) {
        gradient[f] += slope * kernel.scaled(f, distances[f]);
      }
      gradient[features] += outer * kernel(distances);
    }
    const double own = 0.5 * (alpha[i] * alpha[i] - inverse.row(i)[i]);
    gradient[features] += own * kernel.signal();
    gradient[features + 1] += own * kernel.noise() * data.noise_factors[i];
  }
  return posterior;
}

double sign_of(double x) { return static_cast<double>((x > 0) - (x < 0)); }

}  // namespace

KernelParameters::KernelParameters(std::size_t features) {
  for (std::size_t i = 0; i < features + 2; ++i) logs_.push_back(prior_of(i, features).mean);
}

double KernelParameters::log_prior() const {
  double sum = 0;
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    const LogPrior prior = prior_of(i, features());
    const double z = (logs_[i] - prior.mean) / prior.deviation;
    sum -= 0.5 * z * z;
  }
  return sum;
}

std::vector<double> KernelParameters::log_prior_gradient() const {
  std::vector<double> gradient;
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    const LogPrior prior = prior_of(i, features());
    gradient.push_back((prior.mean - logs_[i]) / (prior.deviation * prior.deviation));
  }
  return gradient;
}

void KernelParameters::clamp() {
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    const LogPrior prior = prior_of(i, features());
    logs_[i] = std::clamp(logs_[i], prior.low, prior.high);
  }
}

Kernel::Kernel(const KernelParameters& parameters)
    : signal_{exp(parameters.log_signal())}, noise_{exp(parameters.log_noise())} {
  for (std::size_t i = 0; i < parameters.features(); ++i) {
    inverse_squares_.push_back(exp(-2 * parameters.log_length(i)));
  }
}

double Kernel::radius(Distances distances) const {
  const double* const distance = distances.data();
  double sum = 0;
  for (std::size_t i = 0; i < inverse_squares_.size(); ++i) {
    sum += inverse_squares_.data()[i] * distance[i];
  }
  return root_five * std::sqrt(sum);
}

double Kernel::operator()(Distances distances) const {
  const double r = radius(distances);
  return signal_ * (1 + r + r * r / 3) * exp(-r);
}

double Kernel::slope(Distances distances) const {
  const double r = radius(distances);
  return signal_ * (5.0 / 3) * (1 + r) * exp(-r);
}

Fit fit_kernel(const TrainingData& data, const KernelParameters& start, int steps) {
  constexpr double grow = 1.2;
  constexpr double shrink = 0.5;
  KernelParameters at = start;
  Fit best{start, -std::numeric_limits<double>::infinity()};
  std::vector<double> step(at.logs().size(), 0.2);
  std::vector<double> before(at.logs().size(), 0.0);
  for (int n = 0; n < steps; ++n) {
    Posterior now = posterior_of(data, at);
    if (now.value > best.log_posterior) best = {at, now.value};
    for (std::size_t i = 0; i < step.size(); ++i) {
      const double turn = now.gradient[i] * before[i];
      if (turn > 0) step[i] = std::min(step[i] * grow, 1.0);
      if (turn < 0) {
        step[i] *= shrink;
        now.gradient[i] = 0;
      }
      at.logs()[i] += sign_of(now.gradient[i]) * step[i];
      before[i] = now.gradient[i];
    }
    at.clamp();
  }
  return best;
}

// The mean that is believed changes no other mean, so the weights are those without believers.
GaussianProcess::GaussianProcess(const KernelParameters& parameters, const TrainingData& data,
                                 std::size_t believed)
    : kernel_{parameters}, factor_{factorise(kernel_, data)} {
  EXPECTS(believed <= data.size());
  const std::size_t known = data.size() - believed;
  std::vector<double> half = factor_.solve_lower(data.values);
  std::fill(half.begin() + static_cast<std::ptrdiff_t>(known), half.end(), 0.0);
  weights_ = factor_.solve_upper(std::move(half));
}

Prediction GaussianProcess::predict(const DistanceTable& to_each) const {
  std::vector<double> covariances(factor_.size());
  for (std::size_t i = 0; i < covariances.size(); ++i) covariances[i] = kernel_(to_each[i]);
  const std::vector<double> explained = factor_.solve_lower(covariances);
  const double variance = kernel_.signal() - dot(explained, explained);
  return {.mean = dot(covariances, weights_), .deviation = std::sqrt(std::max(variance, 1e-14))};
}

}  // namespace foundation::optimize::detail
