#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "campaign/coordinator.hpp"
#include "campaign/effects.hpp"
#include "journal/disk.hpp"
#include "journal/posix_disk.hpp"
#include "messaging/channels.hpp"
#include "runtime/backoff.hpp"
#include "runtime/budget_office.hpp"
#include "runtime/link.hpp"
#include "runtime/members.hpp"
#include "runtime/progress_printer.hpp"
#include "runtime/publisher.hpp"
#include "runtime/worker_watch.hpp"

namespace foundation::runtime {

/// Joins a Coordinator to the world: MPI channels, the worker on its own rank, disk, clock,
/// publisher, signals. Decides nothing. One thread.
class CoordinatorHost final : public campaign::Effects {
 public:
  struct Parts {
    messaging::Channels* channels = nullptr;  ///< none in a run of one process
    int ranks = 1;
    int workers = 1;               ///< ranks with slots
    Mailbox* to_worker = nullptr;  ///< the worker beside it; none if rank 0 has no slots
    Mailbox* to_coordinator = nullptr;
    journal::PosixDisk* disk = nullptr;
    Publisher* publisher = nullptr;      ///< may be null: no view is made
    ProgressPrinter* printer = nullptr;  ///< may be null
    WorkerWatch* watch = nullptr;        ///< over the other ranks; none: they are trusted to live
    Members* members = nullptr;          ///< may be null: nobody asks for nodes and services
    BudgetOffice* budget = nullptr;      ///< none: nothing is limited
    std::string stop_file;               ///< `touch` it to stop; relative to the disk
    core::Duration farewell_limit = std::chrono::seconds{10};  ///< for those who still work
  };
  explicit CoordinatorHost(const Parts& parts) : parts_{parts} {}

  /// Runs until the campaign has ended and every worker has taken its leave, is lost, or had the
  /// time to.
  campaign::EndReport run(campaign::Coordinator& coordinator);
  /// After `run`: no worker is left behind with cells that did not end in time.
  [[nodiscard]] bool everybody_left() const { return !waits_for_farewells(); }
  /// A slot of the worker beside it has failed, which is a bug of ours: `run` ends with an error,
  /// since what that slot held would never be answered. From any thread.
  void slot_failed() noexcept { slot_failed_ = true; }
  /// After an error: tells every worker to leave and waits a moment for that to get away.
  void abandon();
  /// The moment of an event.
  [[nodiscard]] campaign::Now now() const;

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

 private:
  bool receive_some(campaign::Coordinator& coordinator);
  void handle(campaign::WorkerIndex from, std::span<const std::byte> message,
              campaign::Coordinator& coordinator);
  void join(campaign::WorkerIndex from, const Hello& hello, campaign::Coordinator& coordinator);
  void housekeeping(campaign::Coordinator& coordinator);
  void watch_workers(campaign::Coordinator& coordinator);
  [[nodiscard]] bool waits_for_farewells() const;
  void look_after_members(campaign::Coordinator& coordinator);
  void post(const Members::Posts& posts);
  void give_grants(campaign::Coordinator& coordinator);
  void take_leave(campaign::Coordinator& coordinator);
  void release_workers();
  void send_out(core::Duration limit);
  void send(campaign::WorkerIndex worker, messaging::Channel channel);

  void try_handle(campaign::WorkerIndex from, std::span<const std::byte> message,
                  campaign::Coordinator& coordinator);

  Parts parts_;
  std::atomic<bool> slot_failed_ = false;
  Bytes outbox_;
  ResultsMessage results_;
  std::optional<campaign::EndReport> end_;
  int farewells_ = 0;
  std::uint64_t received_ = 0;  ///< messages of workers
  std::uint64_t sent_ = 0;      ///< messages to them
  core::WallLabel wall_offset_ = core::wall_now() - core::monotonic_now().ns;
  campaign::Now moment_;  ///< of the turn of the loop: one look at the clock for many messages
  core::Time next_housekeeping_;
  core::Time next_stop_check_;
};

}  // namespace foundation::runtime
