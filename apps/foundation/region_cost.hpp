#pragma once

namespace foundation {

/// What a region of foundation/trace.h costs in this process, as it is at the moment: nanoseconds
/// for its begin and its end together, with what a loop takes; the least of many short batches.
[[nodiscard]] double region_cost_ns(int batches);

}  // namespace foundation
