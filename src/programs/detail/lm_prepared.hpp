#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "endpoints/client.hpp"
#include "programs/detail/bm25.hpp"
#include "programs/detail/lm_pipeline.hpp"
#include "programs/program.hpp"

namespace foundation::programs::detail {

/// What all candidates of a language-model program share.
struct PipelineParts {
  Pipeline pipeline;
  LmOptions options;
  std::uint64_t seed = 0;
  std::map<std::string, Bm25Index> corpora;  ///< by corpus_key
};

/// The file and the field of a stage that retrieves.
[[nodiscard]] std::string corpus_key(const LmStage& stage);

/// The pipeline with the instructions and demonstrations of these settings. Throws core::Error
/// {bad_input} for demonstrations that are not in the train split. What it is given outlives it.
[[nodiscard]] std::unique_ptr<PreparedProgram> prepare_pipeline(const PipelineParts& parts,
                                                                endpoints::Client& client,
                                                                const model::Assignment& settings,
                                                                const SplitDataset& data);

}  // namespace foundation::programs::detail
