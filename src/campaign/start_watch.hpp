#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "campaign/lease.hpp"
#include "campaign/records.hpp"
#include "core/time.hpp"

namespace foundation::campaign {

/// Who is to join at the start of a session.
struct StartPlan {
  std::vector<NodeStart> nodes;   ///< what each was given; empty: nobody is waited for
  std::set<WorkerIndex> workers;  ///< the ranks with slots
};

/// Tells when a session has started: once all workers of the plan have joined or are lost, or a
/// time limit has passed without some of them. Until then no cell is given out, so that what is
/// said of the start is true before the first cell runs. What is said is what joined, not what
/// was wished for.
///
/// A state machine: no clock. Local, one thread.
class StartWatch {
 public:
  StartWatch(StartPlan plan, core::Time deadline);

  void worker_joined(WorkerIndex worker, const std::string& node, std::uint32_t slots);
  /// It has not joined and will not.
  void worker_lost(WorkerIndex worker) { awaited_.erase(worker); }
  /// The record of the start, once; never without a plan.
  [[nodiscard]] std::optional<StartedRecord> check(core::Time now, core::WallLabel wall);
  /// Whether cells may be given out.
  [[nodiscard]] bool has_started() const noexcept { return said_; }

 private:
  std::vector<NodeStart> nodes_;
  std::set<WorkerIndex> awaited_;
  core::Time deadline_;
  bool said_;
};

/// "started 8 of 8 slots: 2 of 2 workers on 1 of 1 nodes", and which nodes lack workers.
[[nodiscard]] std::string describe(const StartedRecord& started);

}  // namespace foundation::campaign
