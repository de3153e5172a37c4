#include "endpoints/grant_book.hpp"

#include <algorithm>

namespace foundation::endpoints {

using core::Duration;
using core::Time;

namespace {

constexpr std::uint64_t fewest_ahead = 4;       // requests between what was given and a mark
constexpr std::uint32_t most_at_once = 10'000;  // grants, before others get a look
constexpr Usage most_of_one{1'000'000'000, 1'000'000'000};
constexpr Usage most_of_all{1'000'000'000'000'000, 1'000'000'000'000'000};
constexpr Duration quiet_span = std::chrono::milliseconds{200};  // until the mark is exact

Usage half_of(const Usage& usage) { return {usage.prompt_tokens / 2, usage.completion_tokens / 2}; }

}  // namespace

GrantBook::GrantBook(const LimitOptions& limits)
    : limits_{limits}, requests_{limits.requests_per_minute}, tokens_{limits.tokens_per_minute} {}

void GrantBook::keep_marks(const Usage& used) {
  used_ = used_ + used;
  mark_ = used_at_most();
  keeps_marks_ = true;
}

// --- what holders say ----------------------------------------------------------------------------

bool GrantBook::can_follow(const BudgetReport& report, const Account& account) {
  const BudgetReport& last = account.last;
  return !account.is_lost && report.number > last.number && report.wanted >= report.needed &&
         report.closed <= account.granted && report.closed >= last.closed &&
         report.unused >= last.unused &&
         report.closed - last.closed >= report.unused - last.unused &&
         is_within(report.released, account.reserved) &&
         is_within(last.released, report.released) && is_within(last.used, report.used) &&
         is_within(report.used, most_of_all) && is_within(report.each.most, most_of_one) &&
         is_within(report.each.expected, most_of_one);
}

void GrantBook::report(Holder holder, const BudgetReport& report) {
  Account& account = accounts_[holder];
  if (!can_follow(report, account)) return;
  enter(report, account);
  put_in_turn(holder, account);
}

void GrantBook::enter(const BudgetReport& report, Account& account) {
  const BudgetReport& last = account.last;
  const std::uint64_t open = account.granted - last.closed;
  const auto closed = static_cast<double>(report.closed - last.closed);
  const double expected =
      open == 0 ? 0 : account.expected_tokens / static_cast<double>(open) * closed;
  const Usage used = report.used - last.used;
  tokens_.correct(static_cast<double>(total_of(used)) - expected);
  requests_.correct(-static_cast<double>(report.unused - last.unused));
  account.expected_tokens -= expected;
  used_ = used_ + used;
  set_aside_ = set_aside_ - (report.released - last.released);
  if (report.wanted > account.granted) largest_ = larger_of(largest_, report.each.most);
  account.last = report;
  account.is_told = false;
}

void GrantBook::put_in_turn(Holder holder, Account& account) {
  if (account.in_turn || !account.wants()) return;
  account.in_turn = true;
  turns_.push_back(holder);
}

void GrantBook::lost(Holder holder) {
  Account& account = accounts_[holder];
  if (account.is_lost) return;
  used_ = used_ + account.set_aside();
  set_aside_ = set_aside_ - account.set_aside();
  account = {};
  account.is_lost = true;
  std::erase(turns_, holder);
}

// --- what they are given -------------------------------------------------------------------------

std::deque<Holder>::iterator GrantBook::next_in_turn() {
  for (auto it = turns_.begin(); it != turns_.end();) {
    Account& account = accounts_[*it];
    account.in_turn = account.wants();
    it = account.in_turn ? std::next(it) : turns_.erase(it);
  }
  const auto waits =
      std::ranges::find_if(turns_, [this](Holder it) { return accounts_[it].waits(); });
  return waits == turns_.end() ? turns_.begin() : waits;
}

bool GrantBook::is_below_mark(const Usage& all) const noexcept {
  return !keeps_marks_ ||
         (is_within(all, mark_) && (!mark_on_its_way_ || is_within(all, *mark_on_its_way_)));
}

bool GrantBook::is_mark_exact() const noexcept {
  return !keeps_marks_ || (!mark_on_its_way_ && mark_ == used_at_most());
}

bool GrantBook::may_give(const Account& account) {
  const Usage all = used_at_most() + account.last.each.most;
  const Spent excess = excess_of(all, limits_);
  if (excess != Spent::nothing && account.waits() && set_aside_ == Usage{}) spent_ = excess;
  return spent_ == Spent::nothing && excess == Spent::nothing && is_below_mark(all);
}

void GrantBook::give(Account& account, Time now) {
  const Demand& each = account.last.each;
  const auto expected = static_cast<double>(total_of(each.expected));
  requests_.take(1, now);
  tokens_.take(expected, now);
  ++account.granted;
  account.reserved = account.reserved + each.most;
  account.expected_tokens += expected;
  set_aside_ = set_aside_ + each.most;
}

std::vector<GrantBook::Delivery> GrantBook::serve(Time now) {
  std::map<Holder, Award> awards;
  const auto award_to = [&](Holder holder, const Account& account) -> Award& {
    Award& award = awards[holder];
    award.answers = account.last.number;
    award.most = account.last.each.most;
    return award;
  };
  for (std::uint32_t given = 0; given < most_at_once; ++given) {
    if (!requests_.is_open(now) || !tokens_.is_open(now)) break;
    const auto next = next_in_turn();
    if (next == turns_.end()) break;
    const Holder holder = *next;
    Account& account = accounts_[holder];
    if (!may_give(account)) break;
    give(account, now);
    ++award_to(holder, account).grants;
    turns_.erase(next);
    account.in_turn = false;
    put_in_turn(holder, account);
  }
  if (!turns_.empty() || set_aside_ != Usage{}) busy_at_ = now;
  for (auto& [holder, account] : accounts_) {
    if (spent_ == Spent::nothing || !is_mark_exact()) break;
    if (!account.waits() || account.is_told) continue;
    account.is_told = true;
    award_to(holder, account).spent = spent_;
  }
  std::vector<Delivery> deliveries;
  for (const auto& [holder, award] : awards) deliveries.push_back({holder, award});
  return deliveries;
}

// --- marks ---------------------------------------------------------------------------------------

std::optional<Usage> GrantBook::take_mark(Time now) {
  if (!keeps_marks_ || mark_on_its_way_) return std::nullopt;
  const Usage all = used_at_most();
  const Usage ahead = larger_of(half_of(set_aside_), fewest_ahead * largest_);
  const bool is_over = spent_ != Spent::nothing || now - busy_at_ >= quiet_span;
  const bool is_due = is_over ? mark_ != all : !is_within(all + half_of(ahead), mark_);
  if (!is_due) return std::nullopt;
  mark_on_its_way_ = is_over ? all : all + ahead;
  return mark_on_its_way_;
}

void GrantBook::mark_is_durable() noexcept {
  if (mark_on_its_way_) mark_ = *mark_on_its_way_;
  mark_on_its_way_.reset();
}

}  // namespace foundation::endpoints
