#pragma once

#include <memory>

#include "programs/command_template.hpp"
#include "programs/detail/command_answer.hpp"
#include "programs/detail/command_slot.hpp"
#include "programs/program.hpp"

namespace foundation::programs::detail {

/// What all candidates of one command share.
struct CommandParts {
  const CommandOptions& options;
  const SplitDataset& data;
  std::uint64_t seed = 1;
  CommandTemplate arguments;
  AnswerReader answers;
  CommandSlot& slot;
};

/// The cell's seed: that of its example and trial, the same for all candidates, so that they are
/// compared under the same chance.
[[nodiscard]] std::uint64_t seed_of(const CommandParts& parts, const CellInput& cell);

/// A candidate whose cells are lines of JSON to one process:
///     {"id": 7, "inputs": {"text": "..."}, "parameters": {"tol": 0.1}, "seed": 1, "trial": 0}
/// which answers {"id": 7, "output": ...}, {"id": 7, "score": 0.5} or {"id": 7, "error": "..."}.
[[nodiscard]] std::unique_ptr<PreparedProgram> make_persistent(const CommandParts& parts,
                                                               const model::Candidate& candidate);

/// A text that the same process writes, as it is told in a line of JSON:
///     {"id": 8, "seed": 1, "write": {"kind": "rewrite", "parameter": "prompt",
///      "parameters": {"prompt": "..."}, "attempts": [{"text": "...", "score": 0.5}],
///      "observations": [{"inputs": {}, "label": "", "output": "", "status": "wrong", "score": 0,
///      "feedback": ""}], "examples": [{"inputs": {}, "label": ""}], "notes": "", "tip": ""}}
/// It answers {"id": 8, "text": "..."} or {"id": 8, "error": "..."}.
[[nodiscard]] CellOutput write_text(const CommandParts& parts, const TextInput& input);

}  // namespace foundation::programs::detail
