#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "campaign/cost_histogram.hpp"
#include "campaign/lease.hpp"
#include "core/time.hpp"
#include "model/cell.hpp"

namespace foundation::campaign {

struct SchedulerOptions {
  core::Duration chunk_target = std::chrono::milliseconds{20};  ///< work a lease should hold
  std::uint32_t chunk_limit = 8192;                             ///< cells in a lease at most
  std::optional<std::uint32_t> fixed_chunk;  ///< cells in every lease: for measurements
  std::uint32_t ready = 1;                   ///< leases a worker holds beyond one a slot
  double straggler_factor = 2.0;             ///< copy a lease older than this x the 95 % quantile
  std::optional<core::Time> deadline;        ///< nothing starts that would end after it
};

/// Self-scheduling of cells to workers (guided chunks: Polychronopoulos and Kuck, IEEE TC 1987,
/// with measured costs): pure bookkeeping, no messages. Who gets what never changes an answer.
///
/// Pending cells are handed out in the order they were added, but a worker stays with a candidate
/// it has prepared while there is work for it. A lease holds about `chunk_target` of work by the
/// moving cost of a cell, less towards the end of the queue. With nothing pending, leases that a
/// worker has not started are called back for idle workers, and stragglers get a copy.
///
/// Samples of text requests go one by one: each takes long, and whole heats wait for them.
///
/// With a deadline, a lease is handed out only if its cells, each at the 99 % quantile of the
/// measured costs, end before it, and holds fewer cells if need be. While no cost is known,
/// everything fits until the deadline has come.
class Scheduler {
 public:
  explicit Scheduler(const SchedulerOptions& options) : options_{options} {}

  struct Work {
    model::CellRange range;
    Place place = Place::in_process;
  };
  void add_work(const model::CellRange& range, Place place = Place::in_process);
  /// Cells that are to be evaluated before all others: called back, lost or failed ones.
  void add_urgent(const model::CellRange& range, Place place = Place::in_process);
  /// Everything that waits, in order; nothing does afterwards.
  [[nodiscard]] std::vector<Work> take_pending();
  void add_worker(WorkerIndex worker, std::uint32_t slots);
  /// The worker is gone. Returns what it held, except cells of which a copy is out elsewhere.
  std::vector<model::CellRange> remove_worker(WorkerIndex worker);
  /// The cells of all leases that the worker holds.
  [[nodiscard]] std::vector<model::CellRange> held_by(WorkerIndex worker) const;

  /// The next lease for this worker, or nothing when it has enough or nothing is pending.
  [[nodiscard]] std::optional<Lease> next_lease(WorkerIndex worker, core::Time now);
  /// A copy of another worker's overdue lease for a worker that has nothing to do. Nothing is
  /// overdue before the first lease was answered.
  [[nodiscard]] std::optional<Lease> next_copy(WorkerIndex worker, core::Time now);
  struct Recall {
    WorkerIndex holder = 0;
    LeaseId lease{};
  };
  /// A lease worth calling back because another worker is idle: the last one of the worker with
  /// the most waiting leases. At most once a lease.
  [[nodiscard]] std::optional<Recall> next_recall();
  /// Cells are pending, and not even an idle slot could finish one before the deadline.
  [[nodiscard]] bool out_of_time(core::Time now) const noexcept;

  struct Held {
    WorkerIndex worker = 0;
    model::CellRange range;
  };
  /// The lease is answered after `busy` on a slot, or given back unstarted (no `busy`). Returns
  /// its holder and cells, or nothing if it is not out any more.
  std::optional<Held> close(LeaseId lease, core::Time now, std::optional<core::Duration> busy);

  [[nodiscard]] bool has_worker(WorkerIndex worker) const noexcept;
  [[nodiscard]] std::uint64_t pending_cells() const noexcept { return pending_cells_; }
  [[nodiscard]] std::uint64_t leased_cells() const noexcept { return leased_cells_; }
  [[nodiscard]] std::size_t leases_out() const noexcept { return leases_out_; }
  [[nodiscard]] std::uint32_t slots() const noexcept { return slots_; }
  [[nodiscard]] std::uint32_t idle_slots() const noexcept;
  [[nodiscard]] std::uint32_t idle_slots_of(WorkerIndex worker) const noexcept;
  [[nodiscard]] const std::vector<WorkerIndex>& workers() const noexcept { return active_; }
  /// Moving cost of a cell; zero while unknown.
  [[nodiscard]] core::Duration cell_cost() const noexcept { return cell_cost_; }

 private:
  struct WorkerState {
    bool active = false;
    std::uint32_t slots = 0;
    model::CandidateIndex last = model::no_candidate;
    std::vector<std::uint32_t> held;  ///< entries of leases_, oldest first
  };
  struct LeaseState {
    std::uint32_t generation = 0;
    bool out = false;
    bool recalled = false;
    bool copied = false;
    WorkerIndex worker = 0;
    Work work;
    core::Time issued;
    core::Time started;  ///< on a slot: when it was issued, or when a lease before it ended
  };

  [[nodiscard]] core::Time start_of_next(const WorkerState& worker, core::Time now) const;
  [[nodiscard]] std::uint32_t cells_that_fit(core::Time start) const noexcept;
  [[nodiscard]] std::uint32_t chunk_for(const Work& work) const noexcept;
  [[nodiscard]] std::size_t pick(const WorkerState& worker) const;
  Lease issue(WorkerIndex worker, const Work& work, core::Time now);
  [[nodiscard]] LeaseState* find(LeaseId lease);
  [[nodiscard]] LeaseState* find_out(const model::CellRange& range);
  void release(std::uint32_t entry);
  void leave_candidate(WorkerState& worker);
  void observe(core::Duration busy, std::uint32_t cells, core::Duration age);
  [[nodiscard]] core::Duration overdue_age() const noexcept;

  SchedulerOptions options_;
  std::deque<Work> pending_;
  std::uint64_t pending_cells_ = 0;
  std::uint64_t leased_cells_ = 0;
  std::vector<WorkerState> workers_;  ///< by WorkerIndex
  std::vector<WorkerIndex> active_;   ///< sorted
  std::uint32_t slots_ = 0;
  std::vector<LeaseState> leases_;
  std::vector<std::uint32_t> free_;
  std::size_t leases_out_ = 0;
  std::vector<std::uint32_t> on_candidate_;  ///< how many workers are at a candidate
  core::Duration cell_cost_{0};
  CostHistogram costs_;                   ///< of a cell, one entry a lease
  std::array<std::uint64_t, 64> ages_{};  ///< histogram of lease ages, by powers of two of a us
  std::uint64_t aged_ = 0;
};

}  // namespace foundation::campaign
