#pragma once

#include <cstdint>

#include "core/time.hpp"
#include "trace/clock.hpp"

namespace foundation::runtime {

/// Spans of time by the quickest clock of this machine, for what may take less than a look at
/// CLOCK_MONOTONIC does. From any thread; a span may begin and end on different cores.
class Stopwatch {
 public:
  using Ticks = std::uint64_t;

  /// Takes a millisecond where ticks are not nanoseconds, to learn how long they are: to some
  /// hundred-thousandths.
  Stopwatch();

  [[nodiscard]] Ticks now() const noexcept { return trace::read_clock(kind_); }
  /// Never negative, though cores may disagree by some ticks.
  [[nodiscard]] core::Duration between(Ticks earlier, Ticks later) const noexcept {
    if (later <= earlier) return core::Duration{0};
    return core::Duration{
        static_cast<std::int64_t>(static_cast<double>(later - earlier) * ns_per_tick_)};
  }

 private:
  trace::ClockKind kind_;
  double ns_per_tick_ = 1;
};

}  // namespace foundation::runtime
