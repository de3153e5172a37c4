#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/time.hpp"

namespace foundation::runtime {

/// How a poll loop waits when nothing came: it spins, which keeps round trips short, then sleeps,
/// up to 1 ms at a time, and 8 ms when nothing has happened for a tenth of a second (an idle rank
/// stays below 1 % of a core).
///
/// It spins for 50 us, and up to 200 us while messages come one after another: longer than the
/// first sleep of the peer takes with its timer slack and waking up (about 115 us). With less, one
/// preemption of either sends both to sleep in turns, and a round trip takes 200 us from then on.
class Backoff {
 public:
  /// Something came: spin again next time.
  void reset() noexcept {
    idle_ = false;
    spins_ = 0;
    spin_time_ = std::min(spin_time_ + spin_gain, longest_spin);
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
    if (idle_for < spin_time_) return core::Duration{0};
    spin_time_ = shortest_spin;
    const core::Duration limit = idle_for < long_idle ? short_limit : long_limit;
    sleep_ = std::min(2 * sleep_, limit);
    return sleep_;
  }
  /// True if it slept.
  bool wait() {
    if (spins_ < spins_without_clock) {
      ++spins_;
      return false;
    }
    const core::Duration span = next(core::monotonic_now());
    if (span.count() == 0) return false;
    std::this_thread::sleep_for(span);
    return true;
  }

 private:
  static constexpr int spins_without_clock = 32;  ///< a few microseconds
  static constexpr core::Duration shortest_spin = std::chrono::microseconds{50};
  static constexpr core::Duration longest_spin = std::chrono::microseconds{200};
  static constexpr core::Duration spin_gain = std::chrono::microseconds{5};  ///< a message
  static constexpr core::Duration first_sleep = std::chrono::microseconds{20};
  static constexpr core::Duration short_limit = std::chrono::milliseconds{1};
  static constexpr core::Duration long_limit = std::chrono::milliseconds{8};
  static constexpr core::Duration long_idle = std::chrono::milliseconds{100};
  int spins_ = 0;
  bool idle_ = false;
  core::Time since_;
  core::Duration sleep_{0};
  core::Duration spin_time_ = shortest_spin;
};

}  // namespace foundation::runtime
