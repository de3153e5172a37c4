#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "programs/detail/lm_pipeline.hpp"

namespace foundation::programs::detail {

/// What can be wrong with a model's answer.
enum class AnswerProblem : std::uint8_t {
  none,
  blank,        ///< nothing but white space
  unformatted,  ///< no field at all
  missing,      ///< a field is not there
  empty,        ///< a field is there, without a value
  repeated,     ///< a field is there twice
};

struct ParsedAnswer {
  AnswerProblem problem = AnswerProblem::none;
  std::string words{};                ///< what is wrong, for the model and for people
  std::vector<std::string> values{};  ///< beside the stage's outputs; without white space around
  bool ended = false;                 ///< with its end line, or its last brace
};

/// Reads the fields of an answer, strictly: what is not asked for is passed over, but nothing that
/// is asked for is guessed. Markers may lack blanks, and a value may begin on their line; JSON may
/// stand in a code fence.
[[nodiscard]] ParsedAnswer parse_answer(const PipelineStage& stage, const std::string& text);

}  // namespace foundation::programs::detail
