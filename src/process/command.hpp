#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "process/limits.hpp"

namespace foundation::process {

/// A program and how it is to be run. No shell has a part in it.
struct Command {
  std::string executable;                ///< a path; find_executable finds one by its name
  std::vector<std::string> arguments;    ///< argv[0] among them
  std::vector<std::string> environment;  ///< all of it: "NAME=value"
  std::string folder;                    ///< where it runs; empty: where we are
  Limits limits;
  std::size_t kept_errors = 4096;  ///< bytes at the end of stderr that are kept
};

/// How a program ended, as data.
struct Ending {
  /// errno of why it could not be started; 0: it was, and the rest says how it ended.
  int start_error = 0;
  int exit_status = 0;
  int signal = 0;  ///< that ended it; 0: it has an exit status
  Limit limit = Limit::none;
  core::Duration wall{0};
  core::Duration cpu{0};  ///< with everything that descended from it
  /// Highest resident memory of one process; with 20 ms between looks where the kernel's own figure
  /// is of no use (it counts the memory of who started the program).
  std::uint64_t peak_bytes = 0;
  std::string output;           ///< of stdout, as much as the limit allows
  std::string errors;           ///< the end of stderr
  bool output_cut = false;      ///< there was more (Excess::drop)
  std::uint32_t leftovers = 0;  ///< processes it left, which were killed
  std::uint32_t immortal = 0;   ///< processes that could not be killed (another user's, or stuck)
};

/// "ended by SIGSEGV", "exit status 3", "cannot be started: ...", "ran longer than 2s": one line
/// without a full stop. `limits` are those it ran under.
[[nodiscard]] std::string describe(const Ending& ending, const Limits& limits);
/// "SIGSEGV", or "signal 40".
[[nodiscard]] std::string name_of_signal(int signal);

}  // namespace foundation::process
