#include "campaign/lease_queue.hpp"

#include <algorithm>
#include <utility>

namespace foundation::campaign {

void LeaseQueue::add(model::Candidate candidate) {
  const model::CandidateIndex index = candidate.index;
  candidates_[index] = std::make_shared<const model::Candidate>(std::move(candidate));
}

std::optional<LeaseQueue::Work> LeaseQueue::start() {
  for (auto lease = waiting_.begin(); lease != waiting_.end(); ++lease) {
    const auto known = candidates_.find(lease->range.candidate);
    if (known == candidates_.end()) continue;
    Work work{*lease, known->second};
    waiting_.erase(lease);
    return work;
  }
  return std::nullopt;
}

bool LeaseQueue::recall(LeaseId lease) {
  const auto found = std::ranges::find(waiting_, lease, &Lease::id);
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  return true;
}

}  // namespace foundation::campaign
