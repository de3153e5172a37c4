#pragma once

#include <optional>
#include <string>
#include <vector>

#include "process/scratch.hpp"
#include "process/session.hpp"
#include "programs/command_options.hpp"
#include "programs/command_template.hpp"

namespace foundation::programs::detail {

/// Where the runs of one program take place, one after the other: its scratch folder, made when the
/// first one begins, and the process that stays, if it is a persistent one. Not safe to use from
/// several threads.
class CommandSlot {
 public:
  explicit CommandSlot(const CommandOptions& options) : options_{options} {}

  /// The scratch folder, emptied.
  [[nodiscard]] const process::ScratchFolder& fresh_scratch();
  /// The command with these arguments, to be run there.
  [[nodiscard]] process::Command command(std::vector<std::string> arguments) const;

  /// The process that stays; none: it has ended, or is to be started.
  std::optional<process::Session> session;
  model::CandidateIndex candidate = model::no_candidate;  ///< that the session was started for
  std::uint64_t requests = 0;                             ///< so far: their ids

 private:
  const CommandOptions& options_;
  std::optional<process::ScratchFolder> scratch_;
};

}  // namespace foundation::programs::detail
