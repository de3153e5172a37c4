#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "campaign/coordinator.hpp"
#include "campaign/liveness.hpp"
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
  /// Its process was killed in the middle of a write.
  virtual void died(Session& session) = 0;
};

/// Which host each rank is on; the coordinator is rank 0, its workers are the others.
struct Placement {
  std::uint32_t coordinator = 0;
  std::vector<std::uint32_t> workers;
};

/// One run of the program: a coordinator with its view of the disk and its workers. The adapter
/// that the MPI runtime is in reality: it turns events into calls and effects into messages, and
/// watches over the workers with campaign::Liveness (as runtime::WorkerWatch does).
class Session final : public campaign::Effects, public WorkerHost {
 public:
  Session(Kernel& kernel, const Workload& workload, testing::MemoryStorage& storage,
          SessionObserver& observer, journal::Epoch epoch, Placement placement);

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
  /// The process is killed in the middle of its next write, when this part of the bytes is in the
  /// page cache.
  void tear_next_write(double part) noexcept { torn_part_ = part; }

  // What happens to its hosts.
  using Hosts = std::function<bool(std::uint32_t host)>;
  /// All its processes there are killed; their kernels close what they had open.
  void kill_on(const Hosts& hosts);
  void lose_host(std::uint32_t host);
  void cut_host(std::uint32_t host, core::Duration span);
  [[nodiscard]] bool has_ranks_on(std::uint32_t host) const;
  /// A process of it that could do something is alive.
  [[nodiscard]] bool has_awake_process() const;
  /// No process of it is left, or none but on those hosts.
  [[nodiscard]] bool is_gone(const Hosts& but_on) const;

  // What happens to workers. False if there is none; `target` chooses.
  bool crash_worker(std::uint32_t target);
  bool crash_node(std::uint32_t target);
  bool pause_worker(std::uint32_t target, core::Duration span);
  bool freeze_worker(std::uint32_t target);
  bool replace_worker(std::uint32_t target, core::Duration span);
  bool disconnect_worker(std::uint32_t target, core::Duration leaves_after);
  bool clog_worker(std::uint32_t target, core::Duration span);
  bool swizzle(std::uint32_t target, core::Duration span);
  enum class Cut : std::uint8_t { both_ways, from_workers, to_workers };
  bool partition(std::uint32_t target, core::Duration span, Cut cut);
  bool fail_cell(std::uint32_t target, model::CellStatus status);

  [[nodiscard]] Phase phase() const;
  /// At work: neither ended nor killed.
  [[nodiscard]] bool is_running() const;
  /// It may be at its farewells.
  [[nodiscard]] bool is_alive() const { return kernel_.is_alive(process_); }
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
  void say_start(const campaign::StartedRecord& started) override;
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
  void beat(campaign::WorkerIndex worker) override;
  void farewell(campaign::WorkerIndex worker) override;
  void worker_leaves(campaign::WorkerIndex worker) override;

  [[nodiscard]] campaign::CoordinatorOptions coordinator_options() const;
  [[nodiscard]] campaign::StartPlan start_plan() const;
  /// As its node's clock has it.
  [[nodiscard]] campaign::Now now() const;
  [[nodiscard]] core::Duration notice_span() const;
  [[nodiscard]] std::uint32_t host_of(campaign::WorkerIndex worker) const {
    return worker_hosts_[worker];
  }
  [[nodiscard]] std::uint32_t next_host() const;
  [[nodiscard]] std::vector<Worker*> living_workers() const;
  [[nodiscard]] Worker* living_worker(std::uint32_t target) const;
  /// Some of them, at most half if there are several.
  [[nodiscard]] std::vector<Worker*> group_of_workers(std::uint32_t target) const;
  void tick();
  void join(campaign::WorkerIndex index, std::uint32_t slots);
  void finish_write();
  void die_in_write();

  // session_watch.cpp: messages, signs of life, connections
  void send_to(campaign::WorkerIndex worker, Channel channel, Kernel::Action action,
               EventKind kind = EventKind::message);
  void send_from(campaign::WorkerIndex worker, Channel channel, Kernel::Action action,
                 EventKind kind = EventKind::message);
  [[nodiscard]] bool has_connection(campaign::WorkerIndex worker) const;
  void watch_workers();
  void beat_workers();
  void lose(const campaign::Loss& loss);
  void open_connection(campaign::WorkerIndex worker);
  void close_connection(campaign::WorkerIndex worker);
  void connection_ended(campaign::WorkerIndex worker, campaign::ConnectionEnd how);
  void connection_cut(campaign::WorkerIndex worker);
  void block(campaign::WorkerIndex worker, Cut cut, core::Duration span);
  void end_worker(campaign::WorkerIndex worker);
  void lose_power_of(campaign::WorkerIndex worker);
  void end_process();
  void take_leave();

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
  Placement placement_;
  std::vector<std::uint32_t> worker_hosts_;
  bool orphaned_ = false;  ///< whoever started it has ended it where he could
  campaign::Liveness liveness_;
  WatchOracle oracle_;
  std::vector<bool> connected_;  ///< the coordinator's end of each connection
  std::set<campaign::WorkerIndex> lost_;
  std::size_t farewells_ = 0;
  core::Time next_beat_;
  core::Time leave_by_;
  std::map<CellKey, std::uint32_t> failures_;  ///< deliveries of a cell that were reported lost
  core::Duration write_delay_{0};
  std::optional<double> torn_part_;
  std::uint32_t writes_ = 0;
  Clock clock_;
  std::uint64_t ticks_ = 0;
  bool stopping_ = false;
  bool start_said_ = false;
  bool ended_ = false;
};

}  // namespace foundation::simulation
