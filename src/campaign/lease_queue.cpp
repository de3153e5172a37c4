#include "campaign/lease_queue.hpp"

#include <algorithm>
#include <utility>

#include "core/reach.hpp"

namespace foundation::campaign {

void LeaseQueue::add(model::Candidate candidate) {
  const model::CandidateIndex index = candidate.index;
  candidates_[index] = std::make_shared<const model::Candidate>(std::move(candidate));
}

std::optional<LeaseQueue::Work> LeaseQueue::start() {
  for (auto lease = waiting_.begin(); lease != waiting_.end(); ++lease) {
    const auto known = candidates_.find(lease->range.candidate);
    if (known == candidates_.end()) {
      FOUNDATION_REACHED(lease_waited_for_candidate);
      continue;
    }
    Work work{*lease, known->second};
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
