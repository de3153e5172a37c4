#pragma once

#include <cstddef>

#include "analysis/trace_set.hpp"
#include "capture/process_log.hpp"

namespace foundation::capture::detail {

/// A moment of the clock of a process's host, on the time of the trace; not before its start.
[[nodiscard]] analysis::TraceTime time_of(const analysis::Process& process,
                                          std::int64_t monotonic_ns);

/// Leaves of a process what it recorded in this window, with the ends of the calls that it was in;
/// nothing if it did not take part (nullptr).
void keep_window(analysis::TraceSet& traces, std::size_t process, const ProcessWindow* window);

}  // namespace foundation::capture::detail
