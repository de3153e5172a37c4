#include <algorithm>

#include <fmt/format.h>

#include "tests/simulation/session.hpp"

namespace foundation::simulation {

using campaign::LossKind;
using campaign::WorkerIndex;
using core::Duration;

// --- the process ---------------------------------------------------------------------------------

void Session::stop() {
  if (!coordinator_ || ended_) return;
  stopping_ = true;
  coordinator_->stop("asked to stop", now());
}

void Session::kill(Workers workers) {
  kernel_.kill(process_);
  release_workers(workers == Workers::with_them ? Duration{0} : notice_span());
}

void Session::let_write_arrive(Duration span) {
  if (disk_.pending() == 0) return;
  kernel_.after(span, EventKind::disk, ProcessId::none, [this] {
    if (disk_.pending() > 0) (void)disk_.complete_next();  // nobody is there to hear of it
  });
}

void Session::pause(Duration span) { kernel_.pause(process_, span); }

void Session::pause_all(Duration span) {
  pause(span);
  for (const Worker* worker : living_workers()) kernel_.pause(worker->process(), span);
}

void Session::release_workers(Duration span) {
  for (const auto& worker : workers_)
    kernel_.after(span, EventKind::loss, ProcessId::none,
                  [this, process = worker->process()] { kernel_.kill(process); });
}

// --- workers -------------------------------------------------------------------------------------

std::vector<Worker*> Session::living_workers() const {
  std::vector<Worker*> living;
  for (const auto& worker : workers_)
    if (kernel_.is_alive(worker->process())) living.push_back(worker.get());
  return living;
}

Worker* Session::living_worker(std::uint32_t target) const {
  const std::vector<Worker*> living = living_workers();
  return living.empty() ? nullptr : living[target % living.size()];
}

std::vector<Worker*> Session::group_of_workers(std::uint32_t target) const {
  std::vector<Worker*> living = living_workers();
  if (living.size() < 2) return living;
  const std::size_t count = 1 + target % (living.size() / 2);
  const std::size_t first = target / 7 % living.size();
  std::rotate(living.begin(), living.begin() + static_cast<std::ptrdiff_t>(first), living.end());
  living.resize(count);
  return living;
}

Duration Session::notice_span() const {
  return Duration{static_cast<std::int64_t>(kernel_.options().notice_s * 1e9)};
}

void Session::lose(WorkerIndex worker, LossKind kind, Duration notice) {
  kernel_.after(notice, EventKind::loss, process_, [this, worker, kind] {
    kernel_.note([&] { return fmt::format("E{} worker {} is lost", epoch_, worker); });
    leases_[worker].clear();
    lost_.insert(worker);
    coordinator_->worker_lost({worker, kind, "connection lost"}, now());
    // If all are lost before they joined, one comes: in reality rank 0 has slots of its own.
    if (!coordinator_->ended() && lost_.size() == workers_.size()) add_worker();
  });
}

bool Session::crash_worker(std::uint32_t target) {
  Worker* worker = living_worker(target);
  if (worker == nullptr) return false;
  kernel_.kill(worker->process());
  lose(worker->index(), LossKind::process_ended, notice_span());
  return true;
}

void Session::worker_died(WorkerIndex worker) {
  kernel_.note([&] { return fmt::format("E{} worker {} dies of a cell", epoch_, worker); });
  kernel_.kill(workers_[worker]->process());
  lose(worker, LossKind::process_ended, notice_span());
}

bool Session::crash_node(std::uint32_t target) {
  const std::vector<Worker*> group = group_of_workers(target);
  for (const Worker* worker : group) {
    kernel_.kill(worker->process());
    lose(worker->index(), LossKind::connection_lost, notice_span());
  }
  return !group.empty();
}

bool Session::pause_worker(std::uint32_t target, Duration span) {
  Worker* worker = living_worker(target);
  if (worker != nullptr) kernel_.pause(worker->process(), span);
  return worker != nullptr;
}

/// It comes back when another one has its work: what it did and what it was told are late.
bool Session::replace_worker(std::uint32_t target, Duration span) {
  Worker* worker = living_worker(target);
  if (worker == nullptr) return false;
  kernel_.pause(worker->process(), 2 * notice_span() + span);
  lose(worker->index(), LossKind::silent, notice_span());
  kernel_.after(notice_span(), EventKind::control, process_, [this] { add_worker(); });
  return true;
}

bool Session::disconnect_worker(std::uint32_t target, Duration leaves_after) {
  Worker* worker = living_worker(target);
  if (worker == nullptr) return false;
  lose(worker->index(), LossKind::connection_lost, notice_span());
  kernel_.after(notice_span() + leaves_after, EventKind::loss, ProcessId::none,
                [this, process = worker->process()] { kernel_.kill(process); });
  return true;
}

bool Session::clog_worker(std::uint32_t target, Duration span) {
  Worker* worker = living_worker(target);
  if (worker == nullptr) return false;
  kernel_.block(worker->process(), process_, span);
  kernel_.block(process_, worker->process(), span);
  return true;
}

/// FoundationDB's swizzle-clogging: stop one after the other, go on in another order.
bool Session::swizzle(std::uint32_t target, Duration span) {
  const std::vector<Worker*> living = living_workers();
  const auto count = static_cast<std::int64_t>(living.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const ProcessId worker = living[static_cast<std::size_t>(i)]->process();
    const Duration stopped = span * (1 + (i * 7 + target) % count) / count;
    kernel_.after(span * i / count, EventKind::control, ProcessId::none, [this, worker, stopped] {
      kernel_.block(worker, process_, stopped);
      kernel_.block(process_, worker, stopped);
    });
  }
  return !living.empty();
}

/// The coordinator declares lost whom it does not hear; some of those leave by themselves, the
/// others are back when the network is.
bool Session::partition(std::uint32_t target, Duration span, Cut cut) {
  const std::vector<Worker*> group = group_of_workers(target);
  for (const Worker* worker : group) {
    const ProcessId process = worker->process();
    if (cut != Cut::to_workers) kernel_.block(process, process_, span);
    if (cut != Cut::from_workers) kernel_.block(process_, process, span);
    if (cut == Cut::to_workers || span < notice_span()) continue;
    lose(worker->index(), LossKind::connection_lost, notice_span());
    if (target % 3 == 0)
      kernel_.after(2 * notice_span(), EventKind::loss, ProcessId::none,
                    [this, process] { kernel_.kill(process); });
  }
  return !group.empty();
}

bool Session::fail_cell(std::uint32_t target, model::CellStatus status) {
  Worker* worker = living_worker(target);
  if (worker != nullptr) worker->fail_next_cells(1, status);
  return worker != nullptr;
}

}  // namespace foundation::simulation
