#pragma once

#include <optional>
#include <string>
#include <vector>
#include <sys/types.h>

#include "campaign/launcher.hpp"

namespace foundation::runtime {

struct LaunchCommand {
  std::vector<std::string> words;        ///< executable and arguments
  std::vector<std::string> environment;  ///< "NAME=value", on top of this process's
};

/// A process manager (mpirun, srun) in the hands of a small process between it and this one: in a
/// session of its own, so that a terminal's signals do not reach it, without input. When this
/// process dies, however it dies, the one between ends the process manager, kills what is left of
/// the launch on this host and removes its files.
///
/// For processes with one thread, with SIGCHLD not ignored. Local.
class LaunchGuard {
 public:
  /// `launch_id` marks the processes of this launch (launch_id_variable). Throws
  /// core::Error{infrastructure} if there is no process to be had.
  LaunchGuard(const LaunchCommand& command, const std::string& launch_id);
  LaunchGuard(const LaunchGuard&) = delete;
  LaunchGuard& operator=(const LaunchGuard&) = delete;
  /// As if this process had died; waits until everything is gone.
  ~LaunchGuard();

  /// Readable when `ended` has something to tell.
  [[nodiscard]] int descriptor() const noexcept { return socket_; }
  void send(campaign::launch::Signal signal) noexcept;
  /// How the process manager ended ("mpirun ended with status 1"), once it has.
  [[nodiscard]] std::optional<std::string> ended();
  /// Its process number.
  [[nodiscard]] pid_t manager() const noexcept { return manager_; }

 private:
  std::string name_;
  int socket_ = -1;
  pid_t guard_ = -1;
  pid_t manager_ = -1;
};

}  // namespace foundation::runtime
