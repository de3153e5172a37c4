#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

#include "endpoints/budget.hpp"
#include "endpoints/grant_book.hpp"

namespace foundation::endpoints {

/// A holder's way to the book. Safe to call from many threads.
class GrantSource {
 public:
  virtual ~GrantSource() = default;
  /// Sends it; does not wait for what comes of it.
  virtual void report(const BudgetReport& report) = 0;
  /// Takes what has come, which may call Purse::take.
  virtual void poll() = 0;
};

/// How far the book is: with messages on the way, grants are asked for ahead of need.
enum class Distance : std::uint8_t { here, far };

/// The part of a run's budget that one process holds: grants that came in bulk, and the requests
/// that wait for one, in the order they came.
///
/// It has no thread. The first in the queue takes what comes and says what is needed, every few
/// milliseconds; whoever asks while nobody waits finds grants that were ordered ahead, as many as
/// are used in a tenth of a second. So in a steady state no request waits for a message. Grants
/// that were not used within `grant_validity` are handed back.
class Purse final : public Budget {
  using Lock = std::unique_lock<std::mutex>;

 public:
  Purse(LimitOptions limits, Distance distance) : limits_{limits}, distance_{distance} {}

  /// Before the first `ask`. It outlives all calls.
  void attach(GrantSource& source) {
    const Lock lock{mutex_};
    source_ = &source;
  }
  /// What the book gave. From any thread.
  void take(const Award& award);
  /// Hands back what is too old, and tells what happened since the last report. To be called about
  /// twice a second, from any thread.
  void beat();

  [[nodiscard]] Grant ask(const Demand& demand, const Patience& patience) override;
  void settle(const Grant& grant, const Usage& used) override;
  void hand_back(const Grant& grant) override;

 private:
  struct Waiter {
    Demand demand;
    Grant grant{};
    bool is_answered = false;
    std::condition_variable_any turn{};
  };
  struct Held {
    std::uint64_t count = 0;
    Usage most{};
    core::Time until;
  };
  void wait_in_queue(Waiter& waiter, const Patience& patience, Lock& lock);
  void stay_in_front(Waiter& waiter, Lock& lock);
  void leave_queue(Waiter& waiter);
  void give_out();
  void drop_old(core::Time now);
  void close(std::uint64_t count, const Usage& most) noexcept;
  void count_request(core::Time now) noexcept;
  [[nodiscard]] std::uint64_t held() const noexcept;
  [[nodiscard]] std::uint64_t ahead(core::Time now) const noexcept;
  [[nodiscard]] BudgetReport report(core::Time now) const;
  [[nodiscard]] bool must_report(core::Time now) const;
  void send_report(core::Time now, Lock& lock);

  LimitOptions limits_;
  Distance distance_;
  GrantSource* source_ = nullptr;
  std::mutex mutex_;
  std::deque<Waiter*> waiting_;
  std::deque<Held> held_;  ///< oldest first
  Spent spent_ = Spent::nothing;
  Demand last_{};           ///< of the last request that waited or was granted
  Usage largest_{};         ///< of all of them
  std::uint64_t came_ = 0;  ///< grants in all
  BudgetReport told_{};     ///< what was reported last, with what has happened since in its counts
  bool has_news_ = false;
  core::Time told_at_;
  std::deque<std::pair<std::uint64_t, core::Time>> reports_;  ///< recent ones: number and moment
  core::Time span_begin_;                                     ///< of half a second
  std::uint64_t requests_now_ = 0;                            ///< in it
  std::uint64_t requests_before_ = 0;                         ///< in the one before
};

}  // namespace foundation::endpoints
