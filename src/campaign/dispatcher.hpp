#pragma once

#include <cstdint>
#include <vector>

#include "campaign/effects.hpp"
#include "campaign/scheduler.hpp"
#include "campaign/suspects.hpp"
#include "optimize/trajectory.hpp"

namespace foundation::campaign {

/// Hands the scheduler's leases to workers, each candidate (or text request) before its first lease
/// to a worker.
/// Suspects go to a place of their own.
///
/// Local, one thread. `trajectory` and `effects` outlive it.
class Dispatcher {
 public:
  /// `keep_outputs`: texts of every cell; train cells and samples always bring theirs.
  Dispatcher(const SchedulerOptions& options, std::uint32_t trials, bool keep_outputs,
             const optimize::Trajectory& trajectory, Effects& effects)
      : scheduler_{options},
        suspects_{trials},
        keep_outputs_{keep_outputs},
        trajectory_{trajectory},
        effects_{effects} {}

  void add_worker(WorkerIndex worker, std::uint32_t slots);
  void add_work(const model::CellRange& range);
  /// To be evaluated before all others.
  void add_urgent(const model::CellRange& range);
  /// A process held these cells when it ended. Those that wait stay where they are.
  void suspect(const model::CellRange& range) { suspects_.add(range); }
  /// The cell crashed. Changes something only if it was a suspect: then it has ended a child.
  void crashed(model::CandidateIndex candidate, model::Split split, std::uint32_t position);
  /// Fills this worker's credit.
  void serve(WorkerIndex worker, core::Time now);
  /// Fills everybody's credit, idle slots first: what is called back from one worker must not
  /// wait at the next one.
  void serve_all(core::Time now);
  /// With nothing pending: recalls and copies for idle slots.
  void use_idle_workers(core::Time now);

  [[nodiscard]] bool keeps_outputs(model::Split split) const noexcept {
    return keep_outputs_ || split == model::Split::train || split == model::Split::request;
  }
  [[nodiscard]] Scheduler& scheduler() noexcept { return scheduler_; }
  [[nodiscard]] const Scheduler& scheduler() const noexcept { return scheduler_; }

 private:
  void send(WorkerIndex worker, Lease lease);
  void send_what_it_is_about(WorkerIndex worker, const model::CellRange& range);

  Scheduler scheduler_;
  Suspects suspects_;
  bool keep_outputs_;
  const optimize::Trajectory& trajectory_;
  Effects& effects_;
  /// What a worker knows.
  struct Sent {
    std::vector<bool> candidates;
    std::vector<bool> requests;
  };
  std::vector<Sent> sent_;  ///< by worker
};

}  // namespace foundation::campaign
