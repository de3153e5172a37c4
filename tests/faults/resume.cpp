#include "resume.hpp"

#include <deque>
#include <memory>
#include <stdexcept>

#include "campaign/coordinator.hpp"
#include "runtime/evaluator.hpp"

namespace foundation::testing {
namespace {

/// One worker with one slot; whatever is written is durable at once.
class Session final : public campaign::Effects {
 public:
  Session(const runtime::Problem& problem, MemoryStorage& storage)
      : problem_{problem},
        disk_{storage},
        store_{problem.make_store()},
        evaluator_{problem.program(), problem.metric(), problem.setup().data,
                   problem.setup().trials} {}

  Resumed run();

  void say_start(const campaign::StartedRecord&) override {}
  void send_candidate(campaign::WorkerIndex, const model::Candidate& candidate) override {
    queue_.add(candidate);
  }
  void send_request(campaign::WorkerIndex, const model::NumberedRequest& request) override {
    queue_.add(request);
  }
  void send_lease(campaign::WorkerIndex, const campaign::Lease& lease) override {
    queue_.add(lease);
  }
  void send_recall(campaign::WorkerIndex, campaign::LeaseId lease) override {
    if (queue_.recall(lease)) recalled_.push_back(lease);
  }
  void dismiss(campaign::WorkerIndex) override {}
  void write(journal::WriteRequest request) override { disk_.submit(std::move(request)); }
  void replace_file(std::string_view name, std::string_view content) override {
    disk_.replace(name, content);
  }
  void publish(journal::Sequence, bool) override {}
  void report(const campaign::ProgressRecord&) override {}
  void end(const campaign::EndReport& report) override { end_ = report; }

 private:
  void step(campaign::Coordinator& coordinator);
  [[nodiscard]] campaign::Now now() const { return {time_, time_.ns}; }

  const runtime::Problem& problem_;
  MemoryDisk disk_;
  optimize::CellStore store_;
  runtime::Evaluator evaluator_;
  campaign::LeaseQueue queue_;
  std::deque<campaign::LeaseId> recalled_;
  std::optional<campaign::EndReport> end_;
  core::Time time_;
};

void Session::step(campaign::Coordinator& coordinator) {
  time_ = time_ + std::chrono::milliseconds{5};
  if (const auto work = queue_.start()) {
    runtime::ResultsMessage results;
    evaluator_.evaluate(*work, results);
    coordinator.results(0, work->lease.id, work->lease.range, std::chrono::milliseconds{1},
                        results.cells, results.outputs, now());
  }
  while (!recalled_.empty()) {
    coordinator.lease_returned(0, recalled_.front(), now());
    recalled_.pop_front();
  }
  while (disk_.pending() > 0) coordinator.write_done(disk_.complete_next(), now());
  coordinator.tick(now());
}

Resumed Session::run() {
  campaign::CoordinatorOptions options;
  options.journal.epoch = journal::claim_epoch(disk_, {}).epoch;
  options.journal.run = problem_.identity();
  options.job = problem_.job_record();
  options.seed = problem_.job().seed;
  options.planned_evaluations = problem_.planned_evaluations();
  campaign::Recovered recovered = campaign::recover(disk_, store_);
  const auto trajectory = problem_.make_trajectory(store_, std::move(recovered.proposals),
                                                   std::move(recovered.requests));
  campaign::Coordinator coordinator{options,   *trajectory,         store_, problem_.scoring(),
                                    recovered, problem_.examples(), *this,  now()};
  campaign::WorkerRecord worker;
  worker.slots = 1;
  coordinator.worker_joined(0, worker, now());
  constexpr int most_steps = 1'000'000;
  for (int i = 0; i < most_steps && !end_; ++i) step(coordinator);
  if (!end_ || !end_->result) throw std::runtime_error{"the resumed run gave no answer"};
  return {end_->result->answer, recovered.cells};
}

}  // namespace

Resumed resume(const runtime::Problem& problem, MemoryStorage& storage) {
  return Session{problem, storage}.run();
}

}  // namespace foundation::testing
