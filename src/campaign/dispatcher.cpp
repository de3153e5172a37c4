#include "campaign/dispatcher.hpp"

#include "core/mutation.hpp"

namespace foundation::campaign {

using core::Time;

void Dispatcher::add_worker(WorkerIndex worker, std::uint32_t slots) {
  if (worker >= sent_.size()) sent_.resize(worker + 1);
  sent_[worker] = {};
  scheduler_.add_worker(worker, slots);
}

void Dispatcher::add_work(const model::CellRange& range) {
  for (const Suspects::Part& part : suspects_.sort(range))
    scheduler_.add_work(part.range, part.place);
}

void Dispatcher::add_urgent(const model::CellRange& range) {
  const auto parts = suspects_.sort(range);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part)
    scheduler_.add_urgent(part->range, part->place);
}

void Dispatcher::crashed(model::CandidateIndex candidate, model::Split split,
                         std::uint32_t position) {
  if (!suspects_.contains(candidate, split, position)) return;
  if (!suspects_.convict(candidate, split, position)) return;
  for (const Scheduler::Work& waiting : scheduler_.take_pending()) add_work(waiting.range);
}

void Dispatcher::serve(WorkerIndex worker, Time now) {
  if (!scheduler_.has_worker(worker)) return;
  while (auto lease = scheduler_.next_lease(worker, now)) send(worker, *lease);
}

void Dispatcher::serve_all(Time now) {
  for (const WorkerIndex worker : scheduler_.workers()) {
    while (scheduler_.idle_slots_of(worker) > 0) {
      const auto lease = scheduler_.next_lease(worker, now);
      if (!lease) return;
      send(worker, *lease);
    }
  }
  for (const WorkerIndex worker : scheduler_.workers()) serve(worker, now);
}

void Dispatcher::send_what_it_is_about(WorkerIndex worker, const model::CellRange& range) {
  const bool is_request = range.split == model::Split::request;
  const std::uint32_t index = range.candidate;
  std::vector<bool>& sent = is_request ? sent_[worker].requests : sent_[worker].candidates;
  if (index >= sent.size()) sent.resize(index + 1, false);
  if (sent[index] || (FOUNDATION_MUTATION(candidate_not_sent) && index > 0)) return;
  sent[index] = true;
  if (is_request) {
    effects_.send_request(worker, {index, trajectory_.requests().all()[index]});
  } else {
    effects_.send_candidate(worker, trajectory_.proposals()[index].candidate);
  }
}

void Dispatcher::send(WorkerIndex worker, Lease lease) {
  send_what_it_is_about(worker, lease.range);
  lease.keep_outputs = keeps_outputs(lease.range.split);
  effects_.send_lease(worker, lease);
}

void Dispatcher::use_idle_workers(Time now) {
  if (scheduler_.pending_cells() > 0 || scheduler_.idle_slots() == 0) return;
  if (const auto recall = scheduler_.next_recall())
    return effects_.send_recall(recall->holder, recall->lease);
  for (const WorkerIndex worker : scheduler_.workers())
    if (const auto copy = scheduler_.next_copy(worker, now)) return send(worker, *copy);
}

}  // namespace foundation::campaign
