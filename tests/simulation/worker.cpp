#include "tests/simulation/worker.hpp"

#include <algorithm>
#include <utility>

#include "tests/simulation/workload.hpp"

namespace foundation::simulation {

using model::CellRange;
using model::CellStatus;

namespace {

core::Digest subject_of(const campaign::LeaseQueue::Work& work) {
  return work.request != nullptr ? model::digest(*work.request)
                                 : model::digest(work.candidate->assignment);
}

constexpr int patience = 3;  ///< with the coordinator, in time limits

campaign::LivenessOptions limits_of_worker(const Options& options) {
  return {.timeout = patience * options.liveness_timeout};
}

}  // namespace

core::Duration beat_interval(const Options& options) {
  return std::min<core::Duration>(std::chrono::milliseconds{500}, options.liveness_timeout / 5);
}

Worker::Worker(Kernel& kernel, WorkerHost& host, campaign::WorkerIndex index, std::uint32_t slots,
               Clock clock)
    : kernel_{kernel},
      host_{host},
      index_{index},
      process_{kernel.start_process()},
      free_slots_{slots},
      clock_{clock},
      coordinator_{limits_of_worker(kernel.options())},
      oracle_{limits_of_worker(kernel.options())} {}

// --- its pulse: what runtime::Pulse is in reality ------------------------------------------------

void Worker::come_up(bool has_connection) {
  has_connection_ = has_connection;
  oracle_.arrives(coordinator_peer, kernel_.now());
  hear_coordinator();
  pulse();
}

void Worker::pulse() {
  host_.beat(index_);
  oracle_.tick(kernel_.now());
  const auto losses = coordinator_.tick(now());
  for (const campaign::Loss& loss : losses) oracle_.check_verdict(loss, false, kernel_.now());
  if (!losses.empty()) return leave();
  oracle_.check_overdue(coordinator_, kernel_.now());
  kernel_.after(beat_interval(kernel_.options()), EventKind::beat, process_, [this] { pulse(); });
}

void Worker::dismiss() {
  if (std::exchange(dismissed_, true)) return;
  host_.farewell(index_);
}

// --- its slots -----------------------------------------------------------------------------------

void Worker::take(const campaign::Lease& lease) {
  queue_.add(lease);
  start_free_slots();
}

void Worker::take(const model::Candidate& candidate) {
  queue_.add(candidate);
  start_free_slots();
}

void Worker::take(const model::NumberedRequest& request) {
  queue_.add(request);
  start_free_slots();
}

void Worker::recall(campaign::LeaseId lease) {
  if (queue_.recall(lease)) host_.lease_returned(index_, lease);
}

void Worker::fail_next_cells(std::uint32_t count, CellStatus status) {
  failures_ = count;
  failure_ = status;
}

void Worker::start_free_slots() {
  while (free_slots_ > 0 && !dismissed_) {
    auto work = queue_.start();
    if (!work) return;
    --free_slots_;
    begin(*work);
  }
}

/// Poison is survived in a child, whose result comes like any other.
void Worker::begin(const campaign::LeaseQueue::Work& work) {
  const CellRange range = work.lease.range;
  const core::Digest digest = subject_of(work);
  core::Duration busy{0};
  for (std::uint32_t position = range.begin; position < range.end; ++position) {
    host_.cell_started(index_, {range.candidate, range.split, position, position + 1});
    busy += cell_time(kernel_.options(), range, position);
    if (work.lease.place == campaign::Place::in_process &&
        is_poison(kernel_.options().job, digest, range.split, position))
      return kernel_.after(busy, EventKind::work, process_, [this] { host_.worker_died(index_); });
  }
  kernel_.after(busy, EventKind::work, process_, [this, busy, done = work] { finish(done, busy); });
}

void Worker::finish(const campaign::LeaseQueue::Work& work, core::Duration busy) {
  const SyntheticJob& job = kernel_.options().job;
  const core::Digest digest = subject_of(work);
  const CellRange range = work.lease.range;
  Answer answer{work.lease.id, range, clock_.span(busy), {}, {}};
  for (std::uint32_t position = range.begin; position < range.end; ++position) {
    model::CellResult result = evaluate(job, digest, range.split, position);
    const bool fails = failures_ > 0;
    if (fails) --failures_;
    if (fails || is_stubborn(job, digest, range.split, position)) {
      result = {};
      result.status = fails ? failure_ : CellStatus::lost;
    }
    answer.cells.push_back(result);
    if (work.lease.keep_outputs) answer.outputs.push_back(text_of(result));
  }
  busy_ += busy;
  ++free_slots_;
  host_.answer(index_, std::move(answer));
  start_free_slots();
}

}  // namespace foundation::simulation
