#include "endpoints/budget_desk.hpp"

#include <utility>

namespace foundation::endpoints {

using Delivery = GrantBook::Delivery;

BudgetDesk::BudgetDesk(const LimitOptions& limits) : book_{limits}, purse_{limits, Distance::here} {
  purse_.attach(*this);
}

std::shared_ptr<Budget> BudgetDesk::budget_of(const std::shared_ptr<BudgetDesk>& desk) {
  return desk == nullptr ? nullptr : std::shared_ptr<Budget>{desk, &desk->purse_};
}

void BudgetDesk::report(const BudgetReport& report) { report_of(own, report); }

/// The purse is told without the lock: it may be about to ask for it.
void BudgetDesk::poll() {
  std::vector<Award> awards;
  {
    const std::lock_guard lock{mutex_};
    for (const Delivery& it : book_.serve(core::monotonic_now())) {
      if (it.holder == own)
        awards.push_back(it.award);
      else
        outbox_.push_back(it);
    }
  }
  for (const Award& award : awards) purse_.take(award);
}

void BudgetDesk::keep_marks(const Usage& used) {
  const std::lock_guard lock{mutex_};
  book_.keep_marks(used);
}

void BudgetDesk::report_of(Holder holder, const BudgetReport& report) {
  const std::lock_guard lock{mutex_};
  book_.report(holder, report);
}

void BudgetDesk::lost(Holder holder) {
  const std::lock_guard lock{mutex_};
  book_.lost(holder);
}

std::optional<Usage> BudgetDesk::take_mark() {
  const std::lock_guard lock{mutex_};
  return book_.take_mark(core::monotonic_now());
}

void BudgetDesk::mark_is_durable() {
  const std::lock_guard lock{mutex_};
  book_.mark_is_durable();
}

std::vector<Delivery> BudgetDesk::collect() {
  purse_.beat();
  poll();
  const std::lock_guard lock{mutex_};
  return std::exchange(outbox_, {});
}

}  // namespace foundation::endpoints
