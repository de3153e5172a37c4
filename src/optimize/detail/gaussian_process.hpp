#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "optimize/detail/cholesky.hpp"

namespace foundation::optimize::detail {

/// Squared distances between candidates, one a feature; the kernel weighs and adds them.
using Distances = std::span<const double>;

/// Distances of many pairs, one pair after the other.
class DistanceTable {
 public:
  explicit DistanceTable(std::size_t features) : features_{features} {}
  void add(Distances distances) {
    entries_.insert(entries_.end(), distances.begin(), distances.end());
  }
  [[nodiscard]] Distances operator[](std::size_t pair) const noexcept {
    return std::span{entries_}.subspan(pair * features_, features_);
  }

 private:
  std::size_t features_;
  std::vector<double> entries_;
};

/// Logarithms of what a kernel has to be told, in one vector so that an optimiser can move them.
class KernelParameters {
 public:
  /// The most likely ones by the prior: smooth functions of all features alike.
  explicit KernelParameters(std::size_t features);

  [[nodiscard]] std::size_t features() const noexcept { return logs_.size() - 2; }
  [[nodiscard]] std::span<double> logs() noexcept { return logs_; }
  [[nodiscard]] std::span<const double> logs() const noexcept { return logs_; }
  [[nodiscard]] double log_length(std::size_t feature) const noexcept { return logs_[feature]; }
  [[nodiscard]] double log_signal() const noexcept { return logs_[features()]; }
  [[nodiscard]] double log_noise() const noexcept { return logs_[features() + 1]; }

  /// Logarithm of the prior density, up to a constant, and its derivatives.
  [[nodiscard]] double log_prior() const;
  [[nodiscard]] std::vector<double> log_prior_gradient() const;
  /// Moves what has left its sensible range back to the border.
  void clamp();

 private:
  std::vector<double> logs_;  ///< length of each feature, variance of signal, variance of noise
};

/// Matern-5/2 covariance with one length a feature ("automatic relevance determination").
class Kernel {
 public:
  explicit Kernel(const KernelParameters& parameters);
  [[nodiscard]] double operator()(Distances distances) const;
  [[nodiscard]] double signal() const noexcept { return signal_; }
  [[nodiscard]] double noise() const noexcept { return noise_; }
  /// Derivative by the logarithm of a length is this times the feature's `scaled` distance.
  [[nodiscard]] double slope(Distances distances) const;
  [[nodiscard]] double scaled(std::size_t feature, double distance) const noexcept {
    return inverse_squares_[feature] * distance;
  }

 private:
  [[nodiscard]] double radius(Distances distances) const;
  std::vector<double> inverse_squares_;
  double signal_;
  double noise_;
};

/// What a process is conditioned on.
struct TrainingData {
  std::vector<double> values;         ///< standardised
  std::vector<double> noise_factors;  ///< variance of a value's noise over that of a full score
  DistanceTable pairs;                ///< (1, 0), (2, 0), (2, 1), (3, 0), ...
  [[nodiscard]] std::size_t size() const noexcept { return values.size(); }
  [[nodiscard]] Distances between(std::size_t larger, std::size_t smaller) const noexcept {
    return pairs[larger * (larger - 1) / 2 + smaller];
  }
};

/// The parameters with the largest posterior density, by iRprop- with analytic gradients from
/// `start` (Blum and Riedmiller, "Optimization of Gaussian process hyperparameters using Rprop",
/// ESANN 2013). A fixed number of steps, so that the effort is known.
struct Fit {
  KernelParameters parameters;
  double log_posterior = 0;
};
[[nodiscard]] Fit fit_kernel(const TrainingData& data, const KernelParameters& start, int steps);

struct Prediction {
  double mean = 0;
  double deviation = 0;
};

/// Gaussian process regression (Rasmussen and Williams, "Gaussian processes for machine
/// learning", MIT Press 2006, algorithm 2.1) with a prior mean of 0.
class GaussianProcess {
 public:
  /// `believed` candidates at the end of the data have no value yet: the process believes its own
  /// mean there (Ginsbourger, Le Riche and Carraro's "kriging believer", 2010), so that only the
  /// deviation shrinks around them. Their values are ignored.
  GaussianProcess(const KernelParameters& parameters, const TrainingData& data,
                  std::size_t believed = 0);

  /// `to_each`: distances to each candidate of the data.
  [[nodiscard]] Prediction predict(const DistanceTable& to_each) const;

 private:
  Kernel kernel_;
  Cholesky factor_;
  std::vector<double> weights_;  ///< of the kernel at each candidate with a value, in the mean
};

}  // namespace foundation::optimize::detail
