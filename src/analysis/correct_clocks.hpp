#pragma once

#include "analysis/clock_correction.hpp"
#include "analysis/trace_set.hpp"

namespace foundation::analysis {

struct ClockReport {
  std::uint32_t hosts = 1;
  std::uint64_t conditions = 0;  ///< pairs of events between hosts that were checked
  Violations before, aligned, after;
  double bound = 0;             ///< largest error of an offset between hosts, nanoseconds
  std::uint32_t unaligned = 0;  ///< hosts without messages both ways: their clocks are as they were
};

/// Puts the hosts of a trace on one clock by the messages and collectives between them, then
/// repairs what still violates their order. One host: nothing to do. Replays the trace once; memory
/// grows with the messages between hosts (40 bytes each), and once more with all messages if there
/// is something to repair. Throws as replay.
ClockReport correct_clocks(TraceSet& traces);

}  // namespace foundation::analysis
