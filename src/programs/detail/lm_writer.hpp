#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "endpoints/client.hpp"
#include "programs/detail/lm_pipeline.hpp"
#include "programs/detail/lm_prepared.hpp"
#include "programs/program.hpp"

/// Text requests as questions to a language model: each is a stage of its own, whose fields say
/// what there is to know and whose only output is the text.
namespace foundation::programs::detail {

/// Part of the identity of programs that write texts: raise it whenever these prompts change.
inline constexpr std::uint32_t writer_version = 1;

struct WritingTask {
  PipelineStage stage;              ///< one output; `options.model` says who is asked
  std::string instruction;          ///< of that stage
  std::vector<std::string> values;  ///< beside its inputs
};

/// What is asked of the model. Throws core::Error{bad_input} when the request is about an
/// instruction that the pipeline does not have, or about examples that are not in the train split.
[[nodiscard]] WritingTask writing_task(const PipelineParts& parts, const TextInput& input,
                                       const SplitDataset& data);

/// The text, or why there is none.
[[nodiscard]] CellOutput write_text(const PipelineParts& parts, endpoints::Client& client,
                                    const TextInput& input, const SplitDataset& data);

}  // namespace foundation::programs::detail
