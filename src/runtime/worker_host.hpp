#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "campaign/lease_queue.hpp"
#include "cluster/node_sampler.hpp"
#include "endpoints/purse.hpp"
#include "runtime/lease_evaluator.hpp"
#include "runtime/link.hpp"

namespace foundation::runtime {

/// A worker: slots that take leases, evaluate them and send the results. There is no thread for
/// messages; slots without work take turns in receiving (leader and followers: Schmidt et al.,
/// Pattern-Oriented Software Architecture 2, 2000), so a single slot needs no hand-over at all.
class WorkerHost final : public endpoints::GrantSource {
 public:
  /// Sends the hello, unless there are no slots: such a rank gets no work, shows that it is alive
  /// and waits for the word to end. `link` and `evaluator` outlive it.
  WorkerHost(Link& link, LeaseEvaluator& evaluator, const campaign::WorkerRecord& description);

  /// One slot: returns when the coordinator has dismissed this worker; the last slot to return
  /// sends the farewell. Call it from exactly as many threads as the description says slots.
  void run_slot();
  /// Waits until everything sent has left, at most this long. After the last run_slot.
  void flush(core::Duration limit = std::chrono::seconds{10});
  /// Waits for the coordinator's word how to end, at most this long. After `flush`.
  [[nodiscard]] Leave await_leave(core::Duration limit);

  /// Takes what has come and shows that this process is alive, whatever the slots do. From any
  /// thread.
  void beat();
  /// Sends a sample of this node, if this rank was told to and one is due. From any thread; for
  /// about 100 microseconds nobody else receives.
  void report_node();
  /// Grants that come are for this purse, which outlives all calls. Before the first `run_slot`.
  void attach(endpoints::Purse& purse);
  /// GrantSource, in the middle of a cell: slots that wait for a grant take turns in receiving,
  /// too.
  void report(const endpoints::BudgetReport& report) override;
  void poll() override;
  /// Lets the purse tell what has happened. From any thread.
  void report_budget();

  /// Messages of the coordinator so far. From any thread.
  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }

 private:
  void evaluate(const campaign::LeaseQueue::Work& work, ResultsMessage& results);
  void receive_all();
  void receive_lease();
  bool receive_one();
  void try_handle(std::span<const std::byte> message);
  void handle(std::span<const std::byte> message);

  Link& link_;
  LeaseEvaluator& evaluator_;
  std::mutex mutex_;
  std::condition_variable turn_;
  campaign::LeaseQueue queue_;
  Bytes outbox_;
  endpoints::Purse* purse_ = nullptr;
  std::uint32_t active_slots_;
  bool has_leader_ = false;
  bool dismissed_ = false;
  std::optional<Leave> leave_;
  std::string host_;
  std::optional<cluster::NodeSampler> sampler_;  ///< once told to take samples
  core::Duration sample_interval_{0};
  core::Time next_sample_;
  std::atomic<std::uint64_t> messages_{0};  ///< written under the lock
};

}  // namespace foundation::runtime
