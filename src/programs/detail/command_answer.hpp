#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "process/command.hpp"
#include "programs/command_options.hpp"
#include "programs/detail/pattern.hpp"
#include "programs/program.hpp"

namespace foundation::programs::detail {

/// A failure as it is kept with its cell: what happened in one line, then the end of stderr.
[[nodiscard]] CellOutput failure(model::CellStatus status, std::string_view what,
                                 std::string_view errors);
/// What a run that brought no answer comes to: timeout, out_of_memory, crashed, invalid_output,
/// lost.
[[nodiscard]] CellOutput failure(const process::Ending& ending, const process::Limits& limits);

/// Finds the answer in what a run has left.
class AnswerReader {
 public:
  /// Throws core::Error{bad_input} for a pattern or a pointer that is none.
  AnswerReader(AnswerOptions options, std::vector<std::int32_t> exit_statuses);

  /// The text of a run that ended well, or its failure; `folder` is where it ran.
  [[nodiscard]] CellOutput read(const process::Ending& ending, const process::Limits& limits,
                                const std::string& folder) const;

 private:
  [[nodiscard]] bool is_fine(int exit_status) const noexcept;
  [[nodiscard]] CellOutput from_text(const std::string& text, std::string_view errors) const;
  [[nodiscard]] CellOutput with_cost(CellOutput output, const std::string& text,
                                     std::string_view errors) const;

  AnswerOptions options_;
  std::vector<std::int32_t> exit_statuses_;
  std::optional<Pattern> pattern_;
};

/// A JSON value as an answer: texts as they are, anything else as JSON writes it. Nothing if the
/// document has no such place or is no JSON.
[[nodiscard]] std::optional<std::string> json_at(std::string_view document,
                                                 const std::string& pointer);
/// Throws core::Error{bad_input} unless it is a JSON pointer.
void require_json_pointer(const std::string& pointer);

}  // namespace foundation::programs::detail
