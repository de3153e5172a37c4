#include "runtime/stopwatch.hpp"

#include <chrono>
#include <thread>

namespace foundation::runtime {
namespace {

constexpr std::chrono::milliseconds comparison{1};

}  // namespace

Stopwatch::Stopwatch() : kind_{trace::best_clock()} {
  if (kind_ == trace::ClockKind::monotonic_ns) return;
  const trace::ClockPoint begin = trace::read_clock_point(kind_);
  std::this_thread::sleep_for(comparison);
  const trace::ClockPoint end = trace::read_clock_point(kind_);
  ns_per_tick_ = static_cast<double>(end.monotonic_ns - begin.monotonic_ns) /
                 static_cast<double>(end.ticks - begin.ticks);
}

}  // namespace foundation::runtime
