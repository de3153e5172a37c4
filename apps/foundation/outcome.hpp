#pragma once

namespace foundation {

/// What a subcommand leaves for main: its exit status, and how its user wants errors shown.
/// Subcommands report failure by throwing core::Error; `exit_status` is for those that ran and
/// found something (1) or stopped early (3).
struct Outcome {
  int exit_status = 0;
  bool json = false;  ///< errors go to stdout as JSON, too
  /// What SIGPIPE did when this process was started: the same for programs that it starts.
  void (*broken_pipe)(int) = nullptr;
};

}  // namespace foundation
