#include "endpoints/purse.hpp"

#include <algorithm>

#include "core/contracts.hpp"

namespace foundation::endpoints {

using core::Duration;
using core::Time;

namespace {

constexpr Duration look_interval = std::chrono::milliseconds{5};       // of the first in the queue
constexpr Duration longest_sleep = std::chrono::seconds{10};           // of the others
constexpr Duration report_interval = std::chrono::milliseconds{10};    // at least, of a far holder
constexpr Duration renewal_interval = std::chrono::milliseconds{250};  // while somebody waits
constexpr Duration counted_span = std::chrono::milliseconds{500};
constexpr std::uint64_t shares_of_span = 5;  // one of them is ordered ahead

}  // namespace

// --- a request -----------------------------------------------------------------------------------

Grant Purse::ask(const Demand& demand, const Patience& patience) {
  EXPECTS(source_ != nullptr);
  Waiter waiter{.demand = demand};
  Lock lock{mutex_};
  count_request(core::monotonic_now());
  last_ = demand;
  largest_ = larger_of(largest_, demand.most);
  drop_old(core::monotonic_now());
  waiting_.push_back(&waiter);
  give_out();
  wait_in_queue(waiter, patience, lock);
  // With fewer left than half of what is used in a while, more are ordered before they are needed.
  const Time now = core::monotonic_now();
  if (waiting_.empty() && 2 * held() < ahead(now) && must_report(now)) send_report(now, lock);
  return waiter.grant;
}

void Purse::wait_in_queue(Waiter& waiter, const Patience& patience, Lock& lock) {
  const auto is_over = [&patience] {
    return patience.stop.stop_requested() ||
           (patience.until && core::monotonic_now() >= *patience.until);
  };
  while (!waiter.is_answered) {
    if (spent_ != Spent::nothing)
      waiter.grant = {.kind = Grant::Kind::spent, .reason = describe(spent_, limits_)};
    else if (is_over())
      waiter.grant = {.kind = Grant::Kind::given_up};
    if (waiter.grant.kind != Grant::Kind::granted) return leave_queue(waiter);
    const bool is_first = waiting_.front() == &waiter;
    if (is_first) stay_in_front(waiter, lock);
    if (waiter.is_answered) return;
    const auto is_called = [&] {
      return waiter.is_answered || spent_ != Spent::nothing ||
             (!is_first && waiting_.front() == &waiter);
    };
    Duration limit = is_first ? look_interval : longest_sleep;
    if (patience.until) limit = std::min(limit, *patience.until - core::monotonic_now());
    waiter.turn.wait_for(lock, patience.stop, limit, is_called);
  }
}

/// What came may be for others, too, so it looks even if it has nothing to say.
void Purse::stay_in_front(Waiter& waiter, Lock& lock) {
  lock.unlock();
  source_->poll();
  lock.lock();
  const Time now = core::monotonic_now();
  if (waiter.is_answered || !must_report(now)) return;
  send_report(now, lock);
  lock.unlock();
  source_->poll();
  lock.lock();
}

void Purse::leave_queue(Waiter& waiter) {
  std::erase(waiting_, &waiter);
  has_news_ = true;
  if (!waiting_.empty()) waiting_.front()->turn.notify_one();
}

void Purse::settle(const Grant& grant, const Usage& used) {
  const Lock lock{mutex_};
  told_.used = told_.used + used;
  close(1, grant.most);
}

void Purse::hand_back(const Grant& grant) {
  const Lock lock{mutex_};
  ++told_.unused;
  close(1, grant.most);
}

void Purse::close(std::uint64_t count, const Usage& most) noexcept {
  told_.closed += count;
  told_.released = told_.released + count * most;
  has_news_ = true;
}

// --- grants --------------------------------------------------------------------------------------

void Purse::take(const Award& award) {
  const Lock lock{mutex_};
  const Time now = core::monotonic_now();
  came_ += award.grants;
  if (award.spent != Spent::nothing) spent_ = award.spent;
  const auto asked =
      std::ranges::find(reports_, award.answers, &std::pair<std::uint64_t, Time>::first);
  const Time until = asked == reports_.end() ? now : asked->second + grant_validity;
  if (award.grants > 0) held_.push_back({award.grants, award.most, until});
  drop_old(now);
  give_out();
  if (spent_ != Spent::nothing)
    for (Waiter* waiter : waiting_) waiter->turn.notify_one();
}

void Purse::give_out() {
  while (!waiting_.empty() && !held_.empty()) {
    Waiter& waiter = *waiting_.front();
    Held& oldest = held_.front();
    if (is_within(waiter.demand.most, oldest.most)) {
      waiter.grant.most = oldest.most;
      waiter.is_answered = true;
      waiter.turn.notify_one();
      waiting_.pop_front();
      if (--oldest.count > 0) continue;
    } else {  // they are too small for what is asked now
      told_.unused += oldest.count;
      close(oldest.count, oldest.most);
    }
    held_.pop_front();
  }
  if (!waiting_.empty()) waiting_.front()->turn.notify_one();
}

void Purse::drop_old(Time now) {
  while (!held_.empty() && held_.front().until <= now) {
    told_.unused += held_.front().count;
    close(held_.front().count, held_.front().most);
    held_.pop_front();
  }
}

std::uint64_t Purse::held() const noexcept {
  std::uint64_t count = 0;
  for (const Held& it : held_) count += it.count;
  return count;
}

// --- reports -------------------------------------------------------------------------------------

void Purse::count_request(Time now) noexcept {
  if (now - span_begin_ >= counted_span) {
    requests_before_ = now - span_begin_ < 2 * counted_span ? requests_now_ : 0;
    requests_now_ = 0;
    span_begin_ = now;
  }
  ++requests_now_;
}

std::uint64_t Purse::ahead(Time now) const noexcept {
  const Duration since = now - span_begin_;
  if (distance_ == Distance::here || spent_ != Spent::nothing || since >= 2 * counted_span)
    return 0;
  const std::uint64_t before = since < counted_span ? requests_before_ : 0;
  return (std::max(requests_now_, before) + shares_of_span - 1) / shares_of_span;
}

BudgetReport Purse::report(Time now) const {
  BudgetReport report = told_;
  ++report.number;
  report.each = {.expected = last_.expected, .most = largest_};
  report.needed = came_ + waiting_.size();
  report.wanted = report.needed + (std::max(ahead(now), held()) - held());
  if (waiting_.empty()) return report;
  report.each = {};
  for (const Waiter* waiter : waiting_) {
    report.each.expected = report.each.expected + waiter->demand.expected;
    report.each.most = larger_of(report.each.most, waiter->demand.most);
  }
  report.each.expected.prompt_tokens /= waiting_.size();
  report.each.expected.completion_tokens /= waiting_.size();
  return report;
}

bool Purse::must_report(Time now) const {
  const Duration since = now - told_at_;
  if (distance_ == Distance::far && since < report_interval) return false;
  const BudgetReport next = report(now);
  const bool is_other = has_news_ || next.needed != told_.needed || next.wanted != told_.wanted;
  return is_other || (!waiting_.empty() && since >= renewal_interval);
}

void Purse::send_report(Time now, Lock& lock) {
  told_ = report(now);
  told_at_ = now;
  has_news_ = false;
  reports_.emplace_back(told_.number, now);
  while (now - reports_.front().second >= grant_validity) reports_.pop_front();
  const BudgetReport sent = told_;
  lock.unlock();
  source_->report(sent);
  lock.lock();
}

void Purse::beat() {
  Lock lock{mutex_};
  const Time now = core::monotonic_now();
  if (source_ == nullptr) return;
  drop_old(now);
  if (waiting_.empty() && must_report(now)) send_report(now, lock);
}

}  // namespace foundation::endpoints
