#pragma once

#include "analysis/analysis.hpp"
#include "storage/table_sink.hpp"

namespace foundation::analysis {

/// Writes an analysis as tables: /processes, /regions, /hotspots, /call_paths, /messages,
/// /collectives, /waits (the longest ones), /wait_groups (all of them, summed), /critical_path,
/// /delays and /efficiencies. Times are nanoseconds since the start of the trace; processes are
/// named by their MPI rank, regions by name. Local.
void publish(const TraceSet& traces, const Analysis& analysis, storage::TableSink& sink);

}  // namespace foundation::analysis
