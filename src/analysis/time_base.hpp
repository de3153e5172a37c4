#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "analysis/shifts.hpp"
#include "trace/recording.hpp"

namespace foundation::analysis {

/// Converts one process's ticks: a straight line, and corrections of single events.
class TimeBase {
 public:
  TimeBase() = default;
  TimeBase(std::uint64_t ticks, double ns, double ns_per_tick)
      : ticks_{ticks}, ns_{ns}, ns_per_tick_{ns_per_tick} {}

  [[nodiscard]] TraceTime at(std::uint64_t ticks) const noexcept {
    const auto delta = static_cast<std::int64_t>(ticks - ticks_);
    const auto time = static_cast<TraceTime>(ns_ + static_cast<double>(delta) * ns_per_tick_);
    return shifts_ == nullptr ? time : time + shifts_->at(time);
  }
  /// The same clock after all times t have become t + offset + drift * t.
  [[nodiscard]] TimeBase moved(double offset, double drift) const noexcept {
    return {ticks_, ns_ + offset + drift * ns_, ns_per_tick_ * (1 + drift)};
  }
  /// The same clock with single events moved.
  [[nodiscard]] TimeBase shifted(std::shared_ptr<const Shifts> shifts) const {
    TimeBase it = *this;
    it.shifts_ = std::move(shifts);
    return it;
  }
  [[nodiscard]] double ns_per_tick() const noexcept { return ns_per_tick_; }

 private:
  std::uint64_t ticks_ = 0;
  double ns_ = 0;
  double ns_per_tick_ = 1;
  std::shared_ptr<const Shifts> shifts_;
};

struct TimeBases {
  std::vector<TimeBase> processes;  ///< in the order given
  std::int64_t started_at = 0;      ///< nanoseconds since 1970-01-01 UTC
  std::vector<std::uint32_t> host;  ///< of each process, from 0
  std::uint32_t hosts = 1;          ///< groups of processes with a clock in common
};

/// Puts all processes on one time. Those with the same boot id share a clock, counter and all, so
/// they share one line through their first and last known points and keep their order exactly.
/// Different hosts are aligned by their wall clocks, which is as good as those are.
/// Pure. `processes` must not be empty.
[[nodiscard]] TimeBases align_clocks(std::span<const trace::RecordedFacts> processes);

}  // namespace foundation::analysis
