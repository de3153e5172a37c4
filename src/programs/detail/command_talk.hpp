#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "programs/detail/persistent_command.hpp"

namespace foundation::programs::detail {

/// A line for the process of a persistent command.
struct CommandQuestion {
  std::function<std::string(std::uint64_t id)> line;
  /// Members one of which its reply may have, beside "error"; "score" is a number.
  std::span<const std::string_view> answers;
};

/// Says it to the process of the slot, which is started if there is none, with these settings in
/// its arguments. `candidate`: whom a process serves that is restarted for each; no_candidate:
/// nobody else. Only a process that dies at its first question has died of that; else the question
/// is repeated to a fresh one, so that what earlier ones have done to it is never blamed on this
/// one.
[[nodiscard]] CellOutput ask_process(const CommandParts& parts, const model::Assignment& settings,
                                     model::CandidateIndex candidate,
                                     const CommandQuestion& question);

}  // namespace foundation::programs::detail
