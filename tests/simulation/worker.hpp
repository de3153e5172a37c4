#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "campaign/lease_queue.hpp"
#include "tests/simulation/clock.hpp"
#include "tests/simulation/kernel.hpp"
#include "tests/simulation/watch_oracle.hpp"

namespace foundation::simulation {

/// What a worker sends back for one lease.
struct Answer {
  campaign::LeaseId lease{};
  model::CellRange range;
  core::Duration busy{0};
  std::vector<model::CellResult> cells;
  std::vector<std::string> outputs;
};

/// What becomes of a worker's messages, and who watches it work.
class WorkerHost {
 public:
  virtual ~WorkerHost() = default;
  virtual void cell_started(campaign::WorkerIndex worker, const model::CellRange& cell) = 0;
  virtual void answer(campaign::WorkerIndex worker, Answer answer) = 0;
  /// The process of this worker has ended in the middle of a cell.
  virtual void worker_died(campaign::WorkerIndex worker) = 0;
  virtual void lease_returned(campaign::WorkerIndex worker, campaign::LeaseId lease) = 0;
  virtual void beat(campaign::WorkerIndex worker) = 0;
  /// It has nothing more to do.
  virtual void farewell(campaign::WorkerIndex worker) = 0;
  /// It ends its process.
  virtual void worker_leaves(campaign::WorkerIndex worker) = 0;
};

/// Between two signs of life.
[[nodiscard]] core::Duration beat_interval(const Options& options);

/// A rank with slots, around the product's LeaseQueue: the adapter that the MPI worker is in
/// reality. It evaluates by looking results up and lets virtual time pass.
class Worker {
 public:
  Worker(Kernel& kernel, WorkerHost& host, campaign::WorkerIndex index, std::uint32_t slots,
         Clock clock);

  void take(const campaign::Lease& lease);
  void take(const model::Candidate& candidate);
  void take(const model::NumberedRequest& request);
  void recall(campaign::LeaseId lease);
  /// From now on it gives signs of life, and leaves when the coordinator gives none.
  void come_up(bool has_connection);
  /// A message that was sent to it arrives at its node at this moment ...
  void arrives(core::Time at) { oracle_.arrives(coordinator_peer, at); }
  /// ... and is read.
  void hear_coordinator() { coordinator_.heard(coordinator_peer, now()); }
  [[nodiscard]] bool has_connection() const noexcept { return has_connection_; }
  void dismiss();
  /// The session is over, or its connection is gone.
  void leave() { host_.worker_leaves(index_); }
  /// The next `count` cells it finishes are reported with this status instead.
  void fail_next_cells(std::uint32_t count, model::CellStatus status);

  [[nodiscard]] ProcessId process() const noexcept { return process_; }
  [[nodiscard]] campaign::WorkerIndex index() const noexcept { return index_; }
  [[nodiscard]] core::Duration busy() const noexcept { return busy_; }

 private:
  void start_free_slots();
  void begin(const campaign::LeaseQueue::Work& work);
  void finish(const campaign::LeaseQueue::Work& work, core::Duration busy);
  void pulse();
  [[nodiscard]] core::Time now() const { return clock_.at(kernel_.now()); }

  static constexpr campaign::WorkerIndex coordinator_peer = 0;

  Kernel& kernel_;
  WorkerHost& host_;
  campaign::WorkerIndex index_;
  ProcessId process_;
  campaign::LeaseQueue queue_;
  std::uint32_t free_slots_;
  Clock clock_;
  campaign::Liveness coordinator_;
  WatchOracle oracle_;
  bool has_connection_ = false;
  bool dismissed_ = false;
  std::uint32_t failures_ = 0;
  model::CellStatus failure_ = model::CellStatus::lost;
  core::Duration busy_{0};
};

}  // namespace foundation::simulation
