#pragma once

#include <filesystem>

#include "analysis/trace_set.hpp"

namespace foundation::analysis {

/// The trace that `path` means: the HDF5 file of one, a recording, or a folder with recordings
/// (*.ftr). Local; the calling process must have one thread. Throws core::Error{bad_input} if there
/// is none, {corrupt_data} or {io} if it cannot be read.
[[nodiscard]] TraceSet open_trace(const std::filesystem::path& path);

}  // namespace foundation::analysis
