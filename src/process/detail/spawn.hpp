#pragma once

#include <sys/types.h>

#include "core/descriptor.hpp"
#include "process/command.hpp"

namespace foundation::process::detail {

/// A started program, or why there is none.
struct Spawned {
  int error = 0;  ///< errno; 0: it runs
  pid_t pid = -1;
  core::Descriptor ended;  ///< readable once it has ended; none before Linux 5.2
};

/// The program's ends of its three standard streams.
struct Streams {
  int input = -1;
  int output = -1;
  int errors = -1;
};

/// Starts the program as vfork does: parent and child share memory until the program has begun, so
/// that starting costs the same however large this process is. The child makes system calls only.
[[nodiscard]] Spawned spawn(const Command& command, const Streams& streams);

}  // namespace foundation::process::detail
