#pragma once

#include <filesystem>

#include "analysis/trace_set.hpp"

namespace foundation::capture {

/// As analysis::open_trace. Of the folder of a traced job (*.rings) it also says when which process
/// was recorded, and which of them go on, by the logs of the wrappers: an analysis of the folder is
/// that of the HDF5 file made from it.
[[nodiscard]] analysis::TraceSet open_trace(const std::filesystem::path& path);

}  // namespace foundation::capture
