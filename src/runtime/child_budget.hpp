#pragma once

#include "endpoints/budget.hpp"

namespace foundation::runtime {

/// The budget in a child that evaluates cells: it asks the worker, over the channel on which it
/// sends results. The one thread that uses that asks for one request at a time.
class ChildBudget final : public endpoints::Budget {
 public:
  explicit ChildBudget(int channel) noexcept : channel_{channel} {}

  /// Waits as long as the worker does, whatever the patience: it ends this process if need be.
  [[nodiscard]] endpoints::Grant ask(const endpoints::Demand& demand,
                                     const endpoints::Patience& patience) override;
  void settle(const endpoints::Grant& grant, const endpoints::Usage& used) override;
  void hand_back(const endpoints::Grant& grant) override;

 private:
  int channel_;
};

}  // namespace foundation::runtime
