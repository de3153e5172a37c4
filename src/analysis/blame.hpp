#pragma once

#include <cstdint>
#include <vector>

namespace foundation::analysis {

/// Who is to blame for how many waits at a moment. A thread that waits hands on its own blame and
/// that for those who wait for it, so a chain of waits ends at the one that is at work (after
/// Böhme et al., Identifying the root causes of wait states, ACM TOPC 3(2), 2016).
///
/// Pure. Clocks that differ may make threads seem to wait for each other in a circle; the wait
/// that would close one counts for nobody.
class Blame {
 public:
  explicit Blame(std::size_t threads) : waits_for_(threads, none), waiters_(threads, 0) {}

  /// The thread whose weight changes next when `waiter` begins to wait for `causer`, or ends it.
  [[nodiscard]] std::uint32_t root(std::uint32_t thread) const noexcept {
    while (waits_for_[thread] != none) thread = waits_for_[thread];
    return thread;
  }
  void begin(std::uint32_t waiter, std::uint32_t causer) noexcept {
    if (waits_for_[waiter] != none || root(causer) == waiter) return;
    waits_for_[waiter] = causer;
    spread(causer, waiters_[waiter] + 1);
  }
  void end(std::uint32_t waiter) noexcept {
    const std::uint32_t causer = waits_for_[waiter];
    if (causer == none) return;
    waits_for_[waiter] = none;
    spread(causer, -(waiters_[waiter] + 1));
  }
  /// How many threads wait because of this one, directly or not; 0 while it waits itself.
  [[nodiscard]] std::int64_t weight(std::uint32_t thread) const noexcept {
    return waits_for_[thread] == none ? waiters_[thread] : 0;
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  void spread(std::uint32_t thread, std::int64_t change) noexcept {
    for (; thread != none; thread = waits_for_[thread]) waiters_[thread] += change;
  }
  std::vector<std::uint32_t> waits_for_;
  std::vector<std::int64_t> waiters_;
};

}  // namespace foundation::analysis
