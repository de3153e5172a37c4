#pragma once

#include <functional>
#include <sys/wait.h>
#include <unistd.h>

namespace foundation::testing {

/// Runs `work` in a child process, since there is one recorder a process; returns the wait status.
/// The child ends with `_exit(0)` unless `work` ends it some other way.
inline int in_child(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace foundation::testing
