#pragma once

#include "analysis/matches.hpp"
#include "analysis/trace_set.hpp"

namespace foundation::analysis {

struct ReplayCounts {
  std::uint64_t events = 0;
  std::uint64_t calls = 0;
  std::uint64_t unbalanced = 0;  ///< leave events without an enter: their beginning is not in the
                                 ///< recording (flight recorder, or recording began inside)
  std::uint64_t unended = 0;  ///< regions of the program that never ended: they last until the one
                              ///< around them does, or as long as the process
  std::uint64_t unknown_requests = 0;  ///< completed, but never seen to start
  std::uint64_t outside = 0;  ///< messages to and from processes of another MPI_COMM_WORLD, or on a
                              ///< communicator that is not known: they are not joined
  std::uint64_t lone = 0;  ///< ends of messages and collectives whose other ends are out of scope
                           ///< (is_lone): they are not joined
  TraceTime last = 0;      ///< of the latest event
};

/// Plays all events of a trace through in the order of time and tells the sink which calls,
/// messages and collectives they make up. If the trace begins in the midst of a run (Alignment), it
/// is played twice. Memory: buffers for reading, and what is under way.
/// Local. Throws core::Error{io, corrupt_data} while reading.
ReplayCounts replay(const TraceSet& traces, MatchSink& sink);

}  // namespace foundation::analysis
