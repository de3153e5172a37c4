#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace foundation::runtime {

struct CommandOutcome {
  std::optional<int> status;  ///< exit status, 128 + signal; none: not started or not in time
  std::string output;         ///< stdout and stderr, the first 16 KiB
};

/// How long commands may take together.
struct CommandLimit {
  core::Duration whole;
  /// Once some have ended: without another that ends. On a busy machine each takes long, and they
  /// end one by one; one that never ends is given up soon after the others.
  core::Duration pause = whole;
};

/// Runs commands at the same time, each without a shell, without input, in a process group of its
/// own that is killed when the time is over. Outcomes in the order of the commands. For processes
/// with one thread. Local.
[[nodiscard]] std::vector<CommandOutcome> run_commands(
    const std::vector<std::vector<std::string>>& commands, CommandLimit limit);

/// The executable that `name` means by PATH, or nothing.
[[nodiscard]] std::optional<std::string> find_program(const std::string& name);

/// Separated by blanks, as they are: no quotes, no shell.
[[nodiscard]] std::vector<std::string> split_words(const std::string& text);

}  // namespace foundation::runtime
