#pragma once

#include "campaign/lease_queue.hpp"
#include "runtime/wire.hpp"

namespace foundation::runtime {

/// Evaluates leases, one a calling thread at a time.
class LeaseEvaluator {
 public:
  virtual ~LeaseEvaluator() = default;
  /// Evaluates every cell of the lease; the call returns when all have a result.
  virtual void evaluate(const campaign::LeaseQueue::Work& work, ResultsMessage& results) = 0;
};

}  // namespace foundation::runtime
