#pragma once

#include <string>
#include <vector>

#include "programs/detail/lm_pipeline.hpp"

namespace foundation::programs {

/// A stage that classifies: text -> class.
inline LmStage sorting_stage(LmStage::Kind kind = LmStage::Kind::predict) {
  return {.name = "sort",
          .kind = kind,
          .inputs = {{.name = "text", .description = "a line"}},
          .outputs = {{.name = "class"}},
          .instruction = "Sort it."};
}

inline LmOptions pipeline_of(std::vector<LmStage> stages) {
  return {.model = "m", .stages = std::move(stages)};
}

inline const std::vector<std::string> text_field{"text"};

inline detail::PipelineStage resolved(const LmStage& stage) {
  return detail::resolve(pipeline_of({stage}), text_field, "class").stages.front();
}

}  // namespace foundation::programs
