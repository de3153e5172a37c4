#pragma once

#include <cstdint>
#include <optional>

#include "core/time.hpp"

namespace foundation::campaign {

/// Moving rate of evaluations and the time that is left, with an interval: exponentially weighted
/// mean and variance of the rate over samples about a second apart (West 1979; Finch 2009).
class ProgressMeter {
 public:
  /// `evaluations`: finished so far, at `now`.
  void sample(std::uint64_t evaluations, core::Time now);
  /// Evaluations a second; 0 while unknown.
  [[nodiscard]] double rate() const noexcept { return mean_; }
  struct Estimate {
    core::Duration likely{0}, low{0}, high{0};
  };
  /// Nothing while the rate is unknown.
  [[nodiscard]] std::optional<Estimate> time_left(std::uint64_t remaining) const noexcept;

 private:
  bool started_ = false;
  std::uint32_t samples_ = 0;
  std::uint64_t last_count_ = 0;
  core::Time last_time_;
  double mean_ = 0;
  double variance_ = 0;
};

}  // namespace foundation::campaign
