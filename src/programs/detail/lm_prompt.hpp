#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "endpoints/completion.hpp"
#include "programs/dataset.hpp"
#include "programs/detail/lm_pipeline.hpp"

/// How a stage's fields become messages, version 1. The system message lists the fields, then
/// comes the instruction; each demonstration is a turn of the user and one of the assistant; the
/// question is the last turn. A field is a line "[[ ## NAME ## ]]" and its value below it:
///
///     [[ ## text ## ]]
///     a small program that plays chess
///
/// A line of a value that looks like a marker is moved in by a blank, so no value can pose as
/// another field. With format `json` the answer is one JSON object instead.
namespace foundation::programs::detail {

/// Part of the program's identity: raise it whenever prompts change.
inline constexpr std::uint32_t prompt_version = 1;
/// The line that ends an answer; servers are asked to stop there.
inline constexpr std::string_view end_line = "[[ ## end ## ]]";

[[nodiscard]] endpoints::Message system_message(const PipelineStage& stage,
                                                const std::string& instruction);
/// The two turns that show an example of the trainset; fields it does not have are left out.
[[nodiscard]] std::vector<endpoints::Message> demonstration(const PipelineStage& stage,
                                                            const Example& example);
/// `values` beside the stage's inputs.
[[nodiscard]] endpoints::Message question(const PipelineStage& stage,
                                          const std::vector<std::string>& values);
/// The beginning of a text, cut between characters, where it is longer than so many bytes.
[[nodiscard]] std::string beginning(const std::string& text, std::size_t size);
/// Shows the model its answer and what is wrong with it.
[[nodiscard]] std::vector<endpoints::Message> repair(const PipelineStage& stage,
                                                     const std::string& answer,
                                                     const std::string& problem);
/// A JSON object for the request; empty where answers are no JSON.
[[nodiscard]] std::string response_format(const PipelineStage& stage);

}  // namespace foundation::programs::detail
