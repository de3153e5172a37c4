#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "campaign/records.hpp"
#include "core/time.hpp"

namespace foundation::campaign {

/// Tells when a session has started: once all workers of the plan have joined, or a time limit has
/// passed without some of them. What is said is what joined, not what was wished for.
///
/// A state machine: no clock. Local, one thread.
class StartWatch {
 public:
  /// `plan` holds what each node was given; empty: nobody asks, nothing is ever said.
  StartWatch(std::vector<NodeStart> plan, core::Time deadline);

  void worker_joined(const std::string& node, std::uint32_t slots);
  /// The record of the start, once.
  [[nodiscard]] std::optional<StartedRecord> check(core::Time now, core::WallLabel wall);

 private:
  std::vector<NodeStart> nodes_;
  core::Time deadline_;
  bool said_;
};

/// "started 8 of 8 slots: 2 of 2 workers on 1 of 1 nodes", and which nodes lack workers.
[[nodiscard]] std::string describe(const StartedRecord& started);

}  // namespace foundation::campaign
