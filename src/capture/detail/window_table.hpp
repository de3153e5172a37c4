#pragma once

#include "capture/trace_data.hpp"
#include "storage/file_writer.hpp"

namespace foundation::capture::detail {

/// Writes /windows: a row a window and process that recorded in it.
void write_windows(storage::FileWriter& file, const TraceData& data);

}  // namespace foundation::capture::detail
