#include "runtime/coordinator_host.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "foundation/trace.hpp"
#include "runtime/stop_signals.hpp"

namespace foundation::runtime {

using campaign::Coordinator;
using campaign::EndReport;
using campaign::LeaseId;
using campaign::Now;
using campaign::WorkerIndex;
using messaging::Channel;

namespace {

// On the timeline of a traced run, with the number of the lease that a message is about.
constinit trace::Mark lease_sent{"lease sent"};
constinit trace::Mark lease_recalled{"lease recalled"};
constinit trace::Mark results_came{"results came"};
constinit trace::Mark became_durable{"durable"};  ///< with the number of the write

constexpr int messages_in_a_row = 64;   // before disk, clock and signals get a look
constexpr int turns_between_clock = 8;  // a turn without messages is as short as a look at it
constexpr core::Duration housekeeping_interval = std::chrono::milliseconds{1};
constexpr core::Duration stop_check_interval = std::chrono::milliseconds{500};
constexpr core::Duration short_farewell = std::chrono::seconds{1};  // cells are left behind anyway

}  // namespace

Now CoordinatorHost::now() const {
  const core::Time time = core::monotonic_now();
  return {time, time.ns + wall_offset_};
}

EndReport CoordinatorHost::run(Coordinator& coordinator) {
  Backoff backoff;
  int until_clock = 0;
  if (parts_.members != nullptr) parts_.members->begin(coordinator, now());
  while (!end_) {
    if (--until_clock < 0) {
      until_clock = turns_between_clock;
      moment_ = now();
    }
    const bool busy = receive_some(coordinator);
    if (parts_.disk->ready() || moment_.time >= next_housekeeping_) housekeeping(coordinator);
    if (busy) {
      backoff.reset();
    } else if (!end_ && backoff.wait()) {
      until_clock = 0;
      if (parts_.channels != nullptr) parts_.channels->expect_urgent();
    }
  }
  take_leave(coordinator);
  return *end_;
}

bool CoordinatorHost::receive_some(Coordinator& coordinator) {
  bool any = false;
  for (int count = 0; count < messages_in_a_row; ++count) {
    bool came = false;
    if (parts_.channels != nullptr) {
      if (const auto incoming = parts_.channels->receive()) {
        const auto from = static_cast<WorkerIndex>(incoming->from);
        if (parts_.watch != nullptr) parts_.watch->heard(from, moment_.time);
        try_handle(from, incoming->bytes, coordinator);
        came = true;
      }
    }
    if (parts_.to_coordinator != nullptr) {
      if (const auto message = parts_.to_coordinator->take()) {
        handle(0, *message, coordinator);
        came = true;
      }
    }
    if (!came) break;
    any = true;
  }
  return any;
}

/// Never fatal: the work that an unreadable message was about is given out again when it is late.
void CoordinatorHost::try_handle(WorkerIndex from, std::span<const std::byte> message,
                                 Coordinator& coordinator) {
  try {
    handle(from, message, coordinator);
  } catch (const core::Error& error) {
    if (error.kind() != core::ErrorKind::corrupt_data) throw;
    core::log(core::LogLevel::warning,
              fmt::format("a message of rank {} is ignored: {}", from, error.what()));
  }
}

void CoordinatorHost::handle(WorkerIndex from, std::span<const std::byte> message,
                             Coordinator& coordinator) {
  ++received_;
  switch (kind_of(message)) {
    case MessageKind::results:
      unpack_results(message, results_);
      results_came.set(static_cast<double>(results_.lease));
      return coordinator.results(from, results_.lease, results_.range,
                                 core::Duration{results_.busy_ns}, results_.cells, results_.outputs,
                                 moment_);
    case MessageKind::returned:
      return coordinator.lease_returned(from, unpack_lease_id(message), moment_);
    case MessageKind::hello: return join(from, unpack_hello(message), coordinator);
    case MessageKind::heartbeat: return;
    case MessageKind::sample: {
      cluster::NodeSample sample = unpack_sample(message);
      sample.rank = from;
      coordinator.note(campaign::RecordKind::node_sample, campaign::encode(sample), moment_);
      return;
    }
    case MessageKind::report:
      if (parts_.budget != nullptr) parts_.budget->report(from, unpack_report(message));
      return;
    case MessageKind::farewell:
      if (parts_.watch != nullptr && parts_.watch->is_lost(from)) return;
      ++farewells_;
      if (parts_.watch != nullptr) parts_.watch->left(from);
      return;
    default:
      core::log(core::LogLevel::warning,
                fmt::format("rank {} sent a message that only a coordinator sends; ignored", from));
  }
}

void CoordinatorHost::join(WorkerIndex from, const Hello& hello, Coordinator& coordinator) {
  require_same_protocol(hello, static_cast<int>(from));
  campaign::WorkerRecord description = hello.description;
  description.worker = from;
  description.change = campaign::WorkerChange::joined;
  description.at = moment_.wall;
  const bool is_lost = parts_.watch != nullptr && parts_.watch->is_lost(from);
  if (parts_.members != nullptr && !is_lost && !end_)
    post(parts_.members->joined(description, coordinator, moment_));
  coordinator.worker_joined(from, description, moment_);
}

void CoordinatorHost::housekeeping(Coordinator& coordinator) {
  const Now moment = moment_;
  next_housekeeping_ = moment.time + housekeeping_interval;
  if (slot_failed_) throw core::Error{core::ErrorKind::internal, "a slot of rank 0 has failed"};
  if (parts_.disk->ready())
    for (journal::WriteDone& done : parts_.disk->poll()) {
      if (done.error_number == 0 && !done.fenced)
        became_durable.set(static_cast<double>(done.ticket));
      coordinator.write_done(std::move(done), moment);
    }
  if (const auto signal = stop_requested())
    coordinator.stop(fmt::format("stopped by {}", *signal), moment);
  if (moment.time >= next_stop_check_) {
    next_stop_check_ = moment.time + stop_check_interval;
    if (parts_.disk->read(parts_.stop_file)) coordinator.stop("stop file found", moment);
  }
  if (parts_.watch != nullptr) watch_workers(coordinator);
  coordinator.tick(moment);
  if (parts_.members != nullptr) look_after_members(coordinator);
  give_grants(coordinator);
  if (parts_.publisher != nullptr) parts_.publisher->poll(moment.time);
}

void CoordinatorHost::watch_workers(Coordinator& coordinator) {
  for (const campaign::Loss& loss : parts_.watch->poll(moment_.time)) {
    core::log(core::LogLevel::warning,
              fmt::format("rank {} is lost: {}; others do its work", loss.worker, loss.reason));
    if (parts_.channels != nullptr) parts_.channels->drop(static_cast<int>(loss.worker));
    if (parts_.budget != nullptr) parts_.budget->lost(loss.worker);
    coordinator.worker_lost(loss, moment_);
    if (parts_.members != nullptr && !end_)
      post(parts_.members->left(loss.worker, coordinator, moment_));
  }
  if (parts_.channels == nullptr) return;
  for (const WorkerIndex worker : parts_.watch->owed_heartbeats(moment_.time)) {
    if (!parts_.channels->all_sent_to(static_cast<int>(worker))) continue;
    pack(MessageKind::heartbeat, outbox_);
    send(worker, Channel::control);
  }
}

bool CoordinatorHost::waits_for_farewells() const {
  const int lost = parts_.watch == nullptr ? 0 : static_cast<int>(parts_.watch->lost());
  return farewells_ + lost < parts_.workers;
}

void CoordinatorHost::look_after_members(Coordinator& coordinator) {
  const auto is_watched = [this](WorkerIndex worker) {
    return worker != 0 && parts_.watch != nullptr;
  };
  const Members::Contact contact{
      .heard_at =
          [&](WorkerIndex worker) {
            return is_watched(worker) ? parts_.watch->heard_at(worker) : moment_.time;
          },
      .round_trip =
          [&](WorkerIndex worker) {
            return is_watched(worker) ? parts_.watch->round_trip(worker) : std::nullopt;
          },
      .received = received_,
      .sent = sent_};
  post(parts_.members->tick(contact, coordinator, moment_));
}

/// Tells ranks to sample their nodes.
void CoordinatorHost::post(const Members::Posts& posts) {
  for (const Members::Post& it : posts) {
    pack(it.order, outbox_);
    send(it.worker, Channel::control);
  }
}

void CoordinatorHost::give_grants(Coordinator& coordinator) {
  if (parts_.budget == nullptr) return;
  for (const auto& it : parts_.budget->tick(coordinator, moment_)) {
    pack(it.award, outbox_);
    send(it.holder, Channel::control);
  }
}

/// Everybody is dismissed; those who say hello only now get the same answer.
void CoordinatorHost::take_leave(Coordinator& coordinator) {
  const bool nothing_left_behind = std::as_const(coordinator).scheduler().leases_out() == 0;
  const core::Duration limit =
      nothing_left_behind ? parts_.farewell_limit : std::min(parts_.farewell_limit, short_farewell);
  const core::Time deadline = core::monotonic_now() + limit;
  Backoff backoff;
  const auto waiting = [this] {
    return waits_for_farewells() || (parts_.channels != nullptr && !parts_.channels->all_sent());
  };
  while (waiting() && core::monotonic_now() < deadline) {
    moment_ = now();
    if (parts_.watch != nullptr) watch_workers(coordinator);
    give_grants(coordinator);
    if (parts_.channels != nullptr) parts_.channels->progress();
    if (receive_some(coordinator)) {
      backoff.reset();
    } else {
      backoff.wait();
    }
  }
  release_workers();
}

/// The last word to every rank: how to end.
void CoordinatorHost::release_workers() {
  if (parts_.watch == nullptr || parts_.channels == nullptr) return;
  pack(parts_.watch->lost() > 0 ? Leave::at_once : Leave::finalize, outbox_);
  for (int rank = 1; rank < parts_.ranks; ++rank)
    parts_.channels->send(rank, Channel::control, outbox_);
  send_out(std::chrono::seconds{1});
  parts_.watch->say_leave();
}

void CoordinatorHost::send_out(core::Duration limit) {
  const core::Time deadline = core::monotonic_now() + limit;
  while (parts_.channels != nullptr && !parts_.channels->all_sent() &&
         core::monotonic_now() < deadline)
    parts_.channels->progress();
}

void CoordinatorHost::abandon() {
  for (int rank = parts_.to_worker == nullptr ? 1 : 0; rank < parts_.ranks; ++rank)
    dismiss(static_cast<WorkerIndex>(rank));
  send_out(std::chrono::seconds{1});
  release_workers();
}

void CoordinatorHost::send(WorkerIndex worker, Channel channel) {
  ++sent_;
  if (worker == 0) return parts_.to_worker->put(outbox_);
  parts_.channels->send(static_cast<int>(worker), channel, outbox_);
}

void CoordinatorHost::say_start(const campaign::StartedRecord& started) {
  if (started.complete && parts_.ranks == 1) return;
  core::log(started.complete ? core::LogLevel::info : core::LogLevel::warning,
            campaign::describe(started));
}

void CoordinatorHost::send_candidate(WorkerIndex worker, const model::Candidate& candidate) {
  pack(candidate, outbox_);
  send(worker, Channel::events);
}

void CoordinatorHost::send_request(WorkerIndex worker, const model::NumberedRequest& request) {
  pack(request, outbox_);
  send(worker, Channel::events);
}

void CoordinatorHost::send_lease(WorkerIndex worker, const campaign::Lease& lease) {
  lease_sent.set(static_cast<double>(lease.id));
  pack(lease, outbox_);
  send(worker, Channel::data);
}

void CoordinatorHost::send_recall(WorkerIndex worker, LeaseId lease) {
  lease_recalled.set(static_cast<double>(lease));
  pack(MessageKind::recall, lease, outbox_);
  send(worker, Channel::control);
}

void CoordinatorHost::dismiss(WorkerIndex worker) {
  pack(MessageKind::dismiss, outbox_);
  send(worker, Channel::control);
}

void CoordinatorHost::write(journal::WriteRequest request) {
  parts_.disk->submit(std::move(request));
}

void CoordinatorHost::replace_file(std::string_view name, std::string_view content) {
  try {
    parts_.disk->replace(name, content);
  } catch (const core::Error& error) {  // the journal decides; these files are hints
    core::log(core::LogLevel::warning, error.what());
  }
}

void CoordinatorHost::publish(journal::Sequence durable, bool final) {
  if (parts_.publisher != nullptr) parts_.publisher->request(durable, final);
}

void CoordinatorHost::report(const campaign::ProgressRecord& progress) {
  if (parts_.printer != nullptr) parts_.printer->show(progress, core::monotonic_now());
}

void CoordinatorHost::end(const EndReport& report) { end_ = report; }

}  // namespace foundation::runtime
