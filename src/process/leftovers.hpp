#pragma once

#include <span>
#include <sys/types.h>

namespace foundation::process {

/// Kills and reaps all children of this process but `spared`, with everything that descends from
/// them: for a subreaper, to which the orphans of whoever has died below it come. Gives up those
/// that do not die within five seconds.
void end_children(std::span<const pid_t> spared) noexcept;

}  // namespace foundation::process
