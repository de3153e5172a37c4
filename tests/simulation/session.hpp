#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "campaign/coordinator.hpp"
#include "campaign/recovery.hpp"
#include "tests/journal/memory_disk.hpp"
#include "tests/simulation/clock.hpp"
#include "tests/simulation/faults.hpp"
#include "tests/simulation/kernel.hpp"
#include "tests/simulation/worker.hpp"
#include "tests/simulation/workload.hpp"

namespace foundation::simulation {

class Session;

/// Told what a session says to the outside; checks it, and decides what comes next.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  virtual void cell_started(Session& session, const model::CellRange& cell) = 0;
  virtual void lease_sent(Session& session, campaign::WorkerIndex worker,
                          const campaign::Lease& lease) = 0;
  /// A small file is about to be replaced ...
  virtual void file_replaced(Session& session, std::string_view name, std::string_view content) = 0;
  /// ... and is said to be durable now.
  virtual void file_stored(Session& session, std::string_view name) = 0;
  virtual void published(Session& session, journal::Sequence durable) = 0;
  virtual void reported(Session& session, const campaign::ProgressRecord& progress) = 0;
  virtual void ended(Session& session, const campaign::EndReport& report) = 0;
};

/// One run of the program: a coordinator with its view of the disk and its workers. The adapter
/// that the MPI runtime is in reality: it turns events into calls and effects into messages.
class Session final : public campaign::Effects, public WorkerHost {
 public:
  Session(Kernel& kernel, const Workload& workload, testing::MemoryStorage& storage,
          SessionObserver& observer, journal::Epoch epoch);

  /// Reads the journal; throws what that throws.
  void recover();
  /// Starts the coordinator and its workers.
  void start();
  void add_worker();

  void stop();
  enum class Workers : std::uint8_t { with_them, they_notice };
  /// The process is gone at once; its workers, too, or when they notice.
  void kill(Workers workers);
  /// What it was writing when it was killed reaches the disk after `span`: the page cache or
  /// the network had it already.
  void let_write_arrive(core::Duration span);
  /// No such write arrives any more.
  void drop_writes() noexcept { disk_.drop_pending(); }
  void pause(core::Duration span);
  void pause_all(core::Duration span);
  void delay_next_write(core::Duration span) noexcept { write_delay_ = span; }

  // What happens to workers. False if there is none; `target` chooses.
  bool crash_worker(std::uint32_t target);
  bool crash_node(std::uint32_t target);
  bool pause_worker(std::uint32_t target, core::Duration span);
  bool replace_worker(std::uint32_t target, core::Duration span);
  bool disconnect_worker(std::uint32_t target, core::Duration leaves_after);
  bool clog_worker(std::uint32_t target, core::Duration span);
  bool swizzle(std::uint32_t target, core::Duration span);
  enum class Cut : std::uint8_t { both_ways, from_workers, to_workers };
  bool partition(std::uint32_t target, core::Duration span, Cut cut);
  bool fail_cell(std::uint32_t target, model::CellStatus status);

  [[nodiscard]] Phase phase() const;
  [[nodiscard]] bool is_running() const;
  [[nodiscard]] bool is_paused() const { return kernel_.is_paused(process_); }
  [[nodiscard]] journal::Epoch epoch() const noexcept { return epoch_; }
  [[nodiscard]] ProcessId process() const noexcept { return process_; }
  [[nodiscard]] const campaign::Coordinator* coordinator() const { return coordinator_.get(); }
  [[nodiscard]] const optimize::Trajectory& trajectory() const { return *trajectory_; }
  [[nodiscard]] const optimize::CellStore& store() const noexcept { return store_; }
  using CellKey = std::tuple<model::CandidateIndex, model::Split, std::uint32_t>;
  /// What was finished before the session began.
  [[nodiscard]] const std::set<CellKey>& recovered_cells() const noexcept {
    return recovered_cells_;
  }
  [[nodiscard]] testing::MemoryStorage::NodeId node() const noexcept { return disk_.node(); }
  [[nodiscard]] std::uint64_t ticks() const noexcept { return ticks_; }
  [[nodiscard]] bool is_writing() const noexcept { return disk_.pending() > 0; }
  /// Leases the coordinator has out, by worker.
  [[nodiscard]] const std::vector<std::set<campaign::LeaseId>>& leases() const noexcept {
    return leases_;
  }
  /// Sum of the time its workers' slots were busy.
  [[nodiscard]] core::Duration busy() const;

 private:
  // What the coordinator does.
  void send_candidate(campaign::WorkerIndex worker, const model::Candidate& candidate) override;
  void send_request(campaign::WorkerIndex worker, const model::NumberedRequest& request) override;
  void send_lease(campaign::WorkerIndex worker, const campaign::Lease& lease) override;
  void send_recall(campaign::WorkerIndex worker, campaign::LeaseId lease) override;
  void dismiss(campaign::WorkerIndex worker) override;
  void write(journal::WriteRequest request) override;
  void replace_file(std::string_view name, std::string_view content) override;
  void publish(journal::Sequence durable, bool final) override;
  void report(const campaign::ProgressRecord& progress) override;
  void end(const campaign::EndReport& report) override;
  // What its workers do.
  void cell_started(campaign::WorkerIndex worker, const model::CellRange& cell) override;
  void answer(campaign::WorkerIndex worker, Answer answer) override;
  void worker_died(campaign::WorkerIndex worker) override;
  void lease_returned(campaign::WorkerIndex worker, campaign::LeaseId lease) override;

  [[nodiscard]] campaign::CoordinatorOptions coordinator_options() const;
  /// As its node's clock has it.
  [[nodiscard]] campaign::Now now() const;
  [[nodiscard]] core::Duration notice_span() const;
  [[nodiscard]] std::vector<Worker*> living_workers() const;
  [[nodiscard]] Worker* living_worker(std::uint32_t target) const;
  /// Some of them, at most half if there are several.
  [[nodiscard]] std::vector<Worker*> group_of_workers(std::uint32_t target) const;
  void tick();
  void join(campaign::WorkerIndex index, std::uint32_t slots);
  void lose(campaign::WorkerIndex worker, campaign::LossKind kind, core::Duration notice);
  void finish_write();
  void release_workers(core::Duration span);

  Kernel& kernel_;
  const Workload& workload_;
  SessionObserver& observer_;
  journal::Epoch epoch_;
  ProcessId process_;
  testing::MemoryDisk disk_;
  optimize::CellStore store_;
  campaign::Recovered recovered_;
  std::set<CellKey> recovered_cells_;
  std::unique_ptr<optimize::Trajectory> trajectory_;
  std::unique_ptr<campaign::Coordinator> coordinator_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::set<campaign::LeaseId>> leases_;
  std::set<campaign::WorkerIndex> lost_;
  std::map<CellKey, std::uint32_t> failures_;  ///< deliveries of a cell that were reported lost
  core::Duration write_delay_{0};
  std::uint32_t writes_ = 0;
  Clock clock_;
  std::uint64_t ticks_ = 0;
  bool stopping_ = false;
  bool ended_ = false;
};

}  // namespace foundation::simulation
