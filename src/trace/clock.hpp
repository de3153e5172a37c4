#pragma once

#include <cstdint>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace foundation::trace {

/// What ticks are: part of the file format.
enum class ClockKind : std::uint32_t {
  monotonic_ns = 0,  ///< CLOCK_MONOTONIC, nanoseconds
  cycles = 1,        ///< the processor's constant, synchronised counter (x86: invariant TSC)
};

[[nodiscard]] inline std::int64_t clock_ns(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// The best clock of this machine: the cycle counter where the kernel vouches for it.
[[nodiscard]] ClockKind best_clock() noexcept;

/// About 11 ns for cycles, 27 ns for CLOCK_MONOTONIC (2-core virtual machine, 2026).
[[nodiscard]] inline std::uint64_t read_clock(ClockKind kind) noexcept {
#if defined(__x86_64__)
  if (kind == ClockKind::cycles) [[likely]]
    return __rdtsc();
#endif
  static_cast<void>(kind);
  return static_cast<std::uint64_t>(clock_ns(CLOCK_MONOTONIC));
}

/// The same moment on three clocks; two of them convert ticks to time.
struct ClockPoint {
  std::uint64_t ticks = 0;
  std::int64_t monotonic_ns = 0;
  std::int64_t wall_ns = 0;  ///< since 1970-01-01 UTC
};
/// Reads all three as close together as a few tries allow.
[[nodiscard]] ClockPoint read_clock_point(ClockKind kind) noexcept;

}  // namespace foundation::trace
