#pragma once

#include <filesystem>

#include "analysis/trace_set.hpp"

namespace foundation::analysis {

/// Opens the HDF5 file of a trace. Its events are unpacked once, row by row, into a temporary file
/// (TMPDIR, 32 bytes an event), where each stream can be read from any place; memory is a block of
/// rows. The file may come from anywhere: it is read in child processes, and what does not fit
/// together is refused. The calling process must have one thread (storage::run_isolated).
///
/// Local. Throws core::Error{bad_input} when it is another file, {corrupt_data}, {io}.
[[nodiscard]] TraceSet open_trace_tables(const std::filesystem::path& file);

}  // namespace foundation::analysis
