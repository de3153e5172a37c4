#include "optimize/detail/acquisition.hpp"

#include <algorithm>
#include <cmath>

#include "core/exact_math.hpp"

namespace foundation::optimize::detail {
namespace {

using core::exact::exp;
using core::exact::log;

constexpr double log_two_pi = 1.8378770664093454836;
/// Of the standardised scores.
constexpr double margin = 0.01;
/// Below it terms cancel or underflow.
constexpr double lower_tail = -5;

double log_normal_density(double z) { return -0.5 * (z * z + log_two_pi); }

}  // namespace

// h(z) = phi(z) + z Phi(z). In the lower tail, where the terms cancel, by its asymptotic series.
double log_expected_improvement(const Prediction& prediction, double best) {
  const double z = (best - prediction.mean) / prediction.deviation;
  const double log_phi = log_normal_density(z);
  if (z > lower_tail) {
    const double h = exp(log_phi) + z * core::exact::normal_cdf(z);
    return log(h) + log(prediction.deviation);
  }
  const double inverse = 1 / (z * z);
  const double series = 1 - inverse * (3 - inverse * (15 - 105 * inverse));
  return log_phi + log(inverse * series) + log(prediction.deviation);
}

// In the lower tail Mills' ratio by its asymptotic series.
double log_probability_of_improvement(const Prediction& prediction, double best) {
  const double z = (best - margin - prediction.mean) / prediction.deviation;
  if (z > lower_tail) return log(core::exact::normal_cdf(z));
  const double inverse = 1 / (z * z);
  const double series = 1 - inverse * (1 - inverse * (3 - inverse * (15 - 105 * inverse)));
  return log_normal_density(z) + log(series / -z);
}

double confidence_bound(const Prediction& prediction, std::size_t told, std::size_t points) {
  constexpr double squared_pi_over_six = 1.6449340668482264365;
  constexpr double wrong = 0.1;  // probability that it does not hold
  const auto round = static_cast<double>(std::max<std::size_t>(told, 1));
  const double beta =
      2 * log(static_cast<double>(points) * round * round * squared_pi_over_six / wrong);
  return std::sqrt(beta / 5) * prediction.deviation - prediction.mean;
}

double promise_of(const Prediction& prediction, const AcquisitionSetting& setting) {
  switch (setting.kind) {
    case Acquisition::confidence_bound:
      return confidence_bound(prediction, setting.told, setting.points);
    case Acquisition::probability_of_improvement:
      return log_probability_of_improvement(prediction, setting.best);
    default: return log_expected_improvement(prediction, setting.best);
  }
}

}  // namespace foundation::optimize::detail
