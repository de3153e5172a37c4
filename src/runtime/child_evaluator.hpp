#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "runtime/cell_child.hpp"
#include "runtime/lease_evaluator.hpp"

namespace foundation::runtime {

/// Where the cells of a program run, and how long one may take.
struct Isolation {
  /// Every cell in a child process: third-party code, and whatever a user does not trust.
  bool always = false;
  /// In a child only: a cell that takes longer is ended, as `timeout`.
  std::optional<core::Duration> cell_limit;
};

[[nodiscard]] Isolation isolation_of(const programs::ProgramOptions& options,
                                     const programs::Program& program,
                                     const programs::Metric& metric);

/// Evaluates leases where they belong: in this process, or cell after cell in children of the
/// keeper. A program that is always isolated has one child a slot, which stays from lease to
/// lease; suspects of a program that is not get a fresh one each lease.
///
/// A child that ends without having answered a cell is followed by the next, which begins with
/// that cell. If it ends there, too, nothing but the cell can have ended it: the cell has crashed.
/// So what happens in a cell is never blamed on another one, nor is the death of a child that was
/// killed by somebody else. Cells that no child could be started for are `lost`.
///
/// Safe to call from every slot at once; what it is given outlives it.
class ChildEvaluator final : public LeaseEvaluator {
 public:
  ChildEvaluator(LeaseEvaluator& in_process, const Keeper& keeper, const WorkerSetup& setup,
                 Isolation isolation, endpoints::Budget* budget = nullptr)
      : in_process_{in_process},
        keeper_{keeper},
        setup_{setup},
        isolation_{isolation},
        budget_{budget} {}

  void evaluate(const campaign::LeaseQueue::Work& work, ResultsMessage& results) override;

 private:
  /// How a child came to its end before the lease did.
  struct Death {
    enum class Cause : std::uint8_t { no_start, in_a_cell, overdue } cause;
    std::string how;  ///< in words
  };
  /// Lets a child evaluate what `results` lacks of the lease. Nothing: it did.
  [[nodiscard]] std::optional<Death> run_child(const campaign::LeaseQueue::Work& work,
                                               ResultsMessage& results, bool fresh);
  [[nodiscard]] std::unique_ptr<CellChild> take_child(bool fresh);
  void keep_child(std::unique_ptr<CellChild> child);
  [[nodiscard]] std::string overdue_text() const;

  LeaseEvaluator& in_process_;
  const Keeper& keeper_;
  const WorkerSetup& setup_;
  const Isolation isolation_;
  endpoints::Budget* budget_;  ///< none: nothing is limited
  std::mutex mutex_;
  std::vector<std::unique_ptr<CellChild>> idle_;
};

}  // namespace foundation::runtime
