#include "runtime/budget_office.hpp"

#include <utility>

namespace foundation::runtime {

BudgetOffice::BudgetOffice(endpoints::BudgetDesk& desk, const endpoints::LimitOptions& limits,
                           const campaign::SpendingRecord& before)
    : desk_{desk} {
  if (endpoints::has_amounts(limits))
    desk_.keep_marks({before.prompt_tokens, before.completion_tokens});
}

/// Once nothing is written down any more a mark stays on its way, and nothing is given beyond it.
std::vector<endpoints::GrantBook::Delivery> BudgetOffice::tick(campaign::Coordinator& coordinator,
                                                               campaign::Now now) {
  const journal::Writer& writer = std::as_const(coordinator).writer();
  if (mark_ && !writer.failed() && writer.durable() >= *mark_) {
    desk_.mark_is_durable();
    mark_.reset();
  }
  auto deliveries = desk_.collect();
  if (const auto mark = desk_.take_mark()) {
    const campaign::SpendingRecord record{mark->prompt_tokens, mark->completion_tokens, now.wall};
    mark_ = coordinator.note(campaign::RecordKind::spending, campaign::encode(record), now);
  }
  return deliveries;
}

}  // namespace foundation::runtime
