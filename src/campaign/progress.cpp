#include "campaign/progress.hpp"

#include <algorithm>
#include <cmath>

namespace foundation::campaign {
namespace {

constexpr double weight_of_new = 0.2;
constexpr double deviations = 2.0;

core::Duration seconds(double value) {
  return core::Duration{static_cast<std::int64_t>(std::min(value, 1e9) * 1e9)};
}

}  // namespace

void ProgressMeter::sample(std::uint64_t evaluations, core::Time now) {
  if (started_ && now > last_time_) {
    const double span_s = static_cast<double>((now - last_time_).count()) * 1e-9;
    const double rate = static_cast<double>(evaluations - last_count_) / span_s;
    const double weight = std::max(weight_of_new, 1.0 / ++samples_);
    const double difference = rate - mean_;
    mean_ += weight * difference;
    variance_ = (1.0 - weight) * (variance_ + weight * difference * difference);
  }
  started_ = true;
  last_count_ = evaluations;
  last_time_ = now;
}

std::optional<ProgressMeter::Estimate> ProgressMeter::time_left(
    std::uint64_t remaining) const noexcept {
  if (samples_ < 2 || mean_ <= 0) return std::nullopt;
  const auto work = static_cast<double>(remaining);
  const double spread = deviations * std::sqrt(variance_);
  const double slow = std::max(mean_ - spread, mean_ * 0.1);
  return Estimate{seconds(work / mean_), seconds(work / (mean_ + spread)), seconds(work / slow)};
}

}  // namespace foundation::campaign
