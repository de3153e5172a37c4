#pragma once

#include <chrono>
#include <cstdint>

namespace foundation::core {

/// Nanoseconds, as time spans are passed to the state machines.
using Duration = std::chrono::nanoseconds;

/// A point on a monotonic clock that only its owner can interpret: decisions compare these and
/// never read a clock themselves.
struct Time {
  std::int64_t ns = 0;
  auto operator<=>(const Time&) const = default;
  friend Time operator+(Time time, Duration span) { return Time{time.ns + span.count()}; }
  friend Duration operator-(Time later, Time earlier) { return Duration{later.ns - earlier.ns}; }
};

/// Nanoseconds since 1970-01-01 UTC: a label for people, never compared.
using WallLabel = std::int64_t;

/// For people and tables.
[[nodiscard]] constexpr double microseconds(Duration span) noexcept {
  return std::chrono::duration<double, std::micro>{span}.count();
}

/// CLOCK_MONOTONIC and CLOCK_REALTIME of this machine. For adapters only.
[[nodiscard]] Time monotonic_now() noexcept;
[[nodiscard]] WallLabel wall_now() noexcept;

}  // namespace foundation::core
