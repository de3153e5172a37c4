#include "capture/open_trace.hpp"

#include <algorithm>
#include <cstdint>
#include <system_error>

#include "analysis/open_trace.hpp"
#include "capture/detail/window_extent.hpp"
#include "capture/process_log.hpp"
#include "capture/trace_folder.hpp"

namespace foundation::capture {

namespace {

void add_windows(analysis::TraceSet& traces, const TraceFolder& folder) {
  detail::WindowNumbers numbers;
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
                       detail::recorded_windows(*found, log.windows, numbers), goes_on);
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
