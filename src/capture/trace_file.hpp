#pragma once

#include <filesystem>

#include "capture/trace_data.hpp"

namespace foundation::capture {

/// Writes a trace as one HDF5 file (storage/trace_schema.hpp), durable when this returns; readers
/// see the old file or the new one, never part of it. The same data gives the same tables. Events
/// are read, converted and compressed by the threads of an OpenMP region; memory does not depend
/// on their number. Throws core::Error{io}.
void write_trace_file(const std::filesystem::path& target, std::uint64_t trace_id,
                      const TraceData& data);

}  // namespace foundation::capture
