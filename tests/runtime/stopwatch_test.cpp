#include "runtime/stopwatch.hpp"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace foundation::runtime {
namespace {

TEST(Stopwatch, agrees_with_the_clock_of_the_system) {
  const Stopwatch watch;
  const core::Time before_begin = core::monotonic_now();
  const Stopwatch::Ticks begin = watch.now();
  const core::Time after_begin = core::monotonic_now();
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  const core::Time before_end = core::monotonic_now();
  const Stopwatch::Ticks end = watch.now();
  const core::Time after_end = core::monotonic_now();
  const core::Duration measured = watch.between(begin, end);
  EXPECT_GE(measured + measured / 1000, before_end - after_begin);
  EXPECT_LE(measured - measured / 1000, after_end - before_begin);
}

TEST(Stopwatch, no_span_is_negative) {
  const Stopwatch watch;
  const Stopwatch::Ticks now = watch.now();
  EXPECT_EQ(watch.between(now, now - 1).count(), 0);
}

}  // namespace
}  // namespace foundation::runtime
