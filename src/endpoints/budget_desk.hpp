#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "endpoints/grant_book.hpp"
#include "endpoints/purse.hpp"

namespace foundation::endpoints {

/// The book of a run where it is kept, with the purse of that process: alone, it is the whole
/// budget of a run of one process. Requests of this process need nobody else's help; those of
/// others come as reports, and what they are given waits in `collect`. Thread-safe.
class BudgetDesk final : public GrantSource {
 public:
  explicit BudgetDesk(const LimitOptions& limits);

  /// The budget of this process, which keeps its desk alive.
  [[nodiscard]] static std::shared_ptr<Budget> budget_of(const std::shared_ptr<BudgetDesk>& desk);

  void report(const BudgetReport& report) override;
  void poll() override;

  /// As GrantBook.
  void keep_marks(const Usage& used);
  void report_of(Holder holder, const BudgetReport& report);
  void lost(Holder holder);
  [[nodiscard]] std::optional<Usage> take_mark();
  void mark_is_durable();
  /// What others are given.
  [[nodiscard]] std::vector<GrantBook::Delivery> collect();

 private:
  static constexpr Holder own = 0;

  std::mutex mutex_;
  GrantBook book_;
  std::vector<GrantBook::Delivery> outbox_;
  Purse purse_;
};

}  // namespace foundation::endpoints
