#include "tests/simulation/session.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/mutation.hpp"

namespace foundation::simulation {

using campaign::LeaseId;
using campaign::WorkerIndex;
using core::Duration;

namespace {

campaign::LivenessOptions limits_of(const Options& options) {
  return {.timeout = options.liveness_timeout, .start_limit = options.liveness_start};
}

std::string node_name(WorkerIndex worker) { return fmt::format("node{}", worker); }

}  // namespace

Session::Session(Kernel& kernel, const Workload& workload, testing::MemoryStorage& storage,
                 SessionObserver& observer, journal::Epoch epoch, Placement placement)
    : kernel_{kernel},
      workload_{workload},
      observer_{observer},
      epoch_{epoch},
      process_{kernel.start_process()},
      disk_{storage, testing::MemoryStorage::NodeId{epoch}},
      store_{workload.make_store()},
      placement_{std::move(placement)},
      liveness_{limits_of(kernel.options())},
      oracle_{limits_of(kernel.options())},
      clock_{kernel.options(), epoch, 0} {}

campaign::Now Session::now() const {
  if (FOUNDATION_MUTATION(wall_clock_decides)) return {core::Time{kernel_.wall()}, kernel_.wall()};
  return {clock_.at(kernel_.now()), kernel_.wall()};
}

void Session::recover() {
  recovered_ = campaign::recover(disk_, store_);
  for (const optimize::Proposal& proposal : recovered_.proposals) {
    const model::CandidateIndex index = proposal.candidate.index;
    for (const model::Split split :
         {model::Split::train, model::Split::validation, model::Split::test})
      for (std::uint32_t position = 0; position < store_.size_of(split); ++position)
        if (store_.is_finished(index, split, position))
          recovered_cells_.insert({index, split, position});
  }
  for (model::RequestIndex index = 0; index < recovered_.requests.size(); ++index)
    for (std::uint32_t sample = 0; sample < model::most_samples; ++sample)
      if (store_.is_finished(index, model::Split::request, sample))
        recovered_cells_.insert({index, model::Split::request, sample});
}

void Session::start() {
  trajectory_ = workload_.make_trajectory(store_, recovered_.proposals, recovered_.requests);
  // The constructor acts already: `this` must be complete, and `coordinator_` may be null.
  coordinator_ = std::make_unique<campaign::Coordinator>(coordinator_options(), *trajectory_,
                                                         store_, workload_.scoring(), recovered_,
                                                         workload_.examples(), *this, now());
  for (std::size_t i = 0; i < placement_.workers.size(); ++i) add_worker();
  kernel_.after(kernel_.options().tick, EventKind::tick, process_, [this] { tick(); });
}

campaign::CoordinatorOptions Session::coordinator_options() const {
  const Options& knobs = kernel_.options();
  campaign::CoordinatorOptions options;
  options.scheduler = knobs.scheduler;
  options.journal.run = core::Digest{1, knobs.seed};
  options.journal.epoch = epoch_;
  options.journal.segment_bytes = knobs.segment_bytes;
  options.journal.group_bytes = knobs.group_bytes;
  options.journal.group_age = knobs.group_age;
  options.job.identity = core::Digest{2, knobs.seed};
  options.job.name = "simulated";
  options.job.split_sizes = {knobs.job.train, knobs.job.validation, knobs.job.test};
  options.session.host = fmt::format("host{}", epoch_);
  options.start = start_plan();
  options.start_limit = knobs.liveness_start / 4;
  options.seed = knobs.seed;
  options.keep_outputs = knobs.keep_outputs;
  options.progress_interval = knobs.progress;
  options.publish_interval = knobs.publish;
  return options;
}

/// In every other world nobody is waited for.
campaign::StartPlan Session::start_plan() const {
  campaign::StartPlan plan;
  if (kernel_.options().seed % 2 == 0) return plan;
  for (WorkerIndex worker = 0; worker < placement_.workers.size(); ++worker) {
    plan.nodes.push_back({.node = node_name(worker), .planned_workers = 1});
    plan.workers.insert(worker);
  }
  return plan;
}

Phase Session::phase() const {
  const bool is_new = coordinator_ ? !recovered_.job : epoch_ == 1;
  if (!coordinator_ || std::as_const(*coordinator_).writer().bytes_written() == 0)
    return is_new ? Phase::start : Phase::recovery;
  if (stopping_) return Phase::drain;
  const auto phase = trajectory_->phase();
  const bool over = phase == optimize::Trajectory::Phase::finished ||
                    phase == optimize::Trajectory::Phase::failed;
  return over ? Phase::end : Phase::steady;
}

bool Session::is_running() const { return !ended_ && kernel_.is_alive(process_); }

void Session::tick() {
  ++ticks_;
  watch_workers();
  if (ended_)
    take_leave();
  else
    coordinator_->tick(now());
  if (is_alive())
    kernel_.after(kernel_.options().tick, EventKind::tick, process_, [this] { tick(); });
}

// --- workers -------------------------------------------------------------------------------------

void Session::add_worker() {
  const auto index = static_cast<WorkerIndex>(workers_.size());
  const std::uint32_t slots = kernel_.options().slots;
  workers_.push_back(std::make_unique<Worker>(kernel_, *this, index, slots,
                                              Clock{kernel_.options(), epoch_, index + 1}));
  leases_.emplace_back();
  connected_.push_back(false);
  worker_hosts_.push_back(next_host());
  liveness_.expect(index, now().time);
  oracle_.expect(index, kernel_.now());
  core::Stream stream = draw_stream(kernel_.options().seed, Draw::joins, epoch_, index);
  const Duration starting = log_normal(stream, 0.3 * kernel_.options().notice_s, 1);
  const ProcessId process = workers_.back()->process();
  kernel_.after(starting, EventKind::work, process, [this, index, slots] {
    open_connection(index);
    send_from(index, Channel::events, [this, index, slots] { join(index, slots); });
  });
}

void Session::join(WorkerIndex index, std::uint32_t slots) {
  kernel_.note([&] { return fmt::format("E{} worker {} joins", epoch_, index); });
  campaign::WorkerRecord record{.worker = index,
                                .change = campaign::WorkerChange::joined,
                                .host = node_name(index),
                                .pid = index + 1,
                                .slots = slots,
                                .reason = {},
                                .at = kernel_.wall()};
  coordinator_->worker_joined(index, record, now());
}

void Session::cell_started(WorkerIndex, const model::CellRange& cell) {
  observer_.cell_started(*this, cell);
}

void Session::answer(WorkerIndex worker, Answer answer) {
  // One failure less than what the coordinator puts up with, or the answer would change.
  for (std::size_t i = 0; i < answer.cells.size(); ++i) {
    if (model::is_final(answer.cells[i].status)) continue;
    const auto position = answer.range.begin + static_cast<std::uint32_t>(i);
    if (++failures_[{answer.range.candidate, answer.range.split, position}] <= 2) continue;
    const core::Digest digest = subject_of(*trajectory_, answer.range);
    if (!is_stubborn(kernel_.options().job, digest, answer.range.split, position))
      answer.cells[i] = evaluate(kernel_.options().job, digest, answer.range.split, position);
    if (i < answer.outputs.size()) answer.outputs[i] = text_of(answer.cells[i]);
  }
  send_from(worker, Channel::events, [this, worker, answer = std::move(answer)] {
    kernel_.note([&] {
      return fmt::format("E{} results of worker {}: candidate {} split {} [{}, {})", epoch_, worker,
                         answer.range.candidate, static_cast<int>(answer.range.split),
                         answer.range.begin, answer.range.end);
    });
    leases_[worker].erase(answer.lease);
    coordinator_->results(worker, answer.lease, answer.range, answer.busy, answer.cells,
                          answer.outputs, now());
  });
}

void Session::lease_returned(WorkerIndex worker, LeaseId lease) {
  send_from(worker, Channel::events, [this, worker, lease] {
    leases_[worker].erase(lease);
    coordinator_->lease_returned(worker, lease, now());
  });
}

Duration Session::busy() const {
  Duration sum{0};
  for (const auto& worker : workers_) sum += worker->busy();
  return sum;
}

// --- the coordinator's effects -------------------------------------------------------------------

void Session::say_start(const campaign::StartedRecord& started) {
  start_said_ = true;
  kernel_.trace(started.complete ? 1 : 0);
  kernel_.note([&] { return fmt::format("E{} {}", epoch_, campaign::describe(started)); });
}

void Session::send_candidate(WorkerIndex worker, const model::Candidate& candidate) {
  Worker* to = workers_[worker].get();
  send_to(worker, Channel::data, [to, candidate] { to->take(candidate); });
}

void Session::send_request(WorkerIndex worker, const model::NumberedRequest& request) {
  Worker* to = workers_[worker].get();
  send_to(worker, Channel::data, [to, request] { to->take(request); });
}

void Session::send_lease(WorkerIndex worker, const campaign::Lease& lease) {
  if (lost_.contains(worker))
    throw std::logic_error{"a lease goes to a worker that was declared lost"};
  if (!start_said_ && !start_plan().workers.empty())
    throw std::logic_error{"a lease goes out before the start"};
  leases_[worker].insert(lease.id);
  kernel_.trace(static_cast<std::uint64_t>(lease.id) ^ (std::uint64_t{lease.range.begin} << 40));
  kernel_.note([&] {
    return fmt::format("E{} lease {:x} to worker {}: candidate {} split {} [{}, {})", epoch_,
                       static_cast<std::uint64_t>(lease.id), worker, lease.range.candidate,
                       static_cast<int>(lease.range.split), lease.range.begin, lease.range.end);
  });
  observer_.lease_sent(*this, worker, lease);
  Worker* to = workers_[worker].get();
  send_to(worker, Channel::control, [to, lease] { to->take(lease); });
}

void Session::send_recall(WorkerIndex worker, LeaseId lease) {
  Worker* to = workers_[worker].get();
  send_to(worker, Channel::control, [to, lease] { to->recall(lease); });
}

void Session::dismiss(WorkerIndex worker) {
  Worker* to = workers_[worker].get();
  send_to(worker, Channel::control, [to] { to->dismiss(); });
}

void Session::write(journal::WriteRequest request) {
  const Options& options = kernel_.options();
  core::Stream stream = draw_stream(options.seed, Draw::disk, epoch_, writes_++);
  const Duration sync = log_normal(stream, options.sync_median_s, options.sync_sigma) +
                        std::exchange(write_delay_, Duration{0});
  const Duration reaches_cache{
      static_cast<std::int64_t>(static_cast<double>(sync.count()) * 0.2 * stream.uniform())};
  kernel_.trace_content(
      core::hash_text({reinterpret_cast<const char*>(request.bytes.data()), request.bytes.size()}));
  kernel_.note([&] {
    return fmt::format("E{} writes {} bytes at {} of {}", epoch_, request.bytes.size(),
                       request.offset, request.file);
  });
  disk_.submit(std::move(request));
  if (torn_part_)
    return kernel_.after(reaches_cache, EventKind::disk, process_, [this] { die_in_write(); });
  kernel_.after(reaches_cache, EventKind::disk, process_, [this] { disk_.write_next(); });
  kernel_.after(sync, EventKind::disk, process_, [this] { finish_write(); });
}

/// The disk is done; the coordinator learns of it a little later.
void Session::finish_write() {
  auto outcome = std::make_shared<journal::WriteDone>(disk_.complete_next());
  kernel_.after(std::chrono::microseconds{50}, EventKind::disk, process_, [this, outcome] {
    kernel_.trace(static_cast<std::uint64_t>(outcome->error_number) * 2 +
                  static_cast<std::uint64_t>(outcome->fenced));
    kernel_.note([&] {
      return fmt::format("E{} write is done: error {}, fenced {}", epoch_, outcome->error_number,
                         outcome->fenced);
    });
    coordinator_->write_done(std::move(*outcome), now());
  });
}

void Session::replace_file(std::string_view name, std::string_view content) {
  observer_.file_replaced(*this, name, content);
  try {
    disk_.replace(name, content);
    observer_.file_stored(*this, name);
  } catch (const core::Error& error) {  // a hint is missing; without DONE it is launched again
    kernel_.note([&] { return fmt::format("E{} {}", epoch_, error.what()); });
  }
}

void Session::publish(journal::Sequence durable, bool) { observer_.published(*this, durable); }

void Session::report(const campaign::ProgressRecord& progress) {
  observer_.reported(*this, progress);
}

void Session::end(const campaign::EndReport& report) {
  ended_ = true;
  leave_by_ = kernel_.now() + kernel_.options().liveness_timeout;
  kernel_.note([&] {
    return fmt::format("E{} ends: {} {}", epoch_, static_cast<int>(report.ending), report.message);
  });
  observer_.ended(*this, report);
}

}  // namespace foundation::simulation
