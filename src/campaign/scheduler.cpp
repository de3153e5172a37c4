#include "campaign/scheduler.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>

#include "core/contracts.hpp"
#include "core/mutation.hpp"
#include "core/reach.hpp"

namespace foundation::campaign {

using core::Duration;
using core::Time;
using model::CellRange;

namespace {

constexpr int child_factor = 50;  // a child takes its time to start: so much more work in a lease
constexpr std::size_t affinity_window = 64;  // pending ranges looked at for a prepared candidate
constexpr double sure_quantile = 0.99;       // of the cell costs, for what must end in time

LeaseId make_id(std::uint32_t entry, std::uint32_t generation) {
  return LeaseId{(std::uint64_t{generation} << 32) | entry};
}

/// What a worker is prepared for once it has had a lease of it; nothing of the kind for samples.
model::CandidateIndex prepared_by(const CellRange& range) {
  return range.split == model::Split::request ? model::no_candidate : range.candidate;
}

}  // namespace

void Scheduler::add_work(const CellRange& range, Place place) {
  EXPECTS(range.begin < range.end);
  pending_.push_back({range, place});
  pending_cells_ += range.size();
}

void Scheduler::add_urgent(const CellRange& range, Place place) {
  EXPECTS(range.begin < range.end);
  pending_.push_front({range, place});
  pending_cells_ += range.size();
}

std::vector<Scheduler::Work> Scheduler::take_pending() {
  std::vector<Work> taken{pending_.begin(), pending_.end()};
  pending_.clear();
  pending_cells_ = 0;
  return taken;
}

void Scheduler::add_worker(WorkerIndex worker, std::uint32_t slots) {
  EXPECTS(!has_worker(worker) && slots > 0);
  if (worker >= workers_.size()) workers_.resize(worker + 1);
  workers_[worker] = {.active = true, .slots = slots, .held = {}};
  active_.insert(std::ranges::lower_bound(active_, worker), worker);
  slots_ += slots;
}

std::vector<CellRange> Scheduler::remove_worker(WorkerIndex worker) {
  std::vector<CellRange> given_back;
  if (!has_worker(worker)) return given_back;
  WorkerState& state = workers_[worker];
  for (const std::uint32_t entry : std::vector{state.held}) {
    const LeaseState lease = leases_[entry];
    release(entry);
    LeaseState* twin = lease.copied ? find_out(lease.work.range) : nullptr;
    if (twin == nullptr) {
      given_back.push_back(lease.work.range);
    } else {
      FOUNDATION_REACHED(copy_outlived_lost_lease);
      twin->copied = false;  // it may be copied again
    }
  }
  leave_candidate(state);
  slots_ -= state.slots;
  state.active = false;
  std::erase(active_, worker);
  return given_back;
}

std::vector<CellRange> Scheduler::held_by(WorkerIndex worker) const {
  std::vector<CellRange> held;
  if (!has_worker(worker)) return held;
  for (const std::uint32_t entry : workers_[worker].held) held.push_back(leases_[entry].work.range);
  return held;
}

bool Scheduler::has_worker(WorkerIndex worker) const noexcept {
  return worker < workers_.size() && workers_[worker].active;
}

std::uint32_t Scheduler::idle_slots() const noexcept {
  std::uint32_t idle = 0;
  for (const WorkerIndex worker : active_) idle += idle_slots_of(worker);
  return idle;
}

std::uint32_t Scheduler::idle_slots_of(WorkerIndex worker) const noexcept {
  const WorkerState& state = workers_[worker];
  const auto held = static_cast<std::uint32_t>(state.held.size());
  return held < state.slots ? state.slots - held : 0;
}

// --- handing out ---------------------------------------------------------------------------------

std::optional<Lease> Scheduler::next_lease(WorkerIndex worker, Time now) {
  EXPECTS(has_worker(worker));
  WorkerState& state = workers_[worker];
  const std::size_t more = FOUNDATION_MUTATION(credit_exceeded) ? 1 : 0;
  if (pending_.empty() || state.held.size() >= state.slots + options_.ready + more)
    return std::nullopt;
  const std::uint32_t fitting = cells_that_fit(start_of_next(state, now));
  if (fitting == 0) return std::nullopt;
  const std::size_t at = pick(state);
  CellRange& source = pending_[at].range;
  Work part = pending_[at];
  part.range.end = part.range.begin + std::min(chunk_for(part), fitting);
  source.begin = part.range.end;
  if (source.begin == source.end)
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(at));
  pending_cells_ -= part.range.size();
  return issue(worker, part, now);
}

