#include "campaign/lease_queue.hpp"

#include <algorithm>
#include <utility>

#include "core/reach.hpp"

namespace foundation::campaign {

void LeaseQueue::add(model::Candidate candidate) {
  const model::CandidateIndex index = candidate.index;
  candidates_[index] = std::make_shared<const model::Candidate>(std::move(candidate));
}

/// Most leases are of the candidate of the one before.
const std::shared_ptr<const model::Candidate>* LeaseQueue::find(model::CandidateIndex candidate) {
  if (latest_ && latest_->index == candidate) return &latest_;
  const auto known = candidates_.find(candidate);
  if (known == candidates_.end()) return nullptr;
  latest_ = known->second;
  return &latest_;
}

std::optional<LeaseQueue::Work> LeaseQueue::start() {
  for (auto lease = waiting_.begin(); lease != waiting_.end(); ++lease) {
    const auto* candidate = find(lease->range.candidate);
    if (candidate == nullptr) {
      FOUNDATION_REACHED(lease_waited_for_candidate);
      continue;
    }
    Work work{*lease, *candidate};
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
