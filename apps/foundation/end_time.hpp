#pragma once

#include <optional>
#include <string>

#include "core/time.hpp"

namespace foundation {

/// When the time granted to this process is over: by `option` (the text of --end-time) if it is
/// not empty, else by Slurm: its variable SLURM_JOB_END_TIME, or, where that is not set, squeue,
/// which only the process that will be rank 0 asks. Nothing if nobody knows. Starts a process:
/// call it before MPI and before any thread. Throws core::Error{usage} for a bad `option`.
[[nodiscard]] std::optional<core::WallLabel> find_end_time(const std::string& option);

}  // namespace foundation
