#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "endpoints/client.hpp"
#include "model/cell.hpp"
#include "programs/detail/lm_pipeline.hpp"

namespace foundation::programs::detail {

/// The outputs of a stage, or how it failed.
struct StageResult {
  std::vector<std::string> values{};
  model::CellStatus status = model::CellStatus::ok;
  std::string problem{};
};

/// Asks until the answer fills the stage's outputs, or has been repaired `repairs` times in vain.
[[nodiscard]] StageResult ask_model(endpoints::Client& client, const PipelineStage& stage,
                                    endpoints::Request request, std::uint32_t repairs);

/// Digest of what a request begins with.
[[nodiscard]] std::uint64_t prefix_of(const endpoints::Request& request);

}  // namespace foundation::programs::detail
