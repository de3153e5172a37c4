#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "campaign/coordinator.hpp"
#include "endpoints/budget_desk.hpp"

namespace foundation::runtime {

/// Joins the budget of a run to its journal: what may be spent is durable before it is.
///
/// Local, one thread: that of the coordinator. `desk` outlives it.
class BudgetOffice {
 public:
  /// `before`: what earlier sessions may have spent. Where no amount is limited nothing is written.
  BudgetOffice(endpoints::BudgetDesk& desk, const endpoints::LimitOptions& limits,
               const campaign::SpendingRecord& before);

  void report(campaign::WorkerIndex worker, const endpoints::BudgetReport& report) {
    desk_.report_of(worker, report);
  }
  void lost(campaign::WorkerIndex worker) { desk_.lost(worker); }
  /// Time has passed, or reports have come: what the other ranks are given.
  [[nodiscard]] std::vector<endpoints::GrantBook::Delivery> tick(campaign::Coordinator& coordinator,
                                                                 campaign::Now now);

 private:
  endpoints::BudgetDesk& desk_;
  std::optional<journal::Sequence> mark_;  ///< the record of the mark that is on its way
};

}  // namespace foundation::runtime
