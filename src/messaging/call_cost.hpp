#pragma once

#include <functional>

namespace foundation::messaging {

/// What recording costs an MPI call. Nanoseconds; the least of many short batches, so that other
/// load on the machine does not count.
struct CallCost {
  double clock = 0;           ///< a look at the clock that stamps events
  double bare = 0;            ///< MPI_Send to MPI_PROC_NULL, past the recorder
  double traced = 0;          ///< the same, recorded
  double off = 0;             ///< the same with the recorder switched off
  double ping_pong_bare = 0;  ///< there and back of 8 bytes between two ranks
  double ping_pong_traced = 0;
};

/// Measures in this process, into which the recorder must have been preloaded; the result is
/// rank 0's. `switch_recorder` switches it on or off, `look_at_clock` is what it does for a time
/// stamp. Initialises MPI and ends it. Throws core::Error{infrastructure} when there are other
/// than two ranks, or no recorder. **Collective.**
[[nodiscard]] CallCost measure_call_cost(const std::function<void(bool on)>& switch_recorder,
                                         const std::function<void()>& look_at_clock, int batches,
                                         bool& is_first);

}  // namespace foundation::messaging
