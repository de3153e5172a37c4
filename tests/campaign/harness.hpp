#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "campaign/coordinator.hpp"
#include "tests/journal/memory_disk.hpp"
#include "tests/simulation/workload.hpp"

namespace foundation::campaign {

/// A coordinator whose effects are kept in lists, over a disk in memory; time moves by hand.
class Harness final : public Effects {
 public:
  explicit Harness(const simulation::Options& world, foundation::testing::MemoryStorage& run)
      : options{world}, workload{options}, storage{run}, disk{run}, store{workload.make_store()} {}

  void start() {
    const journal::Claim claim = journal::claim_epoch(disk, {});
    recovered = recover(disk, store);
    trajectory = workload.make_trajectory(store, recovered.proposals, recovered.requests);
    CoordinatorOptions knobs;
    knobs.journal.epoch = claim.epoch;
    knobs.scheduler = options.scheduler;
    knobs.progress_interval = std::chrono::milliseconds{100};
    knobs.start = plan;
    knobs.scheduler.deadline = knobs.last_moment = deadline;
    coordinator = std::make_unique<Coordinator>(knobs, *trajectory, store, workload.scoring(),
                                                recovered, workload.examples(), *this, now());
  }
  void join(WorkerIndex worker, std::uint32_t slots = 1) {
    WorkerRecord record;
    record.worker = worker;
    record.slots = slots;
    coordinator->worker_joined(worker, record, now());
  }
  /// Answers the oldest lease as the program would.
  void answer_next() {
    const auto [worker, lease] = leases.front();
    leases.pop_front();
    const std::vector<model::CellResult> cells = results_of(lease);
    std::vector<std::string> texts;
    if (lease.keep_outputs)
      for (const model::CellResult& cell : cells) texts.push_back(simulation::text_of(cell));
    answer(worker, lease, cells, texts);
  }
  void answer(WorkerIndex worker, const Lease& lease, const std::vector<model::CellResult>& cells,
              const std::vector<std::string>& texts = {}) {
    coordinator->results(worker, lease.id, lease.range, std::chrono::milliseconds{1}, cells, texts,
                         now());
  }
  [[nodiscard]] std::vector<model::CellResult> results_of(const Lease& lease) const {
    const auto digest = simulation::subject_of(*trajectory, lease.range);
    std::vector<model::CellResult> cells;
    for (std::uint32_t position = lease.range.begin; position < lease.range.end; ++position)
      cells.push_back(simulation::evaluate(options.job, digest, lease.range.split, position));
    return cells;
  }
  void pass(core::Duration span) {
    time = time + span;
    coordinator->tick(now());
  }
  /// Lets the disk finish all that is under way.
  void sync() {
    while (disk.pending() > 0) coordinator->write_done(disk.complete_next(), now());
  }
  void run_to_the_end() {
    while (!ending) {
      if (!leases.empty()) answer_next();
      pass(std::chrono::milliseconds{30});
      sync();
    }
  }
  [[nodiscard]] Now now() const { return {time, time.ns}; }

  void say_start(const StartedRecord& record) override {
    EXPECT_TRUE(leases.empty());
    started = record;
  }
  void send_candidate(WorkerIndex worker, const model::Candidate& candidate) override {
    candidates.emplace_back(worker, candidate.index);
  }
  void send_request(WorkerIndex worker, const model::NumberedRequest& request) override {
    requests.emplace_back(worker, request.index);
  }
  void send_lease(WorkerIndex worker, const Lease& lease) override {
    leases.emplace_back(worker, lease);
  }
  void send_recall(WorkerIndex worker, LeaseId lease) override {
    recalls.emplace_back(worker, lease);
  }
  void dismiss(WorkerIndex worker) override { dismissed.push_back(worker); }
  void write(journal::WriteRequest request) override { disk.submit(std::move(request)); }
  void replace_file(std::string_view name, std::string_view content) override {
    disk.replace(name, content);
  }
  void publish(journal::Sequence durable, bool) override { published.push_back(durable); }
  void report(const ProgressRecord& progress) override { reports.push_back(progress); }
  void end(const EndReport& report) override { ending = report; }

  simulation::Options options;
  simulation::Workload workload;
  foundation::testing::MemoryStorage& storage;
  foundation::testing::MemoryDisk disk;
  optimize::CellStore store;
  Recovered recovered;
  std::unique_ptr<optimize::Trajectory> trajectory;
  std::unique_ptr<Coordinator> coordinator;
  core::Time time;
  StartPlan plan;                      ///< who is waited for
  std::optional<core::Time> deadline;  ///< of the session
  std::deque<std::pair<WorkerIndex, Lease>> leases;
  std::vector<std::pair<WorkerIndex, model::CandidateIndex>> candidates;
  std::vector<std::pair<WorkerIndex, model::RequestIndex>> requests;
  std::vector<std::pair<WorkerIndex, LeaseId>> recalls;
  std::optional<StartedRecord> started;
  std::vector<WorkerIndex> dismissed;
  std::vector<journal::Sequence> published;
  std::vector<ProgressRecord> reports;
  std::optional<EndReport> ending;
};

[[nodiscard]] inline simulation::Options small_job() {
  simulation::Options options;
  options.job = {.candidates = 3, .train = 4, .validation = 12, .test = 3, .failure_share = 0};
  options.trajectory.race.racing = optimize::Racing::none;
  options.trajectory.lookahead = 2;
  options.scheduler.fixed_chunk = 4;
  return options;
}

}  // namespace foundation::campaign
