#pragma once

#include <string_view>

#include "process/command.hpp"

namespace foundation::process {

/// Runs a program from start to end and returns when nothing of it is left.
///
/// It gets a process group of its own, `input` (or nothing) to read as a file, no core file, no
/// descriptor of ours, default signal handlers, and dies with the calling thread. Once its first
/// process has ended, or a limit is reached, everything that descends from it is killed: children
/// that it left, whatever process group or session they have moved to, since this process becomes
/// their parent (it is made a subreaper). Children that this process had before are left alone.
///
/// Call it from one thread at a time. Throws core::Error{io} when the system has no pipe or memory
/// left; a program that cannot be started is an ending.
[[nodiscard]] Ending run(const Command& command, std::string_view input = {});

}  // namespace foundation::process
