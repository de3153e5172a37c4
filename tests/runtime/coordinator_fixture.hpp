#pragma once

#include <memory>
#include <string>
#include <utility>

#include "campaign/coordinator.hpp"
#include "journal/posix_disk.hpp"
#include "runtime/coordinator_host.hpp"
#include "runtime/lease_evaluator.hpp"
#include "tests/journal/scratch_folder.hpp"
#include "tests/simulation/workload.hpp"

namespace foundation::testing {

[[nodiscard]] inline simulation::Options small_job() {
  simulation::Options options;
  options.job = {.candidates = 4, .train = 4, .validation = 12, .test = 3, .failure_share = 0};
  options.trajectory.race.racing = optimize::Racing::none;
  options.trajectory.lookahead = 4;
  options.scheduler.fixed_chunk = 2;
  return options;
}

/// Looks results up, as the simulator's workers do.
class SyntheticEvaluator : public runtime::LeaseEvaluator {
 public:
  explicit SyntheticEvaluator(simulation::Options options) : options_{std::move(options)} {}
  void evaluate(const campaign::LeaseQueue::Work& work, runtime::ResultsMessage& results) override {
    const model::CellRange& range = work.lease.range;
    const core::Digest digest = model::digest(work.candidate->assignment);
    results = {};
    results.lease = work.lease.id;
    results.range = range;
    for (std::uint32_t position = range.begin; position < range.end; ++position)
      results.cells.push_back(simulation::evaluate(options_.job, digest, range.split, position));
  }

 private:
  simulation::Options options_;
};

/// A run in a folder of its own, coordinated by a CoordinatorHost.
class CoordinatedRun {
 public:
  explicit CoordinatedRun(simulation::Options options) : options_{std::move(options)} {
    campaign_.journal.epoch = journal::claim_epoch(disk_, {}).epoch;
    campaign_.scheduler = options_.scheduler;
  }
  [[nodiscard]] runtime::CoordinatorHost::Parts parts() {
    runtime::CoordinatorHost::Parts parts;
    parts.disk = &disk_;
    parts.stop_file = "stop";
    return parts;
  }
  campaign::EndReport run(runtime::CoordinatorHost& host) {
    campaign::Coordinator coordinator{campaign_, *trajectory_,         store_, workload_.scoring(),
                                      {},        workload_.examples(), host,   host.now()};
    return host.run(coordinator);
  }

 private:
  simulation::Options options_;
  ScratchFolder folder_;
  journal::PosixDisk disk_{folder_.path()};
  simulation::Workload workload_{options_};
  optimize::CellStore store_ = workload_.make_store();
  std::unique_ptr<optimize::Trajectory> trajectory_ = workload_.make_trajectory(store_, {}, {});
  campaign::CoordinatorOptions campaign_;
};

}  // namespace foundation::testing
