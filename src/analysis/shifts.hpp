#pragma once

#include <cstdint>
#include <vector>

namespace foundation::analysis {

/// Nanoseconds since the start of a trace: the earliest moment at which a process of it began to
/// record.
using TraceTime = std::int64_t;

/// Moves of one process's events to later times. A move fades: time then runs at `gamma` of its
/// speed until the event is where it was. Order is kept.
class Shifts {
 public:
  [[nodiscard]] TraceTime at(TraceTime time) const noexcept;
  /// Events at `time` are moved by at least `shift`.
  void require(TraceTime time, TraceTime shift);
  [[nodiscard]] bool empty() const noexcept { return knots_.empty(); }

 private:
  static constexpr double gamma = 0.99;
  struct Knot {
    TraceTime at = 0;
    TraceTime shift = 0;
  };
  std::vector<Knot> knots_;  ///< by time; none lies below what the one before it gives
};

}  // namespace foundation::analysis