std::size_t Scheduler::pick(const WorkerState& worker) const {
  const std::size_t window = std::min(pending_.size(), affinity_window);
  std::size_t free_of_others = window;
  for (std::size_t i = 0; i < window; ++i) {
    const model::CandidateIndex candidate = prepared_by(pending_[i].range);
    if (candidate == worker.last && candidate != model::no_candidate) return i;
    const bool taken = candidate < on_candidate_.size() && on_candidate_[candidate] > 0;
    if (!taken && free_of_others == window) free_of_others = i;
  }
  return free_of_others == window ? 0 : free_of_others;
}

std::uint32_t Scheduler::chunk_for(const Work& work) const noexcept {
  const CellRange& range = work.range;
  if (range.split == model::Split::request) return 1;
  if (options_.fixed_chunk) return std::min(*options_.fixed_chunk, range.size());
  if (cell_cost_.count() == 0) return 1;
  const Duration target =
      options_.chunk_target * (work.place == Place::in_child ? child_factor : 1);
  const std::int64_t wanted = target / std::max(cell_cost_, Duration{1});
  const std::uint64_t twice_slots = std::uint64_t{2} * std::max(slots_, 1U);
  const std::uint64_t fair = (pending_cells_ + twice_slots - 1) / twice_slots;
  const auto chunk =
      std::min({static_cast<std::uint64_t>(std::max<std::int64_t>(wanted, 1)),
                std::uint64_t{options_.chunk_limit}, std::max<std::uint64_t>(fair, 1)});
  return std::min(static_cast<std::uint32_t>(chunk), range.size());
}

/// When a slot of the worker will be free for one more lease: list scheduling (Graham, Bell System
/// Technical Journal 1966) of what it holds, every cell at its high cost.
Time Scheduler::start_of_next(const WorkerState& worker, Time now) const {
  if (!options_.deadline || worker.held.size() < worker.slots) return now;
  const Duration cost = costs_.quantile(sure_quantile);
  std::vector<Time> free_at;  // a heap, the earliest on top
  for (const std::uint32_t entry : worker.held) {
    const LeaseState& lease = leases_[entry];
    Time begin = lease.started;
    if (free_at.size() == worker.slots) {
      std::ranges::pop_heap(free_at, std::greater{});
      begin = free_at.back();
      free_at.pop_back();
    }
    free_at.push_back(std::max(begin + cost * lease.work.range.size(), now));
    std::ranges::push_heap(free_at, std::greater{});
  }
  return free_at.front();
}

std::uint32_t Scheduler::cells_that_fit(Time start) const noexcept {
  constexpr std::uint32_t any = std::numeric_limits<std::uint32_t>::max();
  if (!options_.deadline) return any;
  if (start >= *options_.deadline) return 0;
  const Duration cost = costs_.quantile(sure_quantile);
  if (cost.count() == 0) return any;
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>((*options_.deadline - start) / cost, any));
}

bool Scheduler::out_of_time(Time now) const noexcept {
  return pending_cells_ > 0 && cells_that_fit(now) == 0;
}

Lease Scheduler::issue(WorkerIndex worker, const Work& work, Time now) {
  const CellRange& range = work.range;
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(leases_.size()));
    leases_.emplace_back();
  }
  const std::uint32_t entry = free_.back();
  free_.pop_back();
  LeaseState& lease = leases_[entry];
  lease = {.generation = lease.generation + 1,
           .out = true,
           .worker = worker,
           .work = work,
           .issued = now,
           .started = now};
  WorkerState& state = workers_[worker];
  state.held.push_back(entry);
  const model::CandidateIndex candidate = prepared_by(range);
  if (candidate != model::no_candidate && state.last != candidate) {
    leave_candidate(state);
    state.last = candidate;
    if (candidate >= on_candidate_.size()) on_candidate_.resize(candidate + 1);
    ++on_candidate_[candidate];
  }
  ++leases_out_;
  leased_cells_ += range.size();
  return {.id = make_id(entry, lease.generation), .range = range, .place = work.place};
}

void Scheduler::leave_candidate(WorkerState& worker) {
  if (worker.last != model::no_candidate) --on_candidate_[worker.last];
  worker.last = model::no_candidate;
}

