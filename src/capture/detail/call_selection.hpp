#pragma once

#include <cstdint>
#include <vector>

#include "analysis/trace_set.hpp"
#include "capture/detail/call_filter.hpp"
#include "capture/detail/event_bits.hpp"

namespace foundation::capture::detail {

/// Selects the events of a process that the scopes of its windows keep: a bit an event and stream.
///
/// By regions: what a thread does while one of them is open on it, the region itself included. One
/// that was entered before its window is not known to be open.
///
/// By communicators: calls that send, receive, probe, synchronise or make a communicator on one of
/// them. Of MPI's other calls only those that start and end MPI: what does not say in the recording
/// which communicator it is about is left out. Regions, counters and marks of the program stay.
///
/// Whatever is kept is whole: of requests that are begun in scope also the calls that made them
/// ready before, and those that give them parts, complete or cancel them, wherever these are; of
/// requests begun out of scope nothing. A wait that was never left is kept, as what it waited for
/// is not known.
///
/// `filters`: by the numbers of windows in Process::windows. Throws core::Error{io}.
[[nodiscard]] std::vector<EventBits> select_calls(const analysis::TraceSet& traces,
                                                  std::uint32_t process,
                                                  const std::vector<CallFilter>& filters);

}  // namespace foundation::capture::detail
