#pragma once

#include <filesystem>
#include <string>
#include <signal.h>
#include <unistd.h>

#include "process/command.hpp"

namespace foundation::process {

/// A script of the shell as the program to be run, for tests only.
inline Command shell(const std::string& script, const Limits& limits = {}) {
  return {.executable = "/bin/sh",
          .arguments = {"sh", "-c", script},
          .environment = {"PATH=/usr/local/bin:/usr/bin:/bin"},
          .folder = {},
          .limits = limits};
}

inline bool is_alive(pid_t pid) { return kill(pid, 0) == 0; }

/// This process has no child any more, not even a dead one.
inline bool has_no_children() {
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0;
}

}  // namespace foundation::process
