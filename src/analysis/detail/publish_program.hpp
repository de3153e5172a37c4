#pragma once

#include "analysis/analysis.hpp"
#include "storage/table_sink.hpp"

namespace foundation::analysis::detail {

/// Tables of what the program itself has named: /program_regions, /counters, /marks.
void publish_program(const TraceSet& traces, const Analysis& analysis, storage::TableSink& sink);

}  // namespace foundation::analysis::detail
