#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "capture/trace_folder.hpp"

namespace foundation::capture {

/// Folders of the traced jobs that have a program running on this host, of whatever user it is
/// whose processes may be looked at: a wrapper holds its log open. In the order of their paths.
[[nodiscard]] std::vector<TraceFolder> jobs_on_this_host();

/// Folders of traced jobs in `place` or below it, running or not. Throws core::Error{io}.
[[nodiscard]] std::vector<TraceFolder> jobs_below(const std::filesystem::path& place);

/// The job that is meant by `name`: its folder, the file that its trace goes to, its trace id, or
/// the id of one of its windows; if it is empty, the only job on this host. Throws
/// core::Error{bad_input} that says what there is.
[[nodiscard]] TraceFolder find_job(const std::string& name);

}  // namespace foundation::capture
