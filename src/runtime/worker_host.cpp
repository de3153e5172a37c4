#include "runtime/worker_host.hpp"

namespace foundation::runtime {

using messaging::Channel;

WorkerHost::WorkerHost(Link& link, Evaluator& evaluator, const campaign::WorkerRecord& description)
    : link_{link}, evaluator_{evaluator}, active_slots_{description.slots} {
  pack(make_hello(description), outbox_);
  link_.send(Channel::control, outbox_);
}

void WorkerHost::run_slot() {
  ResultsMessage results;
  Bytes packed;
  std::unique_lock lock{mutex_};
  while (true) {
    if (!has_leader_) receive_all();
    if (const auto work = queue_.start()) {
      turn_.notify_one();
      lock.unlock();
      evaluator_.evaluate(*work, results);
      pack(results, packed);
      lock.lock();
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

void WorkerHost::receive_all() {
  while (const auto message = link_.receive()) {
    link_.came();
    handle(*message);
  }
}

void WorkerHost::handle(std::span<const std::byte> message) {
  switch (kind_of(message)) {
    case MessageKind::candidate: return queue_.add(unpack_candidate(message));
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
    default: return;  // unknown to a worker: never fatal
  }
}

void WorkerHost::flush() {
  Backoff backoff;
  while (!link_.flushed()) backoff.wait();
}

}  // namespace foundation::runtime
