#include "campaign/lease_queue.hpp"

#include <algorithm>
#include <utility>

#include "core/reach.hpp"

namespace foundation::campaign {

void LeaseQueue::add(model::Candidate candidate) {
  const model::CandidateIndex index = candidate.index;
  candidates_[index] = std::make_shared<const model::Candidate>(std::move(candidate));
}

void LeaseQueue::add(model::NumberedRequest request) {
  requests_[request.index] = std::make_shared<const model::TextRequest>(std::move(request.request));
}

/// Most leases are of the candidate of the one before.
const std::shared_ptr<const model::Candidate>* LeaseQueue::find(model::CandidateIndex candidate) {
  if (latest_ && latest_->index == candidate) return &latest_;
  const auto known = candidates_.find(candidate);
  if (known == candidates_.end()) return nullptr;
  latest_ = known->second;
  return &latest_;
}

/// Nothing if what the lease is about has not come yet.
std::optional<LeaseQueue::Work> LeaseQueue::work_of(const Lease& lease) {
  if (lease.range.split == model::Split::request) {
    const auto known = requests_.find(lease.range.candidate);
    FOUNDATION_REACHED_IF(known == requests_.end(), lease_waited_for_request);
    if (known == requests_.end()) return std::nullopt;
    return Work{.lease = lease, .request = known->second};
  }
  const auto* candidate = find(lease.range.candidate);
  FOUNDATION_REACHED_IF(candidate == nullptr, lease_waited_for_candidate);
  if (candidate == nullptr) return std::nullopt;
  return Work{.lease = lease, .candidate = *candidate};
}

std::optional<LeaseQueue::Work> LeaseQueue::start() {
  for (auto lease = waiting_.begin(); lease != waiting_.end(); ++lease) {
    auto work = work_of(*lease);
    if (!work) continue;
    waiting_.erase(lease);
    return work;
  }
  return std::nullopt;
}

bool LeaseQueue::recall(LeaseId lease) {
  const auto found = std::ranges::find(waiting_, lease, &Lease::id);
  FOUNDATION_REACHED_IF(found == waiting_.end(), recall_came_too_late);
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  return true;
}

}  // namespace foundation::campaign