std::optional<Lease> Scheduler::next_copy(WorkerIndex worker, Time now) {
  EXPECTS(has_worker(worker));
  if (!pending_.empty() || !workers_[worker].held.empty() || aged_ == 0) return std::nullopt;
  const Duration overdue = overdue_age();
  const std::uint32_t fitting = cells_that_fit(now);
  LeaseState* oldest = nullptr;
  for (LeaseState& lease : leases_) {
    if (!lease.out || lease.copied || lease.worker == worker || now - lease.issued < overdue)
      continue;
    if (lease.work.range.size() > fitting) continue;
    if (oldest == nullptr || lease.issued < oldest->issued) oldest = &lease;
  }
  if (oldest == nullptr) return std::nullopt;
  FOUNDATION_REACHED(straggler_copied);
  oldest->copied = true;
  Lease copy = issue(worker, Work{oldest->work}, now);
  find(copy.id)->copied = true;
  return copy;
}

std::optional<Scheduler::Recall> Scheduler::next_recall() {
  if (!pending_.empty() || idle_slots() == 0) return std::nullopt;
  const WorkerState* richest = nullptr;
  for (const WorkerIndex worker : active_) {
    const WorkerState& state = workers_[worker];
    if (state.held.size() <= state.slots || leases_[state.held.back()].recalled) continue;
    if (richest == nullptr ||
        state.held.size() * richest->slots > richest->held.size() * state.slots)
      richest = &state;
  }
  if (richest == nullptr) return std::nullopt;
  const std::uint32_t entry = richest->held.back();
  leases_[entry].recalled = true;
  return Recall{leases_[entry].worker, make_id(entry, leases_[entry].generation)};
}

// --- taking back ---------------------------------------------------------------------------------

Scheduler::LeaseState* Scheduler::find(LeaseId lease) {
  const auto entry = static_cast<std::uint32_t>(static_cast<std::uint64_t>(lease));
  const auto generation = static_cast<std::uint32_t>(static_cast<std::uint64_t>(lease) >> 32);
  if (entry >= leases_.size()) return nullptr;
  LeaseState& state = leases_[entry];
  return state.out && state.generation == generation ? &state : nullptr;
}

Scheduler::LeaseState* Scheduler::find_out(const CellRange& range) {
  const auto found = std::ranges::find_if(
      leases_, [&range](const LeaseState& it) { return it.out && it.work.range == range; });
  return found == leases_.end() ? nullptr : &*found;
}

std::optional<Scheduler::Held> Scheduler::close(LeaseId lease, Time now,
                                                std::optional<Duration> busy) {
  LeaseState* state = find(lease);
  FOUNDATION_REACHED_IF(state == nullptr && busy, answer_of_closed_lease);
  if (state == nullptr) return std::nullopt;
  const Held held{state->worker, state->work.range};
  if (busy) observe(*busy, held.range.size(), now - state->issued);
  const auto entry = static_cast<std::uint32_t>(state - leases_.data());
  const WorkerState& worker = workers_[held.worker];
  const auto place = std::ranges::find(worker.held, entry) - worker.held.begin();
  release(entry);
  const bool next_one_starts = place < worker.slots && worker.held.size() >= worker.slots;
  if (next_one_starts) leases_[worker.held[worker.slots - 1]].started = now;
  return held;
}

void Scheduler::release(std::uint32_t entry) {
  LeaseState& lease = leases_[entry];
  auto& held = workers_[lease.worker].held;
  held.erase(std::ranges::find(held, entry));
  lease.out = false;
  free_.push_back(entry);
  --leases_out_;
  leased_cells_ -= lease.work.range.size();
}

void Scheduler::observe(Duration busy, std::uint32_t cells, Duration age) {
  const Duration cost = std::max(busy / cells, Duration{1});
  cell_cost_ = cell_cost_.count() == 0 ? cost : (cell_cost_ * 7 + cost) / 8;
  costs_.add(cost);
  const auto age_us = static_cast<std::uint64_t>(std::max<std::int64_t>(age.count() / 1000, 0));
  ++ages_[static_cast<std::size_t>(std::bit_width(age_us) & 63)];
  ++aged_;
}

Duration Scheduler::overdue_age() const noexcept {
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < ages_.size() && (seen += ages_[bucket]) * 20 < aged_ * 19) ++bucket;
  const Duration quantile =
      std::chrono::microseconds{std::int64_t{1} << std::min<std::size_t>(bucket, 50)};
  const auto overdue = std::chrono::duration_cast<Duration>(quantile * options_.straggler_factor);
  return std::max(overdue, 2 * options_.chunk_target);
}

}  // namespace foundation::campaign
