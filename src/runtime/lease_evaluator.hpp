#pragma once

#include "campaign/lease_queue.hpp"
#include "foundation/trace.hpp"
#include "runtime/wire.hpp"

namespace foundation::runtime {

/// Evaluates leases, one a calling thread at a time.
class LeaseEvaluator {
 public:
  virtual ~LeaseEvaluator() = default;
  /// Evaluates every cell of the lease; the call returns when all have a result.
  virtual void evaluate(const campaign::LeaseQueue::Work& work, ResultsMessage& results) = 0;
};

/// What a slot is at with each cell of a lease, on the timeline of a traced run.
[[nodiscard]] inline trace::Region& region_of(const campaign::LeaseQueue::Work& work) noexcept {
  static constinit trace::Region evaluation{"evaluation"};
  static constinit trace::Region text_request{"text request"};
  return work.request == nullptr ? evaluation : text_request;
}

}  // namespace foundation::runtime
