#include "runtime/worker_host.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "foundation/trace.hpp"

namespace foundation::runtime {

using messaging::Channel;

namespace {

// On the timeline of a traced run, with the number of the lease that a message is about.
constinit trace::Mark lease_begins{"lease begins"};
constinit trace::Mark results_sent{"results sent"};

constexpr int looks_when_idle = 4;  // for a message, between two turns of the lock
/// To look into every channel would cost more than a shorter lease can lose.
constexpr std::int64_t long_lease_ns = 100'000;

}  // namespace

WorkerHost::WorkerHost(Link& link, LeaseEvaluator& evaluator,
                       const campaign::WorkerRecord& description)
    : link_{link},
      evaluator_{evaluator},
      active_slots_{description.slots},
      host_{description.host} {
  if (description.slots == 0) return;
  pack(make_hello(description), outbox_);
  link_.send(Channel::control, outbox_);
}

void WorkerHost::run_slot() {
  ResultsMessage results;
  Bytes packed;
  std::unique_lock lock{mutex_};
  while (true) {
    if (!has_leader_) {
      if (results.busy_ns >= long_lease_ns) {
        receive_all();  // the waiting leases may have been called back meanwhile
      } else {
        receive_lease();
      }
    }
    if (const auto work = queue_.start()) {
      turn_.notify_one();
      lock.unlock();
      evaluate(*work, results);
      pack(results, packed);
      lock.lock();
      results_sent.set(static_cast<double>(results.lease));
      link_.send(Channel::data, packed);
      continue;
    }
    if (dismissed_) break;
    if (has_leader_) {
      turn_.wait(lock);
      continue;
    }
    has_leader_ = true;
    lock.unlock();
    link_.wait();
    lock.lock();
    has_leader_ = false;
  }
  turn_.notify_all();
  if (--active_slots_ > 0) return;
  pack(MessageKind::farewell, outbox_);
  link_.send(Channel::control, outbox_);
}

void WorkerHost::evaluate(const campaign::LeaseQueue::Work& work, ResultsMessage& results) {
  FOUNDATION_TRACE_SCOPE("lease");
  lease_begins.set(static_cast<double>(work.lease.id));
  evaluator_.evaluate(work, results);
}

/// Takes all that has come: leases first, then what recalls them.
void WorkerHost::receive_all() {
  while (receive_one()) {
  }
  link_.expect_urgent();
  while (receive_one()) {
  }
}

/// Returns once a lease is there: to look for more would only keep the lease from its slot.
void WorkerHost::receive_lease() {
  for (int in_vain = 0; in_vain < looks_when_idle;) {
    if (!receive_one()) ++in_vain;
    if (queue_.has_waiting()) return;
  }
}

bool WorkerHost::receive_one() {
  const auto message = link_.receive();
  if (!message) return false;
  link_.came();
  messages_.store(messages_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  try_handle(*message);
  return true;
}

/// Never fatal: a lease that could not be read is given out again when it is late.
void WorkerHost::try_handle(std::span<const std::byte> message) {
  try {
    handle(message);
  } catch (const core::Error& error) {
    if (error.kind() != core::ErrorKind::corrupt_data) throw;
    core::log(core::LogLevel::warning,
              fmt::format("a message of the coordinator is ignored: {}", error.what()));
  }
}

void WorkerHost::handle(std::span<const std::byte> message) {
  switch (kind_of(message)) {
    case MessageKind::candidate: return queue_.add(unpack_candidate(message));
    case MessageKind::request: return queue_.add(unpack_request(message));
    case MessageKind::lease: return queue_.add(unpack_lease(message));
    case MessageKind::recall: {
      const campaign::LeaseId lease = unpack_lease_id(message);
      if (!queue_.recall(lease)) return;
      pack(MessageKind::returned, lease, outbox_);
      return link_.send(Channel::control, outbox_);
    }
    case MessageKind::dismiss:
      queue_.clear();
      dismissed_ = true;
      return;
    case MessageKind::sampling: {
      const SamplingOrder order = unpack_sampling(message);
      sampler_.emplace(host_, 0, order.cores);  // the coordinator knows the rank
      sample_interval_ = order.interval;
      next_sample_ = {};
      return;
    }
    case MessageKind::award:
      if (purse_ != nullptr) purse_->take(unpack_award(message));
      return;
    case MessageKind::leave: leave_ = unpack_leave(message); return;
    default: return;  // a heartbeat, or unknown to a worker: never fatal
  }
}

void WorkerHost::flush(core::Duration limit) {
  const core::Time deadline = core::monotonic_now() + limit;
  Backoff backoff;
  std::unique_lock lock{mutex_};
  for (; !link_.flushed() && core::monotonic_now() < deadline; lock.lock()) {
    lock.unlock();
    backoff.wait();
  }
}

Leave WorkerHost::await_leave(core::Duration limit) {
  const core::Time deadline = core::monotonic_now() + limit;
  std::unique_lock lock{mutex_};
  for (receive_all(); !leave_ && core::monotonic_now() < deadline; receive_all()) {
    lock.unlock();
    link_.wait();
    lock.lock();
  }
  return leave_.value_or(Leave::at_once);
}

void WorkerHost::beat() {
  const std::lock_guard lock{mutex_};
  receive_all();
  if (!link_.flushed()) return;  // what is still on its way is a sign of life, too
  pack(MessageKind::heartbeat, outbox_);
  link_.send(Channel::control, outbox_);
}

void WorkerHost::report_node() {
  const std::lock_guard lock{mutex_};
  const core::Time now = core::monotonic_now();
  if (!sampler_ || dismissed_ || now < next_sample_ || !link_.flushed()) return;
  next_sample_ = now + sample_interval_;
  pack(sampler_->take(core::wall_now()), outbox_);
  link_.send(Channel::control, outbox_);  // before the farewell, so that it is received
}

void WorkerHost::attach(endpoints::Purse& purse) {
  purse_ = &purse;
  purse.attach(*this);
}

void WorkerHost::report(const endpoints::BudgetReport& report) {
  const std::lock_guard lock{mutex_};
  if (active_slots_ == 0) return;  // it has said farewell
  pack(report, outbox_);
  link_.send(Channel::control, outbox_);
}

void WorkerHost::poll() {
  const std::lock_guard lock{mutex_};
  receive_all();
}

void WorkerHost::report_budget() {
  if (purse_ != nullptr) purse_->beat();
}

}  // namespace foundation::runtime
