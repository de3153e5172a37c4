#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/time.hpp"

namespace foundation::runtime {

/// How a poll loop waits when nothing came: it spins for 50 us, which keeps round trips short,
/// then sleeps, up to 1 ms at a time, and 4 ms when nothing has happened for a tenth of a second
/// (an idle rank stays below 1 % of a core).
class Backoff {
 public:
  /// Something came: spin again next time.
  void reset() noexcept {
    idle_ = false;
    spins_ = 0;
  }
  /// How long to sleep now; zero while spinning.
  [[nodiscard]] core::Duration next(core::Time now) noexcept {
    if (!idle_) {
      idle_ = true;
      since_ = now;
      sleep_ = first_sleep;
      return core::Duration{0};
    }
    const core::Duration idle_for = now - since_;
    if (idle_for < spin_time) return core::Duration{0};
    const core::Duration limit = idle_for < long_idle ? short_limit : long_limit;
    sleep_ = std::min(2 * sleep_, limit);
    return sleep_;
  }
  void wait() {
    if (spins_ < spins_without_clock) {
      ++spins_;
      return;
    }
    if (const core::Duration span = next(core::monotonic_now()); span.count() > 0)
      std::this_thread::sleep_for(span);
  }

 private:
  static constexpr int spins_without_clock = 32;  ///< a few microseconds
  static constexpr core::Duration spin_time = std::chrono::microseconds{50};
  static constexpr core::Duration first_sleep = std::chrono::microseconds{20};
  static constexpr core::Duration short_limit = std::chrono::milliseconds{1};
  static constexpr core::Duration long_limit = std::chrono::milliseconds{4};
  static constexpr core::Duration long_idle = std::chrono::milliseconds{100};
  int spins_ = 0;
  bool idle_ = false;
  core::Time since_;
  core::Duration sleep_{0};
};

}  // namespace foundation::runtime
