#include <utility>

#include <fmt/format.h>

#include "tests/simulation/session.hpp"
#include "tests/simulation/violation.hpp"

namespace foundation::simulation {

using campaign::ConnectionEnd;
using campaign::Loss;
using campaign::WorkerIndex;
using core::Duration;

// --- messages, all of which are signs of life ----------------------------------------------------

void Session::send_to(WorkerIndex worker, Channel channel, Kernel::Action action, EventKind kind) {
  Worker* to = workers_[worker].get();
  const bool counts = !has_connection(worker);
  const auto read = [to, counts, action = std::move(action)] {
    if (counts) to->hear_coordinator();
    action();
  };
  const core::Time at = kernel_.send(process_, to->process(), channel, read, kind);
  if (counts) to->arrives(at);
}

void Session::send_from(WorkerIndex worker, Channel channel, Kernel::Action action,
                        EventKind kind) {
  const auto read = [this, worker, action = std::move(action)] {
    liveness_.heard(worker, now().time);
    action();
  };
  oracle_.arrives(worker, kernel_.send(workers_[worker]->process(), process_, channel, read, kind));
}

void Session::beat(WorkerIndex worker) {
  const Channel channel = workers_[worker]->has_connection() ? Channel::liveness : Channel::events;
  send_from(
      worker, channel, [] {}, EventKind::beat);
}

/// Over the connections, and as messages to those who are watched without one.
void Session::beat_workers() {
  if (kernel_.now() < next_beat_) return;
  next_beat_ = kernel_.now() + beat_interval(kernel_.options());
  for (WorkerIndex worker = 0; worker < workers_.size(); ++worker) {
    Worker* to = workers_[worker].get();
    if (connected_[worker])
      to->arrives(kernel_.send(
          process_, to->process(), Channel::liveness, [to] { to->hear_coordinator(); },
          EventKind::beat));
    else if (liveness_.is_watched(worker))
      send_to(
          worker, Channel::control, [] {}, EventKind::beat);
  }
}

// --- verdicts ------------------------------------------------------------------------------------

void Session::watch_workers() {
  oracle_.tick(kernel_.now());
  for (const Loss& loss : liveness_.tick(now().time)) lose(loss);
  beat_workers();
  oracle_.check_overdue(liveness_, kernel_.now());
}

void Session::lose(const Loss& loss) {
  const WorkerIndex worker = loss.worker;
  kernel_.note(
      [&] { return fmt::format("E{} worker {} is lost: {}", epoch_, worker, loss.reason); });
  kernel_.trace((std::uint64_t{worker} << 8) | static_cast<std::uint64_t>(loss.kind));
  oracle_.check_verdict(loss, !kernel_.is_alive(workers_[worker]->process()), kernel_.now());
  close_connection(worker);
  leases_[worker].clear();
  lost_.insert(worker);
  coordinator_->worker_lost(loss, now());
  // If all are lost before they joined, one comes: in reality rank 0 has slots of its own.
  if (!coordinator_->ended() && lost_.size() == workers_.size()) add_worker();
}

// --- connections ---------------------------------------------------------------------------------

/// One in ten cannot connect and is watched by messages.
bool Session::has_connection(WorkerIndex worker) const {
  const Options& options = kernel_.options();
  if (!options.sockets || options.job.poison_share > 0) return options.sockets;
  return !draw_stream(options.seed, Draw::socket, epoch_, worker).chance(0.1);
}

/// By a worker that comes up. Who was given up before that is fenced.
void Session::open_connection(WorkerIndex worker) {
  Worker* peer = workers_[worker].get();
  peer->come_up(has_connection(worker));
  if (!peer->has_connection()) return;
  send_from(worker, Channel::liveness, [this, worker] {
    connected_[worker] = true;
    if (lost_.contains(worker)) close_connection(worker);
  });
}

/// The process at its other end leaves when it notices.
void Session::close_connection(WorkerIndex worker) {
  if (!connected_[worker]) return;
  connected_[worker] = false;
  Worker* to = workers_[worker].get();
  kernel_.send(process_, to->process(), Channel::liveness, [to] { to->leave(); });
}

void Session::connection_ended(WorkerIndex worker, ConnectionEnd how) {
  if (!connected_[worker]) return;
  connected_[worker] = false;
  const auto loss = liveness_.connection_ended(worker, how, "in this world");
  if (loss) lose(*loss);
  if (liveness_.is_watched(worker))
    throw Violation{fmt::format("worker {} is without connection, and not lost", worker)};
}

/// The kernels at both ends give up.
void Session::connection_cut(WorkerIndex worker) {
  if (!connected_[worker]) return;
  kernel_.after(Duration{0}, EventKind::loss, process_,
                [this, worker] { connection_ended(worker, ConnectionEnd::unreachable); });
  kernel_.after(Duration{0}, EventKind::loss, workers_[worker]->process(),
                [to = workers_[worker].get()] { to->leave(); });
}

void Session::block(WorkerIndex worker, Cut cut, Duration span) {
  const ProcessId process = workers_[worker]->process();
  if (cut != Cut::to_workers) kernel_.block(process, process_, span);
  if (cut != Cut::from_workers) kernel_.block(process_, process, span);
  kernel_.after(notice_span(), EventKind::loss, ProcessId::none, [this, worker, process] {
    if (kernel_.is_blocked(process, process_) || kernel_.is_blocked(process_, process))
      connection_cut(worker);
  });
}

// --- ends ----------------------------------------------------------------------------------------

/// The kernel of its node closes its connection.
void Session::end_worker(WorkerIndex worker) {
  const ProcessId process = workers_[worker]->process();
  if (!kernel_.is_alive(process)) return;
  kernel_.kill(process);
  if (!workers_[worker]->has_connection()) return;
  kernel_.send(process, process_, Channel::liveness,
               [this, worker] { connection_ended(worker, ConnectionEnd::closed); });
}

void Session::worker_leaves(WorkerIndex worker) {
  kernel_.note([&] { return fmt::format("E{} worker {} leaves", epoch_, worker); });
  end_worker(worker);
}

void Session::worker_died(WorkerIndex worker) {
  kernel_.note([&] { return fmt::format("E{} worker {} dies of a cell", epoch_, worker); });
  end_worker(worker);
}

void Session::lose_power_of(WorkerIndex worker) {
  kernel_.kill(workers_[worker]->process());
  kernel_.after(notice_span(), EventKind::loss, process_,
                [this, worker] { connection_ended(worker, ConnectionEnd::unreachable); });
}

void Session::end_process() {
  if (!is_alive()) return;
  for (WorkerIndex worker = 0; worker < workers_.size(); ++worker) close_connection(worker);
  kernel_.kill(process_);
}

void Session::farewell(WorkerIndex worker) {
  send_from(worker, Channel::events, [this, worker] {
    if (liveness_.is_lost(worker)) return;
    ++farewells_;
    liveness_.left(worker);
    oracle_.left(worker);
  });
}

/// After its end a coordinator waits for those who still work, but not for ever.
void Session::take_leave() {
  const bool all_left = farewells_ + liveness_.lost() >= workers_.size();
  if (!all_left && kernel_.now() < leave_by_) return;
  for (WorkerIndex worker = 0; worker < workers_.size(); ++worker) {
    Worker* to = workers_[worker].get();
    if (!connected_[worker] && !lost_.contains(worker))
      send_to(worker, Channel::control, [to] { to->leave(); });
  }
  end_process();
}

}  // namespace foundation::simulation
