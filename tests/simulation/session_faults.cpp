#include <algorithm>

#include <fmt/format.h>

#include "tests/simulation/session.hpp"

namespace foundation::simulation {

using campaign::WorkerIndex;
using core::Duration;

// --- the process ---------------------------------------------------------------------------------

void Session::stop() {
  if (!coordinator_ || ended_) return;
  stopping_ = true;
  coordinator_->stop("asked to stop", now());
}

void Session::kill(Workers workers) {
  end_process();
  if (workers == Workers::with_them)
    for (const auto& worker : workers_) kernel_.kill(worker->process());
}

void Session::die_in_write() {
  disk_.tear_next(*torn_part_);
  end_process();
  observer_.died(*this);
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

// --- its hosts -----------------------------------------------------------------------------------

void Session::kill_on(const Hosts& hosts) {
  orphaned_ = true;
  if (hosts(placement_.coordinator)) end_process();
  for (const auto& worker : workers_)
    if (hosts(host_of(worker->index()))) end_worker(worker->index());
}

/// No kernel is left there that could close a connection.
void Session::lose_host(std::uint32_t host) {
  for (const auto& worker : workers_)
    if (host_of(worker->index()) == host) lose_power_of(worker->index());
  if (placement_.coordinator != host) return;
  kernel_.kill(process_);
  for (const auto& worker : workers_)
    if (connected_[worker->index()])
      kernel_.after(notice_span(), EventKind::loss, worker->process(),
                    [to = worker.get()] { to->leave(); });
}

void Session::cut_host(std::uint32_t host, Duration span) {
  for (const auto& worker : workers_)
    if ((host_of(worker->index()) == host) != (placement_.coordinator == host))
      block(worker->index(), Cut::both_ways, span);
}

bool Session::has_ranks_on(std::uint32_t host) const {
  return placement_.coordinator == host ||
         std::ranges::find(placement_.workers, host) != placement_.workers.end();
}

bool Session::has_awake_process() const {
  const auto is_awake = [this](ProcessId process) {
    return kernel_.is_alive(process) && !kernel_.is_paused(process);
  };
  return is_awake(process_) || std::ranges::any_of(workers_, [&](const auto& worker) {
           return is_awake(worker->process());
         });
}

bool Session::is_gone(const Hosts& but_on) const {
  if (is_alive() && !but_on(placement_.coordinator)) return false;
  return std::ranges::none_of(workers_, [&](const auto& worker) {
    return kernel_.is_alive(worker->process()) && !but_on(host_of(worker->index()));
  });
}

/// Of a worker that comes; nobody starts one elsewhere for a session that is at its end.
std::uint32_t Session::next_host() const {
  const auto& hosts = placement_.workers;
  if (orphaned_ || hosts.empty()) return placement_.coordinator;
  return hosts[worker_hosts_.size() % hosts.size()];
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

bool Session::crash_worker(std::uint32_t target) {
  Worker* worker = living_worker(target);
  if (worker != nullptr) end_worker(worker->index());
  return worker != nullptr;
}

bool Session::crash_node(std::uint32_t target) {
  const std::vector<Worker*> group = group_of_workers(target);
  for (const Worker* worker : group) lose_power_of(worker->index());
  return !group.empty();
}

bool Session::pause_worker(std::uint32_t target, Duration span) {
  Worker* worker = living_worker(target);
  if (worker != nullptr) kernel_.pause(worker->process(), span);
  return worker != nullptr;
}

bool Session::freeze_worker(std::uint32_t target) {
  Worker* worker = living_worker(target);
  if (worker != nullptr) kernel_.freeze(worker->process());
  return worker != nullptr;
}

/// It comes back when another one has its work: what it did and what it was told are late.
bool Session::replace_worker(std::uint32_t target, Duration span) {
  Worker* worker = living_worker(target);
  if (worker == nullptr) return false;
  const Duration limit = kernel_.options().liveness_timeout;
  kernel_.pause(worker->process(), 2 * limit + span);
  kernel_.after(limit, EventKind::control, process_, [this] { add_worker(); });
  return true;
}

/// Both ends of the connection learn that it is cut, the worker later.
bool Session::disconnect_worker(std::uint32_t target, Duration leaves_after) {
  Worker* worker = living_worker(target);
  if (worker == nullptr || !connected_[worker->index()]) return false;
  const WorkerIndex index = worker->index();
  kernel_.after(notice_span(), EventKind::loss, process_,
                [this, index] { connection_ended(index, campaign::ConnectionEnd::unreachable); });
  kernel_.after(notice_span() + leaves_after, EventKind::loss, worker->process(),
                [worker] { worker->leave(); });
  return true;
}

bool Session::clog_worker(std::uint32_t target, Duration span) {
  Worker* worker = living_worker(target);
  if (worker != nullptr) block(worker->index(), Cut::both_ways, span);
  return worker != nullptr;
}

/// FoundationDB's swizzle-clogging: stop one after the other, go on in another order.
bool Session::swizzle(std::uint32_t target, Duration span) {
  const std::vector<Worker*> living = living_workers();
  const auto count = static_cast<std::int64_t>(living.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const WorkerIndex worker = living[static_cast<std::size_t>(i)]->index();
    const Duration stopped = span * (1 + (i * 7 + target) % count) / count;
    kernel_.after(span * i / count, EventKind::control, ProcessId::none,
                  [this, worker, stopped] { block(worker, Cut::both_ways, stopped); });
  }
  return !living.empty();
}

/// Whom the coordinator declares lost is back when the network is, unless it leaves by itself.
bool Session::partition(std::uint32_t target, Duration span, Cut cut) {
  const std::vector<Worker*> group = group_of_workers(target);
  for (const Worker* worker : group) block(worker->index(), cut, span);
  return !group.empty();
}

bool Session::fail_cell(std::uint32_t target, model::CellStatus status) {
  Worker* worker = living_worker(target);
  if (worker != nullptr) worker->fail_next_cells(1, status);
  return worker != nullptr;
}

}  // namespace foundation::simulation
