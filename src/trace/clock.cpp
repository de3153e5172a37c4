#include "trace/clock.hpp"

#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace foundation::trace {
namespace {

constexpr int tries = 8;

/// The kernel itself keeps time with the counter, or says on every core that it never stops.
bool cycles_are_constant() noexcept {
#if defined(__x86_64__)
  const int file = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[4096];
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return false;
  text[size] = '\0';
  return std::strstr(text, "constant_tsc") != nullptr &&
         std::strstr(text, "nonstop_tsc") != nullptr;
#else
  return false;
#endif
}

}  // namespace

ClockKind best_clock() noexcept {
  return cycles_are_constant() ? ClockKind::cycles : ClockKind::monotonic_ns;
}

ClockPoint read_clock_point(ClockKind kind) noexcept {
  ClockPoint best;
  std::uint64_t narrowest = ~std::uint64_t{0};
  for (int i = 0; i < tries; ++i) {
    const std::uint64_t before = read_clock(kind);
    const std::int64_t monotonic = clock_ns(CLOCK_MONOTONIC);
    const std::int64_t wall = clock_ns(CLOCK_REALTIME);
    const std::uint64_t width = read_clock(kind) - before;
    if (width >= narrowest) continue;
    narrowest = width;
    best = {before + width / 2, monotonic, wall};
  }
  return best;
}

}  // namespace foundation::trace
