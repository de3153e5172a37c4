#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "analysis/trace_set.hpp"
#include "capture/process_log.hpp"

namespace foundation::capture::detail {

/// A moment of the clock of a process's host, on the time of the trace; not before its start.
[[nodiscard]] analysis::TraceTime time_of(const analysis::Process& process,
                                          std::int64_t monotonic_ns);

/// Numbers of windows, the same in each process, by their ids.
using WindowNumbers = std::map<std::uint64_t, std::uint32_t>;

/// When a process was recorded, as its wrapper has it. Windows without a number get the next one.
[[nodiscard]] std::vector<analysis::RecordedWindow> recorded_windows(
    const analysis::Process& process, const std::vector<ProcessWindow>& windows,
    WindowNumbers& numbers);

/// Leaves of a process what it recorded in this window, with the ends of the calls that it was in;
/// nothing if it did not take part (nullptr).
void keep_window(analysis::TraceSet& traces, std::size_t process, const ProcessWindow* window);

}  // namespace foundation::capture::detail
