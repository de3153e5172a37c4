#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>

#include "analysis/trace_set.hpp"

/// A trace for other tools. Calls, messages and processes are those of the analysis; HDF5 stays
/// the master.
namespace foundation::exports {

enum class Format : std::uint8_t {
  perfetto,  ///< protocol buffers, for ui.perfetto.dev and its trace_processor
  chrome,    ///< JSON of the Trace Event Format, for chrome://tracing and many viewers
  csv,       ///< one line a call, value of a counter, or mark
  json,      ///< one document: the trace, its processes, calls, messages, counters and marks
};

struct ExportOptions {
  analysis::TraceTime from = 0;  ///< calls that overlap with [from, to] are exported, whole
  analysis::TraceTime to = std::numeric_limits<analysis::TraceTime>::max();
  analysis::TraceTime min_duration = 0;  ///< shorter calls are left out, and their messages; of
                                         ///< counters and marks, none
  std::int64_t exported_at = 0;          ///< nanoseconds since 1970-01-01 UTC
};

struct ExportCounts {
  std::uint64_t calls = 0;
  std::uint64_t messages = 0;  ///< with both ends
  std::uint64_t counters = 0;  ///< values of them
  std::uint64_t marks = 0;
};

/// Takes the next bytes of the file.
using Writer = std::function<void(std::string_view)>;

/// Reads the trace once and writes it in this format. Memory as analysis::replay. Calls that
/// never ended last until the end of the trace. Throws core::Error{io, corrupt_data}, and
/// whatever `write` throws.
ExportCounts export_trace(const analysis::TraceSet& traces, Format format,
                          const ExportOptions& options, const Writer& write);

}  // namespace foundation::exports
