#pragma once

#include <optional>
#include <string>

#include "runtime/keeper.hpp"
#include "runtime/lease_evaluator.hpp"
#include "runtime/setup.hpp"

namespace foundation::runtime {

/// The hidden subcommand that a child of the keeper is started with: `evaluate_in_child`.
inline constexpr const char* evaluate_cells_command = "evaluate-cells";

/// Evaluates leases where they belong: in this process, or cell after cell in a child of the
/// keeper that runs the same code, so results are the same.
///
/// A child that ends without having answered a cell is followed by the next, which begins with
/// that cell. If it ends there, too, nothing but the cell can have ended it: the cell has crashed.
/// So what happens in a cell is never blamed on another one, nor is the death of a child that was
/// killed by somebody else. Cells that no child could be started for are `lost`.
///
/// Safe to call from every slot at once; what it is given outlives it.
class ChildEvaluator final : public LeaseEvaluator {
 public:
  ChildEvaluator(LeaseEvaluator& in_process, const Keeper& keeper, const WorkerSetup& setup)
      : in_process_{in_process}, keeper_{keeper}, setup_{setup} {}

  void evaluate(const campaign::LeaseQueue::Work& work, ResultsMessage& results) override;

 private:
  struct Death {
    bool at_work = false;  ///< it was ready: it died in a cell
    std::string how;       ///< in words
  };
  /// Lets a child evaluate what `results` lacks of the lease. Nothing: it did.
  [[nodiscard]] std::optional<Death> run_child(const campaign::LeaseQueue::Work& work,
                                               ResultsMessage& results) const;

  LeaseEvaluator& in_process_;
  const Keeper& keeper_;
  const WorkerSetup& setup_;
};

/// The child's part: takes its task from `channel` and sends results there. Returns when all cells
/// have one; throws core::Error when whom it works for is gone or the task cannot be done.
void evaluate_in_child(int channel);

}  // namespace foundation::runtime
