#include "capture/open_trace.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "analysis/open_trace.hpp"
#include "capture/detail/window_extent.hpp"
#include "capture/process_log.hpp"
#include "capture/trace_folder.hpp"

namespace foundation::capture {

namespace {

using analysis::RecordedWindow;
using analysis::TraceTime;

/// Numbers of windows, the same in each process.
using Numbers = std::map<std::uint64_t, std::uint32_t>;

std::vector<RecordedWindow> windows_of(const analysis::Process& process, const ProcessFacts& log,
                                       Numbers& numbers) {
  std::vector<RecordedWindow> windows;
  for (const ProcessWindow& it : log.windows) {
    if (it.from_ns == 0) continue;
    const auto next = static_cast<std::uint32_t>(numbers.size());
    const std::uint32_t number = numbers.try_emplace(it.id, next).first->second;
    const TraceTime end =
        it.to_ns == 0 ? std::numeric_limits<TraceTime>::max() : detail::time_of(process, it.to_ns);
    windows.push_back({number, detail::time_of(process, it.from_ns), end});
  }
  return windows;
}

void add_windows(analysis::TraceSet& traces, const TraceFolder& folder) {
  Numbers numbers;
  for (const std::filesystem::path& file : folder.logs()) {
    const ProcessFacts log = read_process_log(file, Samples::skip);
    const auto& processes = traces.processes();
    const auto found = std::ranges::find_if(processes, [&log](const analysis::Process& it) {
      const trace::RecordedFacts& facts = it.recording->facts();
      return facts.host == log.host && std::int64_t{facts.process} == log.process;
    });
    if (found == processes.end()) continue;
    const bool goes_on = log.ending == Ending::running && is_watched(file);
    traces.set_windows(static_cast<std::size_t>(found - processes.begin()),
                       windows_of(*found, log, numbers), goes_on);
  }
}

}  // namespace

analysis::TraceSet open_trace(const std::filesystem::path& path) {
  analysis::TraceSet traces = analysis::open_trace(path);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) add_windows(traces, TraceFolder{path});
  return traces;
}

}  // namespace foundation::capture
